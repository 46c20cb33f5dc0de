"""What a person may see of uploads that were stopped; and what is forgotten after a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor
from staydown_web.banks.models import Entry
from staydown_web.screening.models import BlockWeek, RememberedCheck
from staydown_web.screening.services.storing import add_blocks, monday_of

READER = "block_weeks"
DELAY = timedelta(days=7)
"""A week is shown once it ended so long ago. Otherwise watching the count would tell whether
somebody uploaded something just now. Source: DESIGN section 7, ADR-0025."""
REMEMBERED_FOR = timedelta(days=1)
_AT_ONCE = 100


def count_blocks(*, now: datetime) -> int:
    """Count the uploads that were stopped since the last run, by entry and week.

    Returns:
        How many events were read.
    """
    if not events_after(reader=READER, limit=1):
        return 0
    with transaction.atomic():
        # Read here: what another worker has counted meanwhile is not counted again.
        events = events_after(reader=READER, limit=_AT_ONCE)
        counts: Counter[tuple[UUID, date]] = Counter()
        for event in events:
            if event.what == "copy_blocked":
                week = monday_of(event.at)
                counts.update((UUID(entry), week) for entry in event.facts["entries"])
        add_blocks(counts)
        if events:
            move_cursor(reader=READER, seq=events[-1].seq)
    return len(events)


def blocked_weeks(*, entry_ids: Sequence[UUID], until: date) -> dict[date, int]:
    """How many uploads of copies of these entries were stopped, by Monday.

    Only entries that are confirmed now count, and only weeks that ended long enough before.

    Args:
        entry_ids: the entries of one person's claims.
        until: today.

    Returns:
        Monday -> count, oldest first; weeks without any are left out.
    """
    last = until - timedelta(days=7) - DELAY
    rows = (
        BlockWeek.objects.filter(
            entry_id__in=entry_ids, entry__state=Entry.State.CONFIRMED, week__lte=last
        )
        .values("week")
        .annotate(total=Sum("count"))
        .order_by("week")
    )
    return {row["week"]: row["total"] for row in rows}


def forget_answers(*, now: datetime) -> int:
    """Forget answers to checks with an idempotency key that are older than a day."""
    done, _ = RememberedCheck.objects.filter(at__lt=now - REMEMBERED_FOR).delete()
    return done
