"""All that the evidence threshold asks of many cases and sites, by a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q

from staydown_web.cases.models import Case
from staydown_web.escalation.models import Appeal, Escalation, Reply, Report, Site
from staydown_web.escalation.selectors.policy_links import Link, Pair, links_of
from staydown_web.escalation.selectors.policy_served import Served, served_many
from staydown_web.escalation.selectors.sender import sender_facts

ENDED_CASES = (Case.State.WITHDRAWN, Case.State.CLOSED)
OPEN = (Escalation.State.MAPPING, Escalation.State.READY, Escalation.State.RUNNING)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is known of one case and one site.

    Attributes:
        case: hers.
        site: on which her links are.
        links: of the case on the site.
        served: when the site was told, and when its time is over.
        unread: answers of the site that nobody has read.
        since: only links that came, or came back, after this may be reported: the end of an earlier
            escalation of both, or the stop after which the site is left alone; None: all may.
        appeals: how many appeals wait.
        is_sender_on: reports can leave.
    """

    case: Case
    site: Site
    links: tuple[Link, ...]
    served: Served
    unread: int
    since: datetime | None
    appeals: int
    is_sender_on: bool

    def standing(self, now: datetime) -> list[Link]:
        """Links that are there, seen by people, lawful nowhere, and past their own full time."""
        return [
            link
            for link in self.links
            if link.is_reportable(now) and self.served.is_over(link.location_id, now)
        ]

    def reportable(self, now: datetime) -> list[Link]:
        """Those of them that a new escalation may name."""
        return [link for link in self.standing(now) if link.is_newer(self.since)]


def grounds_of(pairs: Sequence[Pair], *, now: datetime) -> dict[Pair, Grounds]:
    """What is known of each case and site; pairs whose rows are gone are left out.

    Cost: about a dozen queries, whatever the number of pairs.
    """
    cases = Case.objects.in_bulk({case for case, _ in pairs})
    sites = Site.objects.in_bulk({site for _, site in pairs})
    known = [(case, site) for case, site in pairs if case in cases and site in sites]
    served = served_many([(cases[case], sites[site]) for case, site in known])
    links = links_of(known)
    unread = _unread(known)
    since = _since(known, sites, now)
    appeals = _appeals(known)
    is_on = sender_facts() is not None
    return {
        pair: Grounds(
            case=cases[pair[0]],
            site=sites[pair[1]],
            links=tuple(links[pair]),
            served=served[pair],
            unread=unread.get(pair, 0),
            since=since.get(pair),
            appeals=appeals.get(pair, 0),
            is_sender_on=is_on,
        )
        for pair in known
    }


def _both(pairs: Sequence[Pair], prefix: str = "") -> Q:
    """Rows of these cases and these sites; pairs that were not asked for are dropped later."""
    return Q(**{f"{prefix}case_id__in": {case for case, _ in pairs}}) & Q(
        **{f"{prefix}site_id__in": {site for _, site in pairs}}
    )


def _unread(pairs: Sequence[Pair]) -> dict[Pair, int]:
    found: defaultdict[Pair, int] = defaultdict(int)
    rows = Reply.objects.filter(
        _both(pairs, "report__"),
        report__purpose=Report.Purpose.FIRST_NOTICE,
        kind=Reply.Kind.ANSWER,
        read_at__isnull=True,
    )
    for case, site in rows.values_list("report__case_id", "report__site_id"):
        found[case, site] += 1
    return found


def _since(
    pairs: Sequence[Pair], sites: dict[UUID, Site], now: datetime
) -> dict[Pair, datetime | None]:
    closed = Escalation.objects.filter(ended_at__isnull=False).exclude(state__in=OPEN)
    own = closed.filter(_both(pairs)).order_by().values_list("case_id", "site_id")
    mine = {(case, site): at for case, site, at in own.annotate(at=Max("ended_at"))}
    stopped = closed.filter(state=Escalation.State.STOPPED, site_id__in=sites)
    of_site = dict(stopped.order_by().values_list("site_id").annotate(at=Max("ended_at")))
    return {pair: _latest(mine.get(pair), _cooled(sites[pair[1]], of_site, now)) for pair in pairs}


def _cooled(site: Site, of_site: dict[UUID, datetime], now: datetime) -> datetime | None:
    is_cooling = site.cool_until is not None and site.cool_until > now
    return of_site.get(site.pk) if is_cooling else None


def _latest(*moments: datetime | None) -> datetime | None:
    return max((one for one in moments if one is not None), default=None)


def _appeals(pairs: Sequence[Pair]) -> dict[Pair, int]:
    found: defaultdict[Pair, int] = defaultdict(int)
    rows = Appeal.objects.filter(_both(pairs, "escalation__"), state=Appeal.State.OPEN)
    for case, site in rows.values_list("escalation__case_id", "escalation__site_id"):
        found[case, site] += 1
    return found
