"""The room as a Django app."""

from django.apps import AppConfig


class HooksConfig(AppConfig):
    """Hooks."""

    name = "staydown_web.hooks"
    label = "hooks"
