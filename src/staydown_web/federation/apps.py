"""The room as a Django app."""

from django.apps import AppConfig


class FederationConfig(AppConfig):
    """Federation."""

    name = "staydown_web.federation"
    label = "federation"
