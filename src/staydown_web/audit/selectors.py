"""Reads of the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from staydown_web.audit.models import ChainHead, Checkpoint, Cursor, Event


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far the chain and its signatures reach.

    Attributes:
        events: how many events there are.
        last_at: when the last one was recorded; None where there is none.
        signed: up to which event a checkpoint reaches; 0 for none.
        signed_at: when that checkpoint was made.
    """

    events: int
    last_at: datetime | None
    signed: int
    signed_at: datetime | None


def case_events(*, case_id: UUID) -> QuerySet[Event]:
    """All events of a case, oldest first."""
    return Event.objects.filter(case_id=case_id).order_by("seq")


def events_after(*, reader: str, kinds: Sequence[str] = (), limit: int = 500) -> list[Event]:
    """The next events that a reader has not dealt with, oldest first; empty when it is done.

    Events become visible in their order, because a writer holds the chain until it commits: none
    is ever seen late. ``audit.services.move_cursor`` says how far the reader got.

    Args:
        reader: its name.
        kinds: only events of these names; empty for all.
        limit: how many at most.
    """
    seq = Cursor.objects.filter(reader=reader).values_list("seq", flat=True).first() or 0
    events = Event.objects.filter(seq__gt=seq)
    if kinds:
        events = events.filter(what__in=kinds)
    return list(events.order_by("seq")[:limit])


def events_like(
    *, case_id: UUID | None = None, what: str = "", before: int | None = None
) -> QuerySet[Event]:
    """Events, newest first, of one case or one kind or both, older than ``before``."""
    events = Event.objects.order_by("-seq")
    if case_id is not None:
        events = events.filter(case_id=case_id)
    if what:
        events = events.filter(what=what)
    return events.filter(seq__lt=before) if before is not None else events


def kinds_of_events() -> list[str]:
    """Every ``what`` that was ever recorded, in alphabetical order.

    Cost: one look into the index for each kind; DISTINCT would read an entry for each event.
    """
    kinds: list[str] = []
    while True:
        later = Event.objects.filter(what__gt=kinds[-1] if kinds else "")
        found = later.order_by("what").values_list("what", flat=True).first()
        if found is None:
            return kinds
        kinds.append(found)


def chain_state() -> ChainState:
    """How far the chain and its signatures reach."""
    head = ChainHead.objects.first()
    last = Event.objects.order_by("-seq").first()
    checkpoint = Checkpoint.objects.order_by("-seq").first()
    return ChainState(
        events=head.seq if head else 0,
        last_at=last.at if last else None,
        signed=checkpoint.seq if checkpoint else 0,
        signed_at=checkpoint.at if checkpoint else None,
    )
