"""How long it took from a complete notice to the first act on it, and whether that was in time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

from django.db.models import Q

from staydown_web.actions.models import Order
from staydown_web.cases.models import Case, Clock, Notice
from staydown_web.reports.services.hiding import LEAST
from staydown_web.review.models import Decision
from staydown_web.review.selectors.claims import cases_of_tasks

LEAST_FOR_MEDIAN = 2 * LEAST
LEAST_FOR_P90 = 10 * LEAST
LEAST_FOR_P95 = 20 * LEAST
"""Then at least five took longer. Source: ADR-0061."""
TEN_MINUTES_S = 600
HOUR_S = 3600
_AT_ONCE = 200
_FINAL = (Decision.Outcome.REMOVE, Decision.Outcome.RESTORE)
_MET = {Clock.Outcome.KEPT: False, Clock.Outcome.LATE: True}


@dataclass(frozen=True, slots=True)
class Acted:
    """A case on which something was done for the first time.

    Attributes:
        case: with a complete notice.
        notices: its complete notices, with their clocks.
        acts: when something was done, UTC.
    """

    case: Case
    notices: Sequence[Notice]
    acts: Sequence[datetime]

    def seconds_from(self, valid_at: datetime | None) -> float | None:
        """From a moment to the first act after it; None where nothing was done after it."""
        if valid_at is None:
            return None
        return min(
            ((at - valid_at).total_seconds() for at in self.acts if at >= valid_at), default=None
        )


def acted_cases(decisions: Sequence[Decision], *, begin: datetime) -> list[Acted]:
    """Cases that the decisions acted on, and that no earlier decision had acted on.

    Args:
        decisions: of one period, with their orders.
        begin: of the period.

    Cost: some reads for every 200 cases.
    """
    acts: dict[UUID, list[datetime]] = defaultdict(list)
    cases: dict[UUID, Case] = {}
    of_task = cases_of_tasks([decision.task for decision in decisions])
    for decision in decisions:
        at = done_at(decision)
        for case in of_task.get(decision.task_id, ()) if at else ():
            if at and case.valid_at and at >= case.valid_at:  # else decided on before she asked
                acts[case.pk].append(at)
                cases[case.pk] = case
    earlier = _acted_before(list(cases), begin)
    notices = valid_notices(pk for pk in cases if pk not in earlier)
    return [Acted(cases[pk], notices.get(pk, []), acts[pk]) for pk in cases if pk not in earlier]


def valid_notices(case_ids: Iterable[UUID]) -> dict[UUID, list[Notice]]:
    """Case -> its complete notices, with their clocks."""
    found: dict[UUID, list[Notice]] = defaultdict(list)
    for ids in _parts(sorted(case_ids)):
        rows = Notice.objects.filter(case__in=ids, valid_at__isnull=False)
        for notice in rows.prefetch_related("clocks").order_by("received_at", "pk"):
            found[notice.case_id].append(notice)
    return found


def done_at(decision: Decision) -> datetime | None:
    """When a decision was carried out: at its last order, or when it was made where none was.

    One to keep something is an answer when it is made: that it waits until the person could speak
    takes no time of the platform's (ADR-0064).
    """
    if decision.outcome == Decision.Outcome.RESTORE:
        return decision.decided_at
    wanted = [o for o in decision.orders.all() if o.state != Order.State.CANCELLED]
    answers = [order.answered_at for order in wanted if order.state == Order.State.DONE]
    if len(answers) < len(wanted):
        return None
    return max((at for at in answers if at), default=decision.decided_at)


def is_late(notices: Iterable[Notice]) -> bool | None:
    """Whether a time limit of these notices was missed; None where none has ended.

    The clock of an addition or answer is not looked at: it says nothing of the first act.
    """
    clocks = [clock for notice in notices for clock in notice.clocks.all() if clock.since is None]
    met = [
        True if clock.breached_at is not None else _MET[Clock.Outcome(clock.outcome)]
        for clock in clocks
        if clock.breached_at is not None or clock.outcome in _MET
    ]
    return any(met) if met else None


def times_of(seconds: Iterable[float]) -> dict[str, int | None]:
    """Median and tails, rounded up to ten minutes; None where too few took longer."""
    ranked = sorted(seconds)
    return {
        "median_s": quantile(ranked, 50, LEAST_FOR_MEDIAN, TEN_MINUTES_S),
        "p90_s": quantile(ranked, 90, LEAST_FOR_P90, TEN_MINUTES_S),
        "p95_s": quantile(ranked, 95, LEAST_FOR_P95, TEN_MINUTES_S),
    }


def quantile(ranked: Sequence[float], percent: int, least: int, step_s: int) -> int | None:
    """The value below which so many lie, rounded up; None where there are fewer than ``least``."""
    if len(ranked) < least:
        return None
    place = max(ceil(len(ranked) * percent / 100) - 1, 0)
    return ceil(ranked[place] / step_s) * step_s


def _acted_before(case_ids: Sequence[UUID], begin: datetime) -> set[UUID]:
    """Those of the cases on which something was done in an earlier period."""
    found: set[UUID] = set()
    for ids in _parts(case_ids):
        own = Q(task__case__in=ids)
        claimed = Q(task__copies__hits__entry__claims__item__case__in=ids)
        placed = Q(task__copies__locations__case__in=ids)
        rows = Decision.objects.filter(own | claimed | placed)
        rows = rows.filter(outcome__in=_FINAL, undone_at=None, made_firm_at__lt=begin)
        earlier = list(rows.select_related("task").prefetch_related("orders").distinct())
        of_task = cases_of_tasks([decision.task for decision in earlier])
        for decision in earlier:
            at = done_at(decision)
            for case in of_task.get(decision.task_id, ()) if at else ():
                if at and case.valid_at and at >= case.valid_at:
                    found.add(case.pk)
    return found


def _parts(ids: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE))
