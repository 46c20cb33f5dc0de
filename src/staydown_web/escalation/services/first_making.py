"""First notices and requests to search engines come to be, from the first day, as drafts to sign.

A link is told once to its site and once to each search engine; what is added later makes a further
notice with the new links alone. What a person sent back, or what came back, is written again only
when a person asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from staydown_web.base.errors import FetchRefusedError, RecordConflictError
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case, Location
from staydown_web.cases.services.places import url_of
from staydown_web.escalation.domains import host_of, site_domain
from staydown_web.escalation.formats import compose_notice
from staydown_web.escalation.formats.facts import SenderFacts
from staydown_web.escalation.models import Report, ReportPlace, Site, SiteChannel, WaitingPlace
from staydown_web.escalation.selectors.first import open_cases
from staydown_web.escalation.selectors.first_channels import (
    channel_of,
    channel_of_domain,
    engines,
    rules,
)
from staydown_web.escalation.selectors.first_reading import Channel, ChannelKind
from staydown_web.escalation.selectors.sender import sender_facts
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.services.first_facts import (
    Basis,
    basis_of,
    facts_digest,
    notice_facts,
)
from staydown_web.escalation.services.reply_addresses import reply_address_for
from staydown_web.escalation.services.reporting import new_report
from staydown_web.escalation.services.sites import site_of_domain

A_RUN = 50
"""Valid cases looked at in one run: a run stays short, and the next goes on."""
OTHERS_A_RUN = 200
"""Others: most lack something; those with links on other sites alone can be complete for these."""
_FORMATS = {ChannelKind.MAIL: Report.Format.MAIL, ChannelKind.FORM: Report.Format.FORM_LETTER}


@dataclass(frozen=True, slots=True)
class _Run:
    """One case while its notices are written."""

    case: Case
    basis: Basis
    sender: SenderFacts
    now: datetime


def make_first_notices(now: datetime) -> int:
    """Write what is still to be told to sites and search engines; a person signs each.

    Args:
        now: the moment, aware UTC.

    Returns:
        How many notices were written; 0 as well while nobody is set to send them.
    """
    sender = sender_facts()
    if sender is None:
        return 0
    return sum(_notices_of_case(case, sender, now) for case in _cases_due())


def find_channels_of_waiting(now: datetime) -> int:
    """Let links go on whose site a newer list knows.

    Returns:
        How many sites have a channel now.
    """
    del now
    found = 0
    WaitingPlace.objects.filter(location__url_box__isnull=True).delete()
    for site in Site.objects.filter(waiting__isnull=False).distinct().iterator(chunk_size=200):
        if SiteChannel.objects.filter(site=site).exists() or channel_of_domain(domain_of(site)):
            WaitingPlace.objects.filter(site=site).delete()
            found += 1
    return found


def _cases_due() -> list[Case]:
    due = _due_places(OuterRef("pk"))
    rows = Case.objects.filter(open_cases(), Exists(due), withdrawal_asked_at__isnull=True)
    # A case that lacks something moves on when its person does: what was touched last comes first.
    rows = rows.order_by("-touched_at", "id")
    valid, others = rows.filter(valid_at__isnull=False), rows.filter(valid_at__isnull=True)
    return [*valid[:A_RUN], *others[:OTHERS_A_RUN]]


def _due_places(case_id: UUID | OuterRef) -> QuerySet[Location]:
    """Links that were not told to their site, or not to each search engine.

    Cost: one index look-up a report of each link; 1,000 cases of three links take 0.06 s of a core.
    """
    keys = [engine.key for engine in engines()]
    counted = Q(report__purpose=Report.Purpose.FIRST_NOTICE) | Q(
        report__purpose=Report.Purpose.DELISTING, report__channel__in=keys
    )
    places = ReportPlace.objects.filter(counted, location=OuterRef("pk"))
    told = (
        places.exclude(report__state=Report.State.CANCELLED)
        .order_by()
        .values("location")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = Location.objects.filter(
        case=case_id, state=Location.State.ELSEWHERE, url_box__isnull=False
    ).annotate(told=Coalesce(Subquery(told), 0))
    lacks = Q(told__lt=len(keys)) | Q(told=len(keys), waits_for_channel__isnull=True)
    return rows.filter(lacks)


def _notices_of_case(case: Case, sender: SenderFacts, now: datetime) -> int:
    run = _Run(case, basis_of(case, now=now), sender, now)
    if not run.basis.is_complete:
        return 0
    places = list(_due_places(case.pk).order_by("position", "id"))
    return _write_to_sites(run, places) + _write_to_engines(run, places)


def _write_to_sites(run: _Run, places: Sequence[Location]) -> int:
    """One notice a site; the links of a site without a channel wait for one."""
    told = _told_already(run.case, Report.Purpose.FIRST_NOTICE)
    waiting = WaitingPlace.objects.filter(location__case=run.case)
    told |= set(waiting.values_list("location_id", flat=True))
    made = 0
    for domain, its in _by_site([one for one in places if one.pk not in told]):
        site = site_of_domain(domain=domain, now=run.now)
        channel = channel_of(site, domain=domain)
        if channel is None:
            rows = [WaitingPlace(location=one, site=site, since=run.now) for one in its]
            WaitingPlace.objects.bulk_create(rows, ignore_conflicts=True)
        else:
            made += _write(run, site, channel, its)
    return made


def _write_to_engines(run: _Run, places: Sequence[Location]) -> int:
    made = 0
    for engine in engines():
        told = _told_already(run.case, Report.Purpose.DELISTING, engine.key)
        rest = [one for one in places if one.pk not in told and _domain(one)]
        if rest:
            site = site_of_domain(domain=engine.domains[0], now=run.now)
            made += _write(run, site, engine, rest)
    return made


def _told_already(case: Case, purpose: str, channel: str = "") -> set[UUID]:
    rows = ReportPlace.objects.filter(report__case=case, report__purpose=purpose)
    rows = rows.exclude(report__state=Report.State.CANCELLED)
    if channel:
        rows = rows.filter(report__channel=channel)
    return set(rows.values_list("location_id", flat=True))


def _by_site(places: Sequence[Location]) -> Iterator[tuple[str, list[Location]]]:
    groups: dict[str, list[Location]] = {}
    for place in places:
        if domain := _domain(place):
            groups.setdefault(domain, []).append(place)
    yield from groups.items()


def _domain(place: Location) -> str:
    """The site of a link; empty where it is an address of no site."""
    try:
        return site_domain(host_of(url_of(place)))
    except FetchRefusedError:
        return ""


def _write(run: _Run, site: Site, channel: Channel, places: Sequence[Location]) -> int:
    most = min(channel.urls_per_request, rules().most_links)
    parts = [places[start : start + most] for start in range(0, len(places), most)]
    return sum(_write_one(run, site, channel, part) for part in parts)


def _write_one(run: _Run, site: Site, channel: Channel, places: Sequence[Location]) -> int:
    report_id = new_id()
    facts = notice_facts(
        case=run.case,
        basis=run.basis,
        channel=channel,
        domain=domain_of(site),
        places=places,
        report_id=report_id,
        sender=run.sender,
        reply_email=reply_address_for(report_id),
        now=run.now,
    )
    purpose = Report.Purpose.DELISTING if channel.is_search else Report.Purpose.FIRST_NOTICE
    try:
        new_report(
            case=run.case,
            site=site,
            purpose=purpose,
            composed=compose_notice(
                format=_FORMATS[channel.kind],
                facts=facts,
                kind="search" if channel.is_search else "site",
            ),
            address=channel.address,
            facts_digest=facts_digest(channel, places, facts),
            now=run.now,
            report_id=report_id,
            locations=places,
            channel=channel.key,
            language=channel.language,
        )
    except RecordConflictError:
        return 0  # another run wrote it a moment ago
    return 1
