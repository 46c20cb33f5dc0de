"""The app: it has no tables; it brings system checks."""

from __future__ import annotations

from django.apps import AppConfig


class StaydownClientConfig(AppConfig):
    """Registers the system checks."""

    name = "staydown_client.django"
    label = "staydown_client"
    verbose_name = "Staydown client"

    def ready(self) -> None:
        """See ``checks``."""
        from staydown_client.django import checks  # noqa: F401, PLC0415 - registers itself
