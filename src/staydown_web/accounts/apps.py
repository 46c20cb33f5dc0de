"""The room as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "staydown_web.accounts"
    label = "accounts"
