"""When sites were told and when their time was over, for many cases at once.

The same as ``selectors.first.served_at`` and ``deadline_of``, which ask for one case and one site.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from staydown_web.cases.models import Case, Clock
from staydown_web.escalation.models import Report, ReportPlace, Site, Watch
from staydown_web.escalation.selectors.first_time import own_time

_Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Served:
    """What is proven of the site's own notice.

    Attributes:
        at: when it was proven to be delivered; None: it was not.
        deadline_at: when the site's full time is over; None while none runs.
        own: link -> when its own time is over; a link that was told later has more.
        is_here: the site is a platform of this installation: one time holds for all its links.
    """

    at: datetime | None = None
    deadline_at: datetime | None = None
    own: Mapping[UUID, datetime] = field(default_factory=dict)
    is_here: bool = False

    def is_over(self, location_id: UUID, now: datetime) -> bool:
        """Whether the full time for one link is over."""
        due_at = self.deadline_at if self.is_here else self.own.get(location_id)
        return due_at is not None and due_at <= now


def served_many(pairs: Sequence[tuple[Case, Site]]) -> dict[_Pair, Served]:
    """When the site of each pair was told for the case, and until when it had time.

    Cost: four queries, whatever the number of pairs.
    """
    found = {(case.pk, site.pk): Served() for case, site in pairs}
    here = _here(found)
    found |= _served_elsewhere(found.keys() - here)
    cases = {case.pk: case for case, _ in pairs}
    clocks = _clocks({case for case, _ in here})
    for pair in here:
        found[pair] = _served_here(cases[pair[0]], clocks.get(pair[0], []))
    return found


def _here(pairs: Mapping[_Pair, Served]) -> set[_Pair]:
    rows = Watch.objects.filter(
        location__case_id__in={case for case, _ in pairs},
        site_id__in={site for _, site in pairs},
        location__platform__isnull=False,
    )
    return set(rows.values_list("location__case_id", "site_id").distinct()) & set(pairs)


def _served_elsewhere(pairs: set[_Pair]) -> dict[_Pair, Served]:
    reports = Report.objects.filter(
        case_id__in={case for case, _ in pairs},
        site_id__in={site for _, site in pairs},
        purpose=Report.Purpose.FIRST_NOTICE,
        state=Report.State.DELIVERED,
        delivered_at__isnull=False,
        due_at__isnull=False,
    )
    fields = ("pk", "case_id", "site_id", "delivered_at", "due_at")
    rows = list(reports.order_by("delivered_at").values_list(*fields))
    places: defaultdict[UUID, list[UUID]] = defaultdict(list)
    named = ReportPlace.objects.filter(report_id__in=[row[0] for row in rows])
    for report_id, location_id in named.values_list("report_id", "location_id"):
        places[report_id].append(location_id)
    found: dict[_Pair, Served] = {}
    own: defaultdict[_Pair, dict[UUID, datetime]] = defaultdict(dict)
    for report_id, case_id, site_id, at, due_at in rows:
        pair = (case_id, site_id)
        if pair not in pairs or due_at is None:
            continue
        for location_id in places[report_id]:
            own[pair].setdefault(location_id, due_at)
        found.setdefault(pair, Served(at, due_at, own[pair]))
    return found


def _clocks(case_ids: set[UUID]) -> dict[UUID, list[Clock]]:
    found: defaultdict[UUID, list[Clock]] = defaultdict(list)
    rows = Clock.objects.filter(notice__case_id__in=case_ids).exclude(outcome=Clock.Outcome.VOID)
    for clock in rows.select_related("notice"):
        found[clock.notice.case_id].append(clock)
    return found


def _served_here(case: Case, clocks: Sequence[Clock]) -> Served:
    at = min((one.began_at for one in clocks), default=case.valid_at)
    if any(one.paused_at and one.ended_at is None for one in clocks):
        return Served(at, None, is_here=True)
    if clocks:
        return Served(at, max(one.due_at for one in clocks), is_here=True)
    return Served(at, case.valid_at and case.valid_at + own_time().length, is_here=True)
