"""The room as a Django app."""

from django.apps import AppConfig


class BanksConfig(AppConfig):
    """Banks."""

    name = "staydown_web.banks"
    label = "banks"
