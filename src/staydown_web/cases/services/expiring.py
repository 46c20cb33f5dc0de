"""What was only threatened, and did not come, ends by itself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from staydown_web.cases.models import Case, Item
from staydown_web.cases.services.contacts import write_news
from staydown_web.cases.services.entries import end_claims, living_claims
from staydown_web.cases.services.erasing import erase_case
from staydown_web.cases.services.events import Events

WARN_BEFORE = timedelta(days=14)
_ENDED = (Case.State.WITHDRAWN, Case.State.CLOSED)
_STAYS = frozenset({Item.State.IN_REVIEW, Item.State.REMOVED})
"""A copy came, and its fingerprint goes on being needed, whatever day it is."""


def ends_by_itself(states: Collection[str]) -> bool:
    """Whether a case about a threat still ends on its day, going by the states of its items.

    It does not once a copy is looked at or was removed, nor where every copy came and was kept:
    then there is nothing left to watch for.
    """
    is_all_kept = Item.State.KEPT in states and Item.State.RECEIVED not in states
    return not is_all_kept and _STAYS.isdisjoint(states)


def watched_cases() -> QuerySet[Case]:
    """Cases about a threat that end on their day; see ``ends_by_itself``."""
    items = Item.objects.filter(case=OuterRef("pk"))
    kept, waiting = items.filter(state=Item.State.KEPT), items.filter(state=Item.State.RECEIVED)
    return (
        Case.objects.filter(expires_at__isnull=False)
        .exclude(state__in=_ENDED)
        .exclude(items__state__in=_STAYS)
        .exclude(Exists(kept) & ~Exists(waiting))
    )


def expired_cases(now: datetime) -> QuerySet[Case]:
    """Cases about a threat whose time is over; oldest first."""
    return watched_cases().filter(expires_at__lte=now).order_by("expires_at")


def ending_cases(now: datetime) -> QuerySet[Case]:
    """Cases that end within two weeks: the person can still keep them going."""
    return watched_cases().filter(expires_at__gt=now, expires_at__lte=now + WARN_BEFORE)


@transaction.atomic
def expire_threatened(*, case: Case, now: datetime) -> int:
    """End a case about a threat: its claims go, and entries that nobody else claims.

    What she wrote is erased, unless something came and was kept.

    Returns:
        How many entries stopped matching; 0 too where it had ended or was prolonged before.
    """
    changed = (
        Case.objects.filter(pk=case.pk, expires_at__lte=now)
        .exclude(state__in=_ENDED)
        .update(state=Case.State.CLOSED, closed_at=now, expires_at=None, touched_at=now)
    )
    if not changed:
        return 0
    case.refresh_from_db()
    gone = end_claims(claims=living_claims(case), actor="system", now=now, reason="expired")
    case.items.update(waiting_box=None)
    events = Events(case.pk, "system", now)
    events.add("case_closed", f"case:{case.pk}", reason="expired", entries=len(gone))
    events.record()
    # Of what came and was kept she may ask for another look: that case is erased as others are.
    if not case.items.exclude(state=Item.State.RECEIVED).exists():
        erase_case(case=case, now=now)
    return len(gone)


@transaction.atomic
def warn_of_end(*, case: Case, now: datetime) -> int:
    """Tell the person, once, that her case ends soon.

    Returns:
        How many letters were lined up.
    """
    began = (case.expires_at or now) - WARN_BEFORE
    told = case.contacts.filter(letters__template="news", letters__made_at__gte=began)
    return 0 if told.exists() else write_news(case=case, now=now)
