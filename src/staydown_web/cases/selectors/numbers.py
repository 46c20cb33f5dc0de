"""Cases by the number that people know."""

from __future__ import annotations

from uuid import UUID

from staydown_web.cases.models import Case


def case_id_of_number(number: str) -> UUID | None:
    """The id of the case with this number, in capitals or not; None where there is none."""
    found = Case.objects.filter(number=number.strip().upper())
    return found.values_list("pk", flat=True).first()
