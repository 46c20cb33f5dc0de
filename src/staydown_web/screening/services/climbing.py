"""A key whose questions match far more different entries than before: it may try a list of hashes.

Whoever learns the bank by asking meets entry after entry; an honest platform meets the same few
again and again. Nobody is stopped for it, because a wave of copies or a check of an old library
looks alike: a person is told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, QuerySet
from django.db.models.functions import Coalesce

from staydown_web.audit.models import Event
from staydown_web.audit.services import record_event
from staydown_web.screening.models import Copy, Hit

WINDOW: Final = timedelta(hours=1)
USUAL_OVER: Final = timedelta(days=7)
TOLD_AGAIN: Final = timedelta(days=1)
LEAST_ENTRIES: Final = 100
"""Different entries in an hour below which nothing is unusual: with a canary to each hundred
entries, a thief is stopped at about as many (ADR-0102)."""
TIMES_USUAL: Final = 10
"""How many times the usual rate is unusual. Source: as of a flood, ADR-0026."""
EVENT: Final = "key_matched_many"


def find_climbing(*, now: datetime) -> int:
    """Note keys whose questions matched unusually many different entries in the last hour.

    Args:
        now: the moment, aware UTC.

    Returns:
        How many keys were noted; a key is noted once a day at most.

    Cost: reads the hits of an hour, and those of a week where there is a key to judge.
    """
    since = now - WINDOW
    # Not by the column itself: an index of keys would be read through, and so every copy.
    busy = (
        _hits(since, now)
        .values(key=Coalesce("copy__api_key_id", "copy__api_key_id"))
        .annotate(entries=Count("entry_id", distinct=True))
        .filter(entries__gte=LEAST_ENTRIES)
    )
    return sum(_judge(row["key"], row["entries"], since, now) for row in busy)


def _judge(key_id: UUID, entries: int, since: datetime, now: datetime) -> bool:
    before = _hits(since - USUAL_OVER, since).filter(copy__api_key_id=key_id)
    usual = before.values("entry_id").distinct().count() / (USUAL_OVER / WINDOW)
    actor = f"key:{key_id}"
    told = Event.objects.filter(what=EVENT, subject=actor, at__gt=now - TOLD_AGAIN)
    if entries < TIMES_USUAL * usual or told.exists():
        return False
    record_event(what=EVENT, actor="system", at=now, subject=actor, facts={"entries": entries})
    return True


def _hits(after: datetime, until: datetime) -> QuerySet[Hit]:
    hits = Hit.objects.filter(at__gt=after, at__lte=until, copy__api_key__isnull=False)
    return hits.exclude(copy__source=Copy.Source.NOTICE)
