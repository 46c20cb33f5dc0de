"""What happened on one platform in one period, counted; small numbers are hidden before they leave.

Everything is counted by when it happened, so that a period can be closed and never changes. What
the tables hold and what each word means is written for readers in ``docs/transparency.md``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from staydown_web.accounts.models import Platform
from staydown_web.actions.models import Order
from staydown_web.cases.models import Case
from staydown_web.reports.services.hiding import LEAST, hide_count, hide_small, merged
from staydown_web.review.models import Complaint, Decision
from staydown_web.review.selectors.claims import cases_of_tasks
from staydown_web.screening.models import Copy, Verdict

FORMAT = 1
"""Of the numbers; another meaning gets another number."""
BAND_HOURS = (0, 6, 12, 24, 48)
LEAST_FOR_MEDIAN = 2 * LEAST
LEAST_FOR_TAIL = 10 * LEAST
"""Then at least five took longer than nine in ten did. Source: ADR-0061."""
_MINOR = "minor"
_FINAL = (Decision.Outcome.REMOVE, Decision.Outcome.RESTORE)
_HOUR_S = 3600


def count_period(*, platform: Platform, starts_on: date, ends_on: date) -> dict[str, Any]:
    """The numbers of a period as they may be shown.

    Args:
        platform: whose.
        starts_on: first day, UTC.
        ends_on: last day.

    Cost: some reads for every 500 decisions; the worker does it once a period.
    """
    span = _span(starts_on, ends_on)
    filed = Case.objects.filter(platform=platform, filed_at__range=span)
    filed = filed.exclude(closed_for=Case.ClosedFor.MINOR)
    decisions = _decisions(platform, span)
    return {
        "format": FORMAT,
        "requests": {
            "complete": _table(_completeness(filed)),
            "way": _table(_by(filed, "way", Case.Way.values)),
            "filed_by": _table(_by(filed, "acts_as", Case.ActsAs.values)),
        },
        **_times(decisions),
        "decisions": _decision_tables(decisions),
        "complaints": _complaint_tables(platform, span),
        "stopped": _stopped(platform, span),
    }


def _span(starts_on: date, ends_on: date) -> tuple[datetime, datetime]:
    begin = datetime.combine(starts_on, time.min, UTC)
    end = datetime.combine(ends_on + timedelta(days=1), time.min, UTC)
    return begin, end - timedelta(microseconds=1)


def _table(counts: Mapping[str, int]) -> dict[str, Any]:
    return hide_small(counts).as_json()


def _completeness(filed: QuerySet[Case]) -> dict[str, int]:
    complete = filed.filter(valid_at__isnull=False).count()
    return {"complete": complete, "incomplete": filed.count() - complete}


def _by(rows: QuerySet[Any], field: str, names: Iterable[str]) -> dict[str, int]:
    counts = dict(rows.order_by().values_list(field).annotate(n=Count("pk")))
    return {name: counts.get(name, 0) for name in names}


def _decisions(platform: Platform, span: tuple[datetime, datetime]) -> list[Decision]:
    """Decisions that became firm. Nothing about people under 18 is counted anywhere."""
    rows = Decision.objects.filter(
        task__platform=platform, outcome__in=_FINAL, undone_at=None, made_firm_at__range=span
    )
    rows = rows.select_related("task").prefetch_related("orders").order_by("made_firm_at", "pk")
    return [decision for decision in rows if _MINOR not in decision.grounds]


def _decision_tables(decisions: Sequence[Decision]) -> dict[str, Any]:
    outcomes = Counter(str(decision.outcome) for decision in decisions)
    by_outcome = hide_small({str(one): outcomes[one] for one in _FINAL})
    automation = Counter(str(decision.automation) for decision in decisions)
    return {
        "outcome": by_outcome.as_json(),
        # Divided only where the whole is shown: else the parts would add up to it.
        "ground": {
            name: _table(_grounds(decisions, name))
            for name, count in by_outcome.counts.items()
            if count
        },
        "automation": _table({one: automation[one] for one in Decision.Automation.values}),
    }


def _grounds(decisions: Sequence[Decision], outcome: str) -> dict[str, int]:
    """By the ground that stands first."""
    own = [decision for decision in decisions if decision.outcome == outcome]
    return dict(Counter(next(iter(decision.grounds), "other") for decision in own))


def _complaint_tables(platform: Platform, span: tuple[datetime, datetime]) -> dict[str, Any]:
    rows = Complaint.objects.filter(
        decision__task__platform=platform,
        state=Complaint.State.SETTLED,
        settled_at__range=span,
    )
    sides = hide_small(_by(rows, "side", Complaint.Side.values))
    return {
        "side": sides.as_json(),
        "outcome": {
            side: _table(_by(rows.filter(side=side), "outcome", Complaint.Outcome.values))
            for side, count in sides.counts.items()
            if count
        },
    }


def _stopped(platform: Platform, span: tuple[datetime, datetime]) -> int | None:
    """Uploads of confirmed pictures that were stopped; hidden where they are of few pictures."""
    stopped = Copy.objects.filter(
        platform=platform,
        source=Copy.Source.UPLOAD,
        verdict=Verdict.BLOCK,
        seen_at__range=span,
    )
    count = stopped.count()
    pictures = stopped.filter(hits__isnull=False).values("hits__entry").distinct().count()
    return hide_count(count) if not count or pictures >= LEAST else None


def _times(decisions: Sequence[Decision]) -> dict[str, Any]:
    acted = _acted(decisions)
    seconds = sorted(took for took, _ in acted.values())
    bands = _bands(seconds)
    has_clock = [is_late for _, is_late in acted.values() if is_late is not None]
    late = sum(has_clock)
    return {
        "time_to_act": {
            "total": hide_count(len(seconds)),
            "bands": bands,
            "median_s": _quantile(seconds, 50, LEAST_FOR_MEDIAN, 600),
            "p90_s": _quantile(seconds, 90, LEAST_FOR_TAIL, 600),
            "longest_s": _quantile(seconds, 100, LEAST_FOR_MEDIAN, _HOUR_S),
        },
        "deadline": _table({"in_time": len(has_clock) - late, "late": late}),
    }


def _acted(decisions: Sequence[Decision]) -> dict[UUID, tuple[float, bool | None]]:
    """Case -> seconds from its complete notice to the first act, and whether that was late."""
    found: dict[UUID, tuple[float, bool | None]] = {}
    cases = cases_of_tasks([decision.task for decision in decisions])
    for decision in decisions:
        at = _done_at(decision)
        if at is None:
            continue
        for case in cases.get(decision.task_id, ()):
            took = (at - case.valid_at).total_seconds() if case.valid_at else -1.0
            if took < 0:
                continue  # a copy that was decided on before she asked
            late = at > case.due_at if case.due_at else None
            if case.pk not in found or took < found[case.pk][0]:
                found[case.pk] = (took, late)
    return found


def _done_at(decision: Decision) -> datetime | None:
    """When a decision was carried out: at its last order, or when it was firm where none was."""
    wanted = [o for o in decision.orders.all() if o.state != Order.State.CANCELLED]
    answers = [order.answered_at for order in wanted if order.state == Order.State.DONE]
    if len(answers) < len(wanted):
        return None
    return max((at for at in answers if at), default=decision.made_firm_at)


def _bands(seconds: Sequence[float]) -> list[dict[str, Any]]:
    """How many took how long, from the hour that each band begins at."""
    counts: Counter[int] = Counter(
        max(hour for hour in BAND_HOURS if took >= hour * _HOUR_S) for took in seconds
    )
    joined = merged([(hour, counts[hour]) for hour in BAND_HOURS])
    if joined is None:
        return []
    ends = [start for start, _ in joined[1:]]
    return [
        {"from_h": start, "to_h": end, "count": count}
        for (start, count), end in zip(joined, [*ends, None], strict=True)
    ]


def _quantile(seconds: Sequence[float], percent: int, least: int, step_s: int) -> int | None:
    """The value below which so many lie, rounded up; None where there are fewer than ``least``."""
    if len(seconds) < least:
        return None
    place = max(ceil(len(seconds) * percent / 100) - 1, 0)
    return ceil(seconds[place] / step_s) * step_s
