"""What a person may see of uploads that were stopped; and what is forgotten after a day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import hold_cursor, move_cursor
from staydown_web.banks.models import Entry
from staydown_web.base.retention import keeps
from staydown_web.screening.models import BlockedTogether, BlockWeek, RememberedCheck
from staydown_web.screening.services.storing import add_blocks, add_together, monday_of

READER = "block_weeks"
TOGETHER_READER = "blocked_together"
"""A cursor of its own, which began at the first event: what was counted by entry before these notes
were made is noted too."""
DELAY = timedelta(days=7)
"""A week is shown once it ended so long ago. Otherwise watching the count would tell whether
somebody uploaded something just now. Source: DESIGN section 7, ADR-0025."""
REMEMBERED_FOR = keeps("checks")
_AT_ONCE = 100


def count_blocks(*, now: datetime) -> int:
    """Count the uploads that were stopped since the last run, by entry and week.

    Returns:
        How many events were read.
    """
    if not events_after(reader=READER, limit=1):
        return 0
    with transaction.atomic():
        hold_cursor(reader=READER)
        # Read here: what another worker has counted meanwhile is not counted again.
        events = events_after(reader=READER, limit=_AT_ONCE)
        if not events or not move_cursor(reader=READER, seq=events[-1].seq):
            return 0
        counts: Counter[tuple[UUID, date]] = Counter()
        for event in events:
            if event.what == "copy_blocked":
                week = monday_of(event.at)
                counts.update((UUID(entry), week) for entry in event.facts["entries"])
        add_blocks(counts)
    return len(events)


def count_together(*, now: datetime) -> int:
    """Note, of the uploads that were stopped since the last run, which count for several entries.

    Returns:
        How many were read.
    """
    stopped_next = partial(events_after, reader=TOGETHER_READER, kinds=("copy_blocked",))
    if not stopped_next(limit=1):
        return 0
    with transaction.atomic():
        hold_cursor(reader=TOGETHER_READER)
        events = stopped_next(limit=_AT_ONCE)
        if not events or not move_cursor(reader=TOGETHER_READER, seq=events[-1].seq):
            return 0
        stopped: Counter[tuple[frozenset[UUID], date]] = Counter()
        for event in events:
            entry_ids = frozenset(UUID(entry) for entry in event.facts["entries"])
            stopped[entry_ids, monday_of(event.at)] += 1
        add_together(stopped)
    return len(events)


def blocked_weeks(*, since: Mapping[UUID, date], until: date) -> dict[date, int]:
    """How many uploads of copies of these entries were stopped, by Monday; each counts once.

    Only entries that are confirmed now count, and only weeks that ended long enough before.

    Args:
        since: the entries of one person's claims, and the day before the weeks that count of each.
        until: today.

    Returns:
        Monday -> count, oldest first; weeks without any are left out.

    Cost: two reads. Repeats that were counted before there was ``BlockedTogether`` still count once
    for each entry: nothing says any more which they were.
    """
    mine = {
        "entry_id__in": since,
        "entry__state": Entry.State.CONFIRMED,
        "week__lte": _last_told(until),
    }
    counts: Counter[date] = Counter()
    rows = BlockWeek.objects.filter(**mine)
    for entry_id, week, count in rows.values_list("entry_id", "week", "count"):
        if week > since[entry_id]:
            counts[week] += count
    notes: defaultdict[tuple[date, str], list[int]] = defaultdict(list)
    together = BlockedTogether.objects.filter(**mine)
    for entry_id, week, note, count in together.values_list(
        "entry_id", "week", "together", "count"
    ):
        if week > since[entry_id]:
            notes[week, note].append(count)
    for (week, _), each in notes.items():
        counts[week] -= sum(each) - max(each)
    return {week: count for week, count in sorted(counts.items()) if count > 0}


def is_week_told(at: datetime, *, since: date, until: date) -> bool:
    """Whether a person may know what was found at a moment: its week began later, and is over.

    Args:
        at: when it was found.
        since: the day of her own removal.
        until: today.
    """
    return since < monday_of(at) <= _last_told(until)


def _last_told(until: date) -> date:
    """The last Monday of which the week may be told is this or one before."""
    return until - timedelta(days=7) - DELAY


def forget_answers(*, now: datetime) -> int:
    """Forget old answers to checks with an idempotency key."""
    done, _ = RememberedCheck.objects.filter(at__lt=now - REMEMBERED_FOR).delete()
    return done
