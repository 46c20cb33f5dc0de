"""She says whether partners may be given her fingerprints, and can take that back at any time.

Rooms that speak to partners read ``cases.selectors.entries_agreed`` before anything leaves, and
these events to call back what left.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from staydown_web.base.errors import RecordConflictError
from staydown_web.cases.models import Case
from staydown_web.cases.services.events import Events

_ENDED = (Case.State.WITHDRAWN, Case.State.CLOSED)


@transaction.atomic
def agree_to_partners(*, case: Case, actor: str = "person", now: datetime) -> None:
    """From now on partners may be given the fingerprints of this case.

    Args:
        case: hers.
        actor: ``person``, or ``user:<id>`` of a caseworker whom she asked.
        now: the moment, aware UTC.

    Raises:
        RecordConflictError: the case has ended, or she agreed before.
    """
    cases = Case.objects.filter(
        pk=case.pk, partners_agreed_at__isnull=True, withdrawal_due_at__isnull=True
    )
    if not cases.exclude(state__in=_ENDED).update(partners_agreed_at=now):
        raise RecordConflictError("this case has ended, or partners were allowed before")
    _record(case, "partners_agreed", actor, now)


@transaction.atomic
def end_partners(*, case: Case, actor: str = "person", now: datetime) -> None:
    """From now on nothing of this case goes to partners; they are asked to delete what they got.

    Raises:
        RecordConflictError: she had not agreed.
    """
    agreed = Case.objects.filter(pk=case.pk, partners_agreed_at__isnull=False)
    if not agreed.update(partners_agreed_at=None):
        raise RecordConflictError("partners were not allowed")
    _record(case, "partners_ended", actor, now)


def _record(case: Case, what: str, actor: str, now: datetime) -> None:
    case.refresh_from_db(fields=["partners_agreed_at"])
    events = Events(case.pk, actor, now)
    events.add(what, f"case:{case.pk}")
    events.record()
