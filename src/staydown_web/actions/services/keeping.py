"""How long rows are kept that no case owns: one table, one job. Counts of blocked uploads stay.

Cases and everything a person wrote are erased by ``cases``; checks, visits and tallies by their own
rooms. ``base.retention`` says how long everything is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet

from staydown_web.accounts.models import Invitation
from staydown_web.actions.models import Attempt, Delivery
from staydown_web.audit.services import record_event
from staydown_web.base.retention import keeps
from staydown_web.cases.models import StaffLetter
from staydown_web.review.models import OPEN_STATES, Exposure, Pause
from staydown_web.review.selectors.complaining import COMPLAIN_WITHIN
from staydown_web.screening.models import Copy

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Period:
    """How long one kind of row is kept.

    Attributes:
        name: of the rows, as the audit and the documents name them.
        keeps: how long after the moment that ``rows`` looks at.
        rows: the moment before which everything goes -> what goes.
    """

    name: str
    keeps: timedelta
    rows: Callable[[datetime], QuerySet[Any]]


def _sessions(before: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=before)


def _invitations(before: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(expires_at__lt=before)


def _attempts(before: datetime) -> QuerySet[Attempt]:
    done = Attempt.objects.exclude(delivery__state=Delivery.State.DUE)
    return done.filter(at__lt=before)


def _deliveries(before: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.exclude(state=Delivery.State.DUE).filter(done_at__lt=before)


def _exposures(before: datetime) -> QuerySet[Exposure]:
    return Exposure.objects.filter(at__lt=before)


def _pauses(before: datetime) -> QuerySet[Pause]:
    return Pause.objects.filter(ended_at__lt=before)


def _staff_letters(before: datetime) -> QuerySet[StaffLetter]:
    return StaffLetter.objects.exclude(state=StaffLetter.State.DUE).filter(made_at__lt=before)


def _copies(before: datetime) -> QuerySet[Copy]:
    """Copies at rest: nobody decides or can complain, and no case that lives points at them."""
    living = Q(locations__isnull=False, locations__case__erased_at__isnull=True)
    waiting = Q(tasks__state__in=OPEN_STATES)
    told = before + keeps("copies") - COMPLAIN_WITHIN
    stated = Q(statements__made_at__gte=told)
    wanted = Copy.objects.filter(living | waiting | stated).values("pk")
    # Held content is hidden on somebody's word: it stays until a person has decided.
    at_rest = Copy.objects.exclude(state=Copy.State.HELD).filter(state_at__lt=before)
    return at_rest.exclude(pk__in=wanted)


PERIODS: tuple[Period, ...] = (
    Period("sessions", keeps("sessions"), _sessions),
    Period("invitations", keeps("invitations"), _invitations),
    Period("attempts", keeps("attempts"), _attempts),
    Period("deliveries", keeps("deliveries"), _deliveries),
    Period("exposures", keeps("exposures"), _exposures),
    Period("pauses", keeps("pauses"), _pauses),
    Period("staff_letters", keeps("staff_letters"), _staff_letters),
    Period("copies", keeps("copies"), _copies),
)


def forget_old_rows(now: datetime) -> int:
    """Delete what was kept long enough, some of each kind at a time.

    Returns:
        How many rows went, those that hang on them included; 0 where nothing is left to do.
    """
    return sum(_forget(period, now) for period in PERIODS)


def _forget(period: Period, now: datetime) -> int:
    rows = period.rows(now - period.keeps)
    # To look through a million rows takes its time, in which others must be able to write.
    due = _ids(rows.order_by("pk"))[:_AT_ONCE]
    return _delete(period.name, rows.filter(pk__in=list(due)), now) if due else 0


@transaction.atomic
def _delete(kind: str, rows: QuerySet[Any], now: datetime) -> int:
    ids = list(_ids(rows))  # somebody may have begun to need one of them
    if not ids:
        return 0
    gone, _ = QuerySet(rows.model).filter(pk__in=ids).delete()
    facts = {"kind": kind, "rows": len(ids)}
    record_event(what="rows_forgotten", actor="system", at=now, facts=facts)
    return gone


def _ids(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    return rows.values_list("pk", flat=True).distinct()
