"""The room as a Django app."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Reports."""

    name = "staydown_web.reports"
    label = "reports"
