"""An entry that suddenly matches far more than before.

A seed can be anybody's claim: made of a popular picture, it would hold a whole platform's uploads.
Such a seed is put aside, its matches are only logged, and a person is told. A confirmed entry goes
on blocking, for a wave of re-uploads is what it is there for; a person is told of it too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from staydown_web.audit.services import record_event
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
    _note_judged(now)
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
def note_flood_seen(*, entry_id: UUID, actor: str, now: datetime) -> None:
    """A person has looked at the flood of an entry; what matches from now on may be another one.

    Raises:
        RecordConflictError: somebody has before, or there is none.
    """
    if not Flood.objects.filter(entry_id=entry_id, seen_at__isnull=True).update(seen_at=now):
        raise RecordConflictError("somebody has looked at this already")
    record_event(what="flood_seen", actor=actor, at=now, subject=f"entry:{entry_id}")


@transaction.atomic
def reopen_flood(*, entry_id: UUID, since: datetime) -> None:
    """What had ended an entry's flood was taken back: a person should look at it again.

    Args:
        entry_id: of the entry.
        since: when the flood was still open; rows that were seen before stay as they are.
    """
    floods = Flood.objects.filter(entry_id=entry_id)
    last = floods.filter(seen_at__gte=since).order_by("-seen_at").first()
    if last is not None and not floods.filter(seen_at__isnull=True).exists():
        floods.filter(pk=last.pk).update(seen_at=None)


def _note_judged(now: datetime) -> None:
    """Floods whose entry a person has released, confirmed, doubted or withdrawn since are seen."""
    judged = (
        Q(entry__released_at__gte=F("at"))
        | Q(entry__confirmed_at__gte=F("at"))
        | Q(entry__state__in=(Entry.State.DISPUTED, Entry.State.WITHDRAWN))
    )
    waiting = Flood.objects.filter(seen_at__isnull=True)
    if ids := list(waiting.filter(judged).values_list("pk", flat=True)):
        waiting.filter(pk__in=ids).update(seen_at=now)


@transaction.atomic
def _judge(entry_id: UUID, hits: int, since: datetime, now: datetime) -> bool:
    looked_at = Flood.objects.filter(entry_id=entry_id).aggregate(last=Max("seen_at"))["last"]
    if looked_at is not None and looked_at > since:
        hits = _matches(entry_id).filter(at__gt=looked_at).count()
    usual = usual_in_hour(entry_id, until=since)
    if hits < max(LEAST_HITS, TIMES_USUAL * usual):
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
    before = _matches(entry_id).filter(at__gt=start, at__lte=until)
    return before.count() / max(hours, 1.0)


def _matches(entry_id: UUID) -> QuerySet[Hit]:
    return Hit.objects.filter(entry_id=entry_id).exclude(copy__source=Copy.Source.NOTICE)
