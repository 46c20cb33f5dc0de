"""What could have changed an entry: its own changes, what people decide, passing time."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from staydown_web.audit.models import Cursor, Event
from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor
from staydown_web.banks.models import EntryChange
from staydown_web.banks.selectors import changes_from
from staydown_web.cases.models import Claim
from staydown_web.federation.models import Member
from staydown_web.federation.services.telling import ended_entries, tell_members

CHANGES, EVENTS = "federation_changes", "federation_events"
KINDS = (
    "partners_agreed",
    "partners_ended",
    "complaint_settled",
    "case_withdrawn",
    "case_erased",
    "case_closed",
    "minor_closed",
    "withdrawal_asked",
    "withdrawal_cancelled",
)
"""Events of cases after which other entries may leave than before."""
_AT_ONCE = 200


def tell_changes(now: datetime) -> int:
    """Look at the entries that changed since the last run.

    Returns:
        How many changes were looked at.
    """
    seq = Cursor.objects.filter(reader=CHANGES).values_list("seq", flat=True).first() or 0
    changes = changes_from(seq + 1, limit=_AT_ONCE)
    if not changes:
        return 0
    with transaction.atomic():
        if any(change.what == EntryChange.What.POLICY for change in changes):
            # A bank that rests gives nothing; one that was changed is looked through as a whole.
            Member.objects.filter(started_at__isnull=False).update(sweep_at=now, sweep_after=None)
        ids = [change.entry_id for change in changes if change.entry_id is not None]
        tell_members(entry_ids=ids, now=now)
        move_cursor(reader=CHANGES, seq=changes[-1].seq)
    return len(changes)


def tell_decisions(now: datetime) -> int:
    """Look at the entries of cases in which something was decided, and at those that have ended.

    Returns:
        How many events and entries were looked at.
    """
    events = events_after(reader=EVENTS, kinds=KINDS, limit=_AT_ONCE)
    if events:
        with transaction.atomic():
            tell_members(entry_ids=_entries_of(events), now=now)
            move_cursor(reader=EVENTS, seq=events[-1].seq)
    ended = ended_entries(now)
    if ended:
        tell_members(entry_ids=ended, now=now)
    return len(events) + len(ended)


def _entries_of(events: list[Event]) -> list[UUID]:
    named: list[Any] = []
    for event in events:
        named += event.facts.get("entries", []) if event.what == "complaint_settled" else []
    cases = {event.case_id for event in events if event.case_id is not None}
    claimed = Claim.objects.filter(item__case_id__in=cases).values_list("entry_id", flat=True)
    return [*(UUID(text) for text in named), *claimed]
