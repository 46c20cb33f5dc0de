"""The room as a Django app."""

from django.apps import AppConfig


class RegimesConfig(AppConfig):
    """Regimes."""

    name = "staydown_web.regimes"
    label = "regimes"
