"""What sites, search engines and the services of sites were sent about a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from staydown_web.cases.models import Case
from staydown_web.escalation.models import Report
from staydown_web.escalation.selectors.first import channel_of_report
from staydown_web.escalation.selectors.sites import domain_of

_NEVER_LEFT = (Report.State.SENT_BACK, Report.State.CANCELLED)


@dataclass(frozen=True, slots=True)
class ProviderTold:
    """One letter that left, or is about to.

    Attributes:
        to: the site, the search engine, or the company.
        purpose: of ``Report.Purpose``.
        state: ``waiting`` for a person here, ``sent``, ``delivered``, or ``failed``.
        outcome: of ``Report.Outcome``; empty: no answer yet.
        links: how many of her links it names.
        at: when that state began.
    """

    to: str
    purpose: str
    state: str
    outcome: str
    links: int
    at: datetime


def providers_told(case: Case) -> list[ProviderTold]:
    """Letters about a case, oldest first; those that were never to leave are left out."""
    rows = case.reports_sent.exclude(state__in=_NEVER_LEFT).select_related("site", "provider")
    rows = rows.prefetch_related("places").order_by("made_at", "pk")
    return [_told(one) for one in rows]


def _told(report: Report) -> ProviderTold:
    state, at = _standing(report)
    return ProviderTold(
        to=_name_of(report),
        purpose=report.purpose,
        state=state,
        outcome=report.outcome,
        links=len(report.places.all()),
        at=report.outcome_at or at,
    )


def _standing(report: Report) -> tuple[str, datetime]:
    made, sent = report.made_at, report.sent_at
    match Report.State(report.state):
        case Report.State.DELIVERED:
            return "delivered", report.delivered_at or sent or made
        case Report.State.SENT:
            return "sent", sent or made
        case Report.State.BOUNCED | Report.State.DEAD:
            return "failed", sent or made
        case _:
            return "waiting", made


def _name_of(report: Report) -> str:
    if report.provider is not None:
        return report.provider.name
    if report.purpose == Report.Purpose.DELISTING:
        channel = channel_of_report(report)
        if channel is not None:
            return channel.name
    return domain_of(report.site)
