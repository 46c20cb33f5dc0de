"""The room as a Django app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """Review."""

    name = "staydown_web.review"
    label = "review"
