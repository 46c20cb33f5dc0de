"""First notices: which there are, when a site was told by proof, and when its time is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from staydown_web.base.errors import FetchRefusedError, RecordNotFoundError
from staydown_web.base.sealing import blind
from staydown_web.cases.models import Case, Clock, Location
from staydown_web.cases.services.places import url_of
from staydown_web.escalation.domains import host_of, site_domain
from staydown_web.escalation.models import Report, Site, WaitingPlace
from staydown_web.escalation.selectors.first_channels import channel_of, channels
from staydown_web.escalation.selectors.first_reading import STAFF_KEY, Channel
from staydown_web.escalation.selectors.first_time import TimeRule, own_time, time_rule
from staydown_web.escalation.selectors.sites import domain_of

PURPOSES = (Report.Purpose.FIRST_NOTICE, Report.Purpose.DELISTING)
OPEN_STATES = (
    *(Case.State.RECEIVED, Case.State.NEEDS_INFORMATION, Case.State.VALID),
    *(Case.State.IN_REVIEW, Case.State.DECIDED, Case.State.APPEALED),
)
TABS: dict[str, dict[str, Any]] = {
    "sign": {"state": Report.State.DRAFT},
    "paste": {"state": Report.State.TO_PASTE},
    "way": {"state__in": [Report.State.SIGNED, Report.State.SENT]},
    "running": {"state": Report.State.DELIVERED, "outcome": ""},
    "answered": {"state": Report.State.DELIVERED, "outcome__gt": ""},
    "back": {"state__in": [Report.State.SENT_BACK, Report.State.BOUNCED, Report.State.DEAD]},
}
"""Groups of the list, in the order in which a person is needed."""


@dataclass(frozen=True, slots=True)
class WaitingSite:
    """A site whose channel nobody knows.

    Attributes:
        site: the row.
        domain: its name.
        links: how many links wait.
        since: of the first of them.
    """

    site: Site
    domain: str
    links: int
    since: datetime


def open_cases(prefix: str = "") -> Q:
    """What holds of a case of which something may still leave.

    Args:
        prefix: way to the case from the rows that are filtered, such as ``case__``.
    """
    wanted: dict[str, Any] = {
        "state__in": OPEN_STATES,
        "providers_agreed_at__isnull": False,
        "erased_at__isnull": True,
        "closed_for": Case.ClosedFor.NONE,
    }
    return Q(**{f"{prefix}{name}": value for name, value in wanted.items()})


def may_leave(case: Case) -> bool:
    """Whether something of a case may still leave: it goes on, and she agreed."""
    return Case.objects.filter(open_cases(), pk=case.pk, withdrawal_asked_at__isnull=True).exists()


def first_notices() -> QuerySet[Report]:
    """All notices to sites and requests to search engines."""
    return Report.objects.filter(purpose__in=PURPOSES)


def first_notice(report_id: UUID) -> Report:
    """One of them.

    Raises:
        RecordNotFoundError: there is none of this id.
    """
    found = first_notices().select_related("case", "site").filter(pk=report_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such first notice")
    return found


def notices_in(tab: str) -> QuerySet[Report]:
    """One group of the list: what is due first comes first.

    Args:
        tab: a key of ``TABS``.
    """
    order = ("due_at",) if tab == "running" else ("made_at", "-purpose", "channel")
    return first_notices().select_related("case", "site").filter(**TABS[tab]).order_by(*order, "id")


def counts_of_tabs() -> dict[str, int]:
    """How many there are in each group; ``channel``: sites without one."""
    found = {tab: first_notices().filter(**wanted).count() for tab, wanted in TABS.items()}
    return {"channel": _waiting().values("site").distinct().count(), **found}


def waiting_sites(*, most: int = 200) -> list[WaitingSite]:
    """Sites whose channel nobody knows, longest waiting first."""
    rows = (
        Site.objects.filter(waiting__in=_waiting())
        .annotate(links=Count("waiting"), since=Min("waiting__since"))
        .order_by("since", "id")[:most]
    )
    return [WaitingSite(one, domain_of(one), one.links, one.since) for one in rows]


def channel_of_report(report: Report) -> Channel | None:
    """The channel through which a notice goes; None where it is known no more."""
    if report.channel != STAFF_KEY:
        return channels().get(report.channel)
    return channel_of(report.site, domain=domain_of(report.site))


def time_of(report: Report) -> TimeRule:
    """How long the recipient has from delivery; search engines: our own time."""
    channel = channel_of_report(report)
    if channel is None or channel.is_search:
        return own_time()
    on = (report.delivered_at or report.made_at).date()
    return time_rule(filed_under=report.case.regimes, binding=channel.laws, on=on)


def deadline_of_report(report: Report) -> datetime | None:
    """When the recipient's time is over; None before proof of delivery: nothing runs then."""
    if report.state != Report.State.DELIVERED or report.delivered_at is None:
        return None
    return report.due_at or report.delivered_at + time_of(report).length


def served_at(case: Case, site: Site) -> datetime | None:
    """When the site was told, by proof; None where there is none.

    Of a platform that runs on this installation: when its first valid notice was received. Of
    others: the first notice that is proven delivered.
    """
    if _is_here(case, site):
        began = _clocks(case).aggregate(at=Min("began_at"))["at"]
        return began or case.valid_at
    return min(
        (one.delivered_at for one in _delivered(case, site) if one.delivered_at), default=None
    )


def deadline_of(case: Case, site: Site) -> datetime | None:
    """When the site's full time is over; None where no time runs, or it stands still.

    Of a platform that runs on this installation: the latest of its time limits in this case, and
    none while one of them is paused. Of others: delivery and the law's time, else our own.
    """
    if _is_here(case, site):
        return _deadline_here(case)
    first = min(
        _delivered(case, site), key=lambda one: one.delivered_at or one.made_at, default=None
    )
    return None if first is None else deadline_of_report(first)


def places_over(case: Case, site: Site, *, now: datetime) -> list[Location]:
    """Links of a case on a site that we do not serve whose own full time is over.

    A link that was told later has a time of its own.
    """
    over = [
        one.pk
        for one in _delivered(case, site)
        if (due := deadline_of_report(one)) is not None and due <= now
    ]
    rows = Location.objects.filter(case=case, reports__report__in=over)
    return list(rows.distinct().order_by("position"))


def is_on(location: Location, site: Site) -> bool:
    """Whether a link is on a site."""
    try:
        domain = site_domain(host_of(url_of(location)))
    except FetchRefusedError:
        return False
    return blind(domain.encode(), purpose="site") == site.domain_blind


def _waiting() -> QuerySet[WaitingPlace]:
    return WaitingPlace.objects.filter(
        open_cases("location__case__"), location__url_box__isnull=False
    )


def _is_here(case: Case, site: Site) -> bool:
    rows: Iterable[Location] = case.locations.filter(platform__isnull=False, url_box__isnull=False)
    return any(is_on(one, site) for one in rows)


def _clocks(case: Case) -> QuerySet[Clock]:
    return Clock.objects.filter(notice__case=case).exclude(outcome=Clock.Outcome.VOID)


def _deadline_here(case: Case) -> datetime | None:
    clocks = list(_clocks(case))
    if any(one.paused_at and one.ended_at is None for one in clocks):
        return None
    if clocks:
        return max(one.due_at for one in clocks)
    return case.valid_at and case.valid_at + own_time().length


def _delivered(case: Case, site: Site) -> list[Report]:
    rows = Report.objects.filter(
        case=case,
        site=site,
        purpose=Report.Purpose.FIRST_NOTICE,
        state=Report.State.DELIVERED,
        delivered_at__isnull=False,
    )
    return list(rows.select_related("case", "site"))
