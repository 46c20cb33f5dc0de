"""What she agrees to beyond her notice, and can take back at any time.

*Partners*: whether they may be given her fingerprints. Rooms that speak to partners read
``cases.selectors.entries_agreed`` before anything leaves, and these events to call back what left.
*Providers*: whether sites that do not work with us, and the companies behind them, may be told of
her links. Nothing of a case leaves for them while ``Case.providers_agreed_at`` is empty.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from staydown_web.base.errors import RecordConflictError
from staydown_web.cases.models import Case
from staydown_web.cases.services.events import Events, by_helpline

_ENDED = (Case.State.WITHDRAWN, Case.State.CLOSED)


def agree_to_partners(*, case: Case, actor: str = "person", now: datetime) -> None:
    """From now on partners may be given the fingerprints of this case.

    Args:
        case: hers.
        actor: ``person``, or ``user:<id>`` of a caseworker whom she asked.
        now: the moment, aware UTC.

    Raises:
        RecordConflictError: the case has ended, or she agreed before.
    """
    _agree(case, "partners", actor, now)


def end_partners(*, case: Case, actor: str = "person", now: datetime) -> None:
    """From now on nothing of this case goes to partners; they are asked to delete what they got.

    Raises:
        RecordConflictError: she had not agreed.
    """
    _end(case, "partners", actor, now)


def agree_to_providers(*, case: Case, actor: str = "person", now: datetime) -> None:
    """From now on other sites, search engines and the services of sites may be told of her links.

    Raises:
        RecordConflictError: the case has ended, or she agreed before.
    """
    _agree(case, "providers", actor, now)


def end_providers(*, case: Case, actor: str = "person", now: datetime) -> None:
    """From now on nothing more of this case leaves for other sites; what was sent stays sent.

    Raises:
        RecordConflictError: she had not agreed.
    """
    _end(case, "providers", actor, now)


@transaction.atomic
def _agree(case: Case, whom: str, actor: str, now: datetime) -> None:
    since = f"{whom}_agreed_at"
    cases = Case.objects.filter(
        pk=case.pk, withdrawal_due_at__isnull=True, **{f"{since}__isnull": True}
    )
    if not cases.exclude(state__in=_ENDED).update(**{since: now}):
        raise RecordConflictError(f"this case has ended, or {whom} were allowed before")
    _record(case, since, f"{whom}_agreed", actor, now)


@transaction.atomic
def _end(case: Case, whom: str, actor: str, now: datetime) -> None:
    since = f"{whom}_agreed_at"
    agreed = Case.objects.filter(pk=case.pk, **{f"{since}__isnull": False})
    if not agreed.update(**{since: None}):
        raise RecordConflictError(f"{whom} were not allowed")
    _record(case, since, f"{whom}_ended", actor, now)


def _record(case: Case, since: str, what: str, actor: str, now: datetime) -> None:
    case.refresh_from_db(fields=[since])
    events = Events(case.pk, actor, now)
    events.add(what, f"case:{case.pk}", **by_helpline(actor))
    events.record()
