"""What is held waits under a limit of our own where no law sets a time. ADR-0049."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce

from staydown_web.cases.models import Clock
from staydown_web.review.models import OPEN_STATES, Task
from staydown_web.screening.models import Copy

HELD_FOR: Final = timedelta(hours=48)
"""By when somebody should have looked at what is held. Source: ADR-0049."""
LAW_WITHIN: Final = timedelta(hours=24)
"""What a law wants within this time comes before whatever is held, however long."""


def place_at(now: datetime) -> Coalesce:
    """By which moment a task takes its place in the queue: its law's, else that of what is held.

    On its last day, and after it, what is held comes before what a law wants later than in a day.
    Before that it has no moment, as whatever else no law sets a time for.
    """
    since = now - (HELD_FOR - LAW_WITHIN)
    held = Copy.objects.filter(tasks=OuterRef("pk"), state=Copy.State.HELD, state_at__lte=since)
    still = Clock.objects.filter(
        notice__case=OuterRef("case"), ended_at__isnull=True, paused_at__isnull=False
    )
    waits = When(Q(Exists(held)) & ~Exists(still), then=Value(now + LAW_WITHIN))
    own = Case(waits, default=None, output_field=DateTimeField())
    return Coalesce(F("due_at"), own, output_field=DateTimeField())


def held_since(task: Task, copies: Iterable[Copy], clocks: Iterable[Clock]) -> datetime | None:
    """Since when something of a task is held that has a limit of our own; None where none has.

    Args:
        task: with its deadline up to date.
        copies: all of it.
        clocks: of its own case.
    """
    if task.due_at is not None or task.state not in OPEN_STATES:
        return None
    if any(one.ended_at is None and one.paused_at is not None for one in clocks):
        return None
    return min((one.state_at for one in copies if one.state == Copy.State.HELD), default=None)
