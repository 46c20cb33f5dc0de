"""The numbers of each law, rounded, so that subtracting tells nothing of a few people (ADR-0061).

A request is often made under several laws at once, so these numbers overlap: they add up to
nothing, and the difference of two of them can be one person. Hence two rules, beside those of
``hiding``. A number of a law is shown only where that of all laws is. It is rounded to the nearest
five, and below ten it is not shown; that is 0 only where the number of all laws is 0.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count

from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case, Notice
from staydown_web.regimes.selectors import regimes
from staydown_web.reports.services.hiding import LEAST, LEAST_DIVIDED
from staydown_web.reports.services.timing import Acted, is_late, times_of, valid_notices
from staydown_web.review.models import Decision
from staydown_web.review.selectors.claims import cases_of_tasks

COUNTS = ("received", "complete", "acted", "in_time", "late", "remove", "restore")


def count_laws(
    *,
    platform: Platform,
    span: tuple[datetime, datetime],
    decisions: Sequence[Decision],
    acted: Sequence[Acted],
    together: Mapping[str, int | None],
) -> dict[str, dict[str, int | None]]:
    """Law -> its counts and times.

    Args:
        platform: its own laws are named even where nothing can be shown.
        span: the period.
        decisions: of the period.
        acted: cases with their first act in it.
        together: for each of ``COUNTS`` the number of all laws as it is shown.
    """
    counts = _received(platform, span) + _decided(decisions)
    seconds: dict[str, list[float]] = defaultdict(list)
    for one in acted:
        for notice in one.notices:
            took = one.seconds_from(notice.valid_at)
            if took is not None:
                seconds[notice.regime].append(took)
                late = is_late([notice])
                counts[notice.regime, "acted"] += 1
                if late is not None:
                    counts[notice.regime, "late" if late else "in_time"] += 1
    tables: dict[str, dict[str, int | None]] = {}
    for law in sorted({*platform.regimes, *(law for law, _ in counts)}):
        shown = {name: rounded(counts[law, name], together=together[name]) for name in COUNTS}
        tables[law] = {**shown, **_limits_of(law, shown), **times_of(seconds[law])}
    return {law: row for law, row in tables.items() if law in platform.regimes or any(row.values())}


def _limits_of(law: str, shown: Mapping[str, int | None]) -> dict[str, int | None]:
    """In time and late: nothing where the law names no number of hours."""
    known = regimes().get(law)
    has_hours = known is None or known.clock.length is not None
    return {name: shown[name] if has_hours else None for name in ("in_time", "late")}


def all_laws(numbers: Mapping[str, Any]) -> dict[str, int | None]:
    """What is shown of all laws together, under the names that the counts of one law have.

    Args:
        numbers: of a period, as ``reports.services.counting`` makes them.
    """
    requests = numbers["requests"]["complete"]
    return {
        "received": requests["total"],
        "complete": requests["counts"]["complete"],
        "acted": numbers["time_to_act"]["total"],
        **numbers["deadline"]["counts"],
        **numbers["decisions"]["outcome"]["counts"],
    }


def rounded(count: int, *, together: int | None) -> int | None:
    """A number of one law as it may be shown.

    Args:
        count: the exact one.
        together: of all laws, as it is shown.
    """
    if not together:
        return together
    if count < LEAST_DIVIDED:
        return None
    return (count + LEAST // 2) // LEAST * LEAST


def _received(platform: Platform, span: tuple[datetime, datetime]) -> Counter[tuple[str, str]]:
    """Cases by the law of their notices: those that came, and those that are complete."""
    notices = Notice.objects.filter(case__platform=platform, case__filed_at__range=span)
    notices = notices.exclude(case__closed_for=Case.ClosedFor.MINOR)
    rows = notices.order_by().values_list("regime")
    counts: Counter[tuple[str, str]] = Counter()
    for law, received, complete in rows.annotate(n=Count("pk"), complete=Count("valid_at")):
        counts[law, "received"], counts[law, "complete"] = received, complete
    return counts


def _decided(decisions: Sequence[Decision]) -> Counter[tuple[str, str]]:
    """Decisions by each law under which a request that they concern is complete."""
    of_task = cases_of_tasks([decision.task for decision in decisions])
    notices = valid_notices({case.pk for cases in of_task.values() for case in cases})
    counts: Counter[tuple[str, str]] = Counter()
    for decision in decisions:
        rows: list[Any] = [
            notice.regime
            for case in of_task.get(decision.task_id, ())
            for notice in notices.get(case.pk, ())
        ]
        counts.update((law, str(decision.outcome)) for law in set(rows))
    return counts
