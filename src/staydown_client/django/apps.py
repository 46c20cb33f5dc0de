"""The app: it has no tables; it brings system checks."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register


class StaydownClientConfig(AppConfig):
    """Registers the system checks."""

    name = "staydown_client.django"
    label = "staydown_client"
    verbose_name = "Staydown client"

    def ready(self) -> None:
        """Have the checks run with Django's own."""
        from staydown_client.django.checks import check_choices  # noqa: PLC0415 - Django is ready

        register(check_choices, Tags.files)
