"""Complaints and suspensions in numbers, for the public report. DSA Art. 15(1)(d), 24(1)(b)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from staydown_web.cases.models import Suspension
from staydown_web.review.models import Complaint

_LEAST_FOR_TAIL = 2


@dataclass(frozen=True, slots=True)
class ComplaintCounts:
    """Complaints of one side that were filed in a period, as they stand now.

    Attributes:
        filed: how many.
        by_basis: what was judged wrongly, of ``Complaint.Basis`` -> how many; every basis is there.
        stands: settled, and the decision stayed.
        overturned: settled, and the decision was reversed.
        dropped: needed no answer any more.
        waiting: not settled yet.
        hours: from filing to settling, of each settled one, shortest first.
    """

    filed: int
    by_basis: dict[str, int]
    stands: int
    overturned: int
    dropped: int
    waiting: int
    hours: tuple[float, ...]

    @property
    def median_hours(self) -> float | None:
        """Half of the settled ones took no longer; None where none is settled."""
        return median(self.hours) if self.hours else None

    @property
    def tail_hours(self) -> float | None:
        """Nine in ten of the settled ones took no longer; None where none is settled."""
        if len(self.hours) < _LEAST_FOR_TAIL:
            return self.hours[0] if self.hours else None
        return quantiles(self.hours, n=10, method="inclusive")[-1]


@dataclass(frozen=True, slots=True)
class SuspensionCounts:
    """Warnings and suspensions of notifiers in a period.

    Attributes:
        warned: warnings written in it.
        suspended: suspensions that began in it.
        lifted: those of both that a person ended before their time.
        appealed: of the suspended, how many complained.
        appeals_granted: of those, how many were lifted because of it.
    """

    warned: int
    suspended: int
    lifted: int
    appealed: int
    appeals_granted: int


def complaint_counts(
    *, since: datetime, until: datetime, platform_id: UUID | None = None
) -> dict[str, ComplaintCounts]:
    """Complaints that were filed in a period, by side.

    Args:
        since: first moment, aware.
        until: first moment after it, aware.
        platform_id: about decisions for one platform; None for all.

    Returns:
        Both values of ``Complaint.Side`` -> counts.
    """
    rows = Complaint.objects.filter(made_at__gte=since, made_at__lt=until)
    if platform_id is not None:
        rows = rows.filter(decision__task__platform=platform_id)
    return {side: _counts(rows.filter(side=side)) for side in Complaint.Side.values}


def suspension_counts(*, since: datetime, until: datetime) -> SuspensionCounts:
    """Warnings and suspensions in a period: first moment, and first moment after it, aware."""

    def within(moment: str) -> Q:
        return Q(**{f"{moment}__gte": since, f"{moment}__lt": until})

    lifted = within("ended_at") & Q(state=Suspension.State.LIFTED)
    counted = Suspension.objects.aggregate(
        warned=Count("pk", filter=within("warned_at")),
        suspended=Count("pk", filter=within("suspended_at")),
        lifted=Count("pk", filter=lifted),
        appealed=Count("pk", filter=within("appealed_at")),
        appeals_granted=Count(
            "pk", filter=within("answered_at") & Q(appeal=Suspension.Appeal.LIFTED)
        ),
    )
    return SuspensionCounts(**counted)


def _counts(rows: QuerySet[Complaint]) -> ComplaintCounts:
    by_basis = dict.fromkeys(Complaint.Basis.values, 0)
    stands = overturned = dropped = waiting = 0
    hours = []
    for basis, state, outcome, made_at, settled_at in rows.values_list(
        "basis", "state", "outcome", "made_at", "settled_at"
    ):
        by_basis[basis] += 1
        if state == Complaint.State.SETTLED and settled_at is not None:
            stands += outcome == Complaint.Outcome.STANDS
            overturned += outcome == Complaint.Outcome.REVERSED
            hours.append((settled_at - made_at).total_seconds() / 3600)
        elif state == Complaint.State.DROPPED:
            dropped += 1
        else:
            waiting += 1
    return ComplaintCounts(
        filed=sum(by_basis.values()),
        by_basis=by_basis,
        stands=stands,
        overturned=overturned,
        dropped=dropped,
        waiting=waiting,
        hours=tuple(sorted(hours)),
    )
