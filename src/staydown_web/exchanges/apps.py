"""The room as a Django app."""

from django.apps import AppConfig


class ExchangesConfig(AppConfig):
    """Exchanges."""

    name = "staydown_web.exchanges"
    label = "exchanges"
