"""The room as a Django app."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from staydown_web.accounts.beginnings import begin_session


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "staydown_web.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Have each session know when it began."""
        user_logged_in.connect(begin_session, dispatch_uid="begin_session")
