"""The room as a Django app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases."""

    name = "staydown_web.cases"
    label = "cases"
