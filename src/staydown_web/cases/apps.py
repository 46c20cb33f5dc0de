"""The room as a Django app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases."""

    name = "staydown_web.cases"
    label = "cases"

    def ready(self) -> None:
        """The audit, which lies above, finds a case by its number too."""
        from staydown_web.audit.services.numbers import know_numbers
        from staydown_web.cases.selectors.numbers import case_id_of_number

        know_numbers(case_id_of_number)
