"""The room as a Django app."""

from django.apps import AppConfig


class EscalationConfig(AppConfig):
    """The provider chain."""

    name = "staydown_web.escalation"
    label = "escalation"
