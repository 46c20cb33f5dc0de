"""The room as a Django app."""

from django.apps import AppConfig


class RegimesConfig(AppConfig):
    """Regimes."""

    name = "staydown_web.regimes"
    label = "regimes"

    def ready(self) -> None:
        """Read every regime file once: a mistake in a law stops the start, not a notice."""
        from staydown_web.regimes.selectors import grounds, regimes

        regimes()
        grounds()
