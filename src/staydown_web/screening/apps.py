"""The room as a Django app."""

from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    """Screening."""

    name = "staydown_web.screening"
    label = "screening"
