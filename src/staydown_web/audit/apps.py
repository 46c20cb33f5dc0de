"""The room as a Django app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Audit."""

    name = "staydown_web.audit"
    label = "audit"
