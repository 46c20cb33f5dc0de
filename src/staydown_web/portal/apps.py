"""The room as a Django app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Portal."""

    name = "staydown_web.portal"
    label = "portal"
