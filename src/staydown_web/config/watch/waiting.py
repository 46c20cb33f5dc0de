"""How much waits, and how long the oldest of it has: a few reads by index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Min, QuerySet

from staydown_web.actions.models import Delivery, Order
from staydown_web.cases.models import Clock, Letter, Location
from staydown_web.review.models import OPEN_STATES, Task
from staydown_web.review.selectors.foretold import answered_tellings

NEWEST_ORDERS: Final = 10_000
"""Of older orders nobody waits for an answer any more, and there is no index by their state."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One kind of work that waits.

    Attributes:
        what: its name in metrics.
        count: how much of it.
        oldest_s: seconds that the oldest has waited; 0 where nothing does.
    """

    what: str
    count: int
    oldest_s: float


def waiting_work(now: datetime) -> Iterator[Waiting]:
    """Everything that waits for the worker, for a platform or for a person."""
    due = {"next_try_at__lte": now}
    last = Order.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    orders = Order.objects.filter(seq__gt=last - NEWEST_ORDERS, state=Order.State.WAITING)
    queues: tuple[tuple[str, QuerySet[Any], str], ...] = (
        ("tasks", Task.objects.filter(state__in=OPEN_STATES), "made_at"),
        ("letters", Letter.objects.filter(state=Letter.State.DUE, **due), "next_try_at"),
        ("deliveries", Delivery.objects.filter(state=Delivery.State.DUE, **due), "next_try_at"),
        ("orders", orders, "made_at"),
        ("locations", Location.objects.filter(**due), "next_try_at"),
        (
            "late_clocks",
            Clock.objects.filter(ended_at=None, paused_at=None, due_at__lt=now),
            "due_at",
        ),
        ("statements", answered_tellings(), "answered_at"),
    )
    for what, rows, moment in queues:
        found = rows.aggregate(n=Count("pk"), oldest=Min(moment))
        age = (now - found["oldest"]).total_seconds() if found["oldest"] else 0.0
        yield Waiting(what, found["n"], max(0.0, age))
