"""The room as a Django app."""

from django.apps import AppConfig


class HmaConfig(AppConfig):
    """Hma."""

    name = "staydown_web.hma"
    label = "hma"
