"""An entry that suddenly matches far more than before.

A seed can be anybody's claim: made of a popular picture, it would hold a whole platform's uploads.
Such a seed is put aside, its matches are only logged, and a person is told. A confirmed entry goes
on blocking, for a wave of re-uploads is what it is there for; a person is told of it too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce

from staydown_web.banks.models import Entry
from staydown_web.banks.services import quarantine_entries
from staydown_web.base.errors import RecordConflictError
from staydown_web.screening.models import Copy, Flood, Hit

WINDOW = timedelta(hours=1)
USUAL_OVER = timedelta(days=7)
LEAST_HITS = 30
"""Different uploads in an hour below which nothing is a flood. Source: ADR-0026."""
TIMES_USUAL = 10
"""How many times the usual rate makes a flood. Source: ADR-0026."""


def find_floods(*, now: datetime) -> int:
    """Put aside seeds that are flooded with matches, and note confirmed entries that are.

    Returns:
        How many new floods.
    """
    since = now - WINDOW
    busy = (
        Hit.objects.filter(at__gt=since)
        .exclude(copy__source=Copy.Source.NOTICE)
        .filter(Q(entry__released_at__isnull=True) | Q(at__gt=F("entry__released_at")))
        # Not by the column itself: SQLite would go through its index, and so through every hit.
        .values(entry_hit=Coalesce("entry_id", "entry_id"))
        .annotate(hits=Count("pk"))
        .filter(hits__gte=LEAST_HITS)
        .exclude(entry__floods__seen_at__isnull=True, entry__floods__isnull=False)
    )
    return sum(_judge(row["entry_hit"], row["hits"], since, now) for row in busy)


@transaction.atomic
def note_flood_seen(*, flood_id: UUID, now: datetime) -> None:
    """A person has looked at it.

    Raises:
        RecordConflictError: somebody has before, or there is no such flood.
    """
    if not Flood.objects.filter(pk=flood_id, seen_at__isnull=True).update(seen_at=now):
        raise RecordConflictError("somebody has looked at this already")


@transaction.atomic
def _judge(entry_id: UUID, hits: int, since: datetime, now: datetime) -> bool:
    usual = usual_in_hour(entry_id, until=since)
    if hits < TIMES_USUAL * usual:
        return False
    _, is_new = Flood.objects.get_or_create(
        entry_id=entry_id,
        seen_at=None,
        defaults={"hits_in_hour": hits, "usual_in_hour": usual, "at": now},
    )
    if is_new:
        quarantine_entries(entry_ids=[entry_id], actor="system", now=now)
    return is_new


def usual_in_hour(entry_id: UUID, *, until: datetime) -> float:
    """Matches an hour over the days before, since the entry was made."""
    made = Entry.objects.values_list("created_at", flat=True).get(pk=entry_id)
    start = max(made, until - USUAL_OVER)
    hours = (until - start) / timedelta(hours=1)
    if hours <= 0:
        return 0.0
    before = Hit.objects.filter(entry_id=entry_id, at__gt=start, at__lte=until)
    return before.exclude(copy__source=Copy.Source.NOTICE).count() / max(hours, 1.0)
