"""What happened on one platform in one period, counted; small numbers are hidden before they leave.

Everything is counted by when it happened, so that a period can be closed and never changes. What
the tables hold and what each word means is written for readers in ``docs/transparency.md``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, QuerySet

from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case, Suspension
from staydown_web.reports.services.hiding import LEAST, hide_count, hide_small, merged
from staydown_web.reports.services.laws import all_laws, count_laws
from staydown_web.reports.services.provider_counts import count_providers
from staydown_web.reports.services.timing import (
    HOUR_S,
    LEAST_FOR_MEDIAN,
    Acted,
    acted_cases,
    is_late,
    quantile,
    times_of,
)
from staydown_web.review.models import Complaint, Decision
from staydown_web.screening.models import Copy, Verdict

FORMAT = 5
"""Of the numbers; another meaning gets another number. 1 had no ``laws`` and no ``p95_s``, 2 no
``providers``, 3 no ``complaints.basis`` and no ``complaints.time_to_answer``, 4 no ``misuse``."""
BAND_HOURS = (0, 6, 12, 24, 48)
_MINOR = "minor"
_FINAL = (Decision.Outcome.REMOVE, Decision.Outcome.RESTORE)


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
    acted = acted_cases(decisions, begin=span[0])
    numbers: dict[str, Any] = {
        "format": FORMAT,
        "requests": {
            "complete": _table(_completeness(filed)),
            "way": _table(_by(filed, "way", Case.Way.values)),
            "filed_by": _table(_by(filed, "acts_as", Case.ActsAs.values)),
        },
        **_times(acted),
        "decisions": _decision_tables(decisions),
        "complaints": _complaint_tables(platform, span),
        "misuse": _misuse(platform, span),
        "stopped": _stopped(platform, span),
    }
    laws = count_laws(
        platform=platform,
        span=span,
        decisions=decisions,
        acted=acted,
        together=all_laws(numbers),
    )
    providers = count_providers(platform=platform, span=span)
    return {**numbers, "laws": laws, "providers": providers}


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
    shown = [side for side, count in sides.counts.items() if count]

    def of_side(field: str, names: Iterable[str]) -> dict[str, Any]:
        return {side: _table(_by(rows.filter(side=side), field, names)) for side in shown}

    moments = rows.values_list("made_at", "settled_at")
    return {
        "side": sides.as_json(),
        "outcome": of_side("outcome", Complaint.Outcome.values),
        "basis": of_side("basis", Complaint.Basis.values),
        "time_to_answer": times_of((end - begin).total_seconds() for begin, end in moments if end),
    }


def _misuse(platform: Platform, span: tuple[datetime, datetime]) -> dict[str, int | None]:
    """Notifiers warned and suspended in the period, about notices that came to this platform.

    Each number is hidden alone: they are no parts of one whole, for a suspension follows a warning
    that may be of an earlier period.
    """
    rows = Suspension.objects.filter(case__platform=platform)
    rows = rows.exclude(case__closed_for=Case.ClosedFor.MINOR)
    return {
        "warned": hide_count(rows.filter(warned_at__range=span).count()),
        "suspended": hide_count(rows.filter(suspended_at__range=span).count()),
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


def _times(acted: Sequence[Acted]) -> dict[str, Any]:
    seconds = sorted(one.seconds_from(one.case.valid_at) or 0.0 for one in acted)
    has_clock = [found for one in acted if (found := is_late(one.notices)) is not None]
    late = sum(has_clock)
    return {
        "time_to_act": {
            "total": hide_count(len(seconds)),
            "bands": _bands(seconds),
            **times_of(seconds),
            "longest_s": quantile(seconds, 100, LEAST_FOR_MEDIAN, HOUR_S),
        },
        "deadline": _table({"in_time": len(has_clock) - late, "late": late}),
    }


def _bands(seconds: Sequence[float]) -> list[dict[str, Any]]:
    """How many took how long, from the hour that each band begins at."""
    counts: Counter[int] = Counter(
        max(hour for hour in BAND_HOURS if took >= hour * HOUR_S) for took in seconds
    )
    joined = merged([(hour, counts[hour]) for hour in BAND_HOURS])
    if joined is None:
        return []
    ends = [start for start, _ in joined[1:]]
    return [
        {"from_h": start, "to_h": end, "count": count}
        for (start, count), end in zip(joined, [*ends, None], strict=True)
    ]
