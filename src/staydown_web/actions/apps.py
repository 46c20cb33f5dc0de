"""The room as a Django app."""

from django.apps import AppConfig


class ActionsConfig(AppConfig):
    """Actions."""

    name = "staydown_web.actions"
    label = "actions"
