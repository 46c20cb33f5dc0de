"""How often one address may file, open and write in a day; no address is stored (ADR-0031)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F

from staydown_web.base.errors import RateLimitedError
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import blind
from staydown_web.portal.models import Tally

MOST_A_DAY: Final = {Tally.What.FILE: 60, Tally.What.OPEN: 120, Tally.What.WRITE: 240}
"""Wide enough for a help line or a dormitory behind one address, too narrow for a program that
guesses: six words of a case are locked after far fewer tries, whatever the address."""

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
    day = now.date()
    key = blind(f"{day}:{address}".encode(), purpose=f"tally:{what}")
    rows = Tally.objects.filter(day=day, what=what, blind=key)
    if not rows.update(times=F("times") + 1):
        try:
            with transaction.atomic():
                Tally.objects.create(day=day, what=what, blind=key, times=1)
        except IntegrityError:  # another process made the row in between
            rows.update(times=F("times") + 1)
    times = rows.values_list("times", flat=True).get()
    if times > MOST_A_DAY[what]:
        raise RateLimitedError(f"more than {MOST_A_DAY[what]} tries of this kind today")
    return times


def clear_tallies(now: datetime) -> int:
    """Delete the counts of days gone by.

    Returns:
        How many rows went.
    """
    oldest = now.date() - timedelta(days=KEEP_DAYS - 1)
    return Tally.objects.filter(day__lt=oldest).delete()[0]
