"""How often one address may file, open and write; no address is stored (ADR-0031)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from staydown.errors import StaydownError
from staydown_web.base.errors import RateLimitedError
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import blind
from staydown_web.portal.models import Tally

MOST_A_DAY: Final = {Tally.What.FILE: 60, Tally.What.OPEN: 120, Tally.What.WRITE: 240}
"""Wide enough for a help line or a dormitory behind one address, too narrow for a program that
guesses: six words of a case are locked after far fewer tries, whatever the address."""

MOST_REFUSED_AN_HOUR: Final = 200
"""Notices that lack something: who mends one step by step comes nowhere near, nor do twenty people
behind one address."""
_HOUR_S: Final = 3600

KEEP_DAYS: Final = keeps("tallies").days


def count_try(*, what: Tally.What, address: str, now: datetime) -> int:
    """Count one more try from this address today.

    Args:
        what: which door.
        address: the client's, as the server or its proxy saw it; only a keyed digest is stored.
        now: aware, UTC.

    Returns:
        How many there were today, this one included.

    Raises:
        RateLimitedError: more than ``MOST_A_DAY``; the try is to be refused.
    """
    times = _add_one(what, _key(what, address, now), now)
    if times > MOST_A_DAY[what]:
        raise RateLimitedError(f"more than {MOST_A_DAY[what]} tries of this kind today")
    return times


@contextmanager
def one_filing(*, address: str, now: datetime) -> Iterator[None]:
    """Count a notice that is filed in the block; one that is refused there counts apart.

    Behind one address may be many people: notices that lack something must not shut the others
    out. So those have a wider limit of their own, by the hour.

    Args:
        address: the client's, as the server or its proxy saw it.
        now: aware, UTC.

    Raises:
        RateLimitedError: too many of one kind; ``retry_after_s`` says when the next is taken.
    """
    file, refused = Tally.What.FILE, Tally.What.REFUSED
    if _rows(refused, _key(refused, address, now), now).filter(times__gte=MOST_REFUSED_AN_HOUR):
        wait_s = _HOUR_S - (now.minute * 60 + now.second)
        raise RateLimitedError("too many notices were refused this hour", retry_after_s=wait_s)
    key = _key(file, address, now)
    if _add_one(file, key, now) > MOST_A_DAY[file]:
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
        wait_s = int((midnight - now).total_seconds())
        raise RateLimitedError("too many notices were filed today", retry_after_s=wait_s)
    try:
        yield
    except StaydownError:
        _rows(file, key, now).filter(times__gt=0).update(times=F("times") - 1)
        _add_one(refused, _key(refused, address, now), now)
        raise


def _key(what: Tally.What, address: str, now: datetime) -> str:
    """The digest of an address for this day; for what is refused, for this hour."""
    moment = f"{now:%Y-%m-%dT%H}" if what == Tally.What.REFUSED else f"{now.date()}"
    return blind(f"{moment}:{address}".encode(), purpose=f"tally:{what}")


def _rows(what: Tally.What, key: str, now: datetime) -> QuerySet[Tally]:
    return Tally.objects.filter(day=now.date(), what=what, blind=key)


def _add_one(what: Tally.What, key: str, now: datetime) -> int:
    """Count one more, and say how many there are."""
    rows = _rows(what, key, now)
    if not rows.update(times=F("times") + 1):
        try:
            with transaction.atomic():
                Tally.objects.create(day=now.date(), what=what, blind=key, times=1)
        except IntegrityError:  # another process made the row in between
            rows.update(times=F("times") + 1)
    return rows.values_list("times", flat=True).get()


def clear_tallies(now: datetime) -> int:
    """Delete the counts of days gone by.

    Returns:
        How many rows went.
    """
    oldest = now.date() - timedelta(days=KEEP_DAYS - 1)
    return Tally.objects.filter(day__lt=oldest).delete()[0]
