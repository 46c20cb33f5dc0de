"""Cases that are proven, as rows: told, past their time, seen by two people, still there.

It writes by models alone; how notices and looks come to be is tested where they are made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chain_scene import make_map, make_sender
from helpline_scene import make_case
from staydown_web.accounts.models import Platform, User
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal_for_case
from staydown_web.cases.models import Case, Location
from staydown_web.escalation.models import (
    Escalation,
    Mapping,
    Provider,
    ProviderContact,
    Report,
    ReportPlace,
    Service,
    Sighting,
    Site,
    Watch,
)
from staydown_web.escalation.services.sites import site_of_domain

DOMAIN = "pics.example"


@dataclass
class World:
    """What ``make_world`` wrote, and the people who act in it."""

    platform: Platform
    case: Case
    site: Site
    now: datetime
    reviewers: Sequence[User]
    watches: list[Watch] = field(default_factory=list)

    @property
    def places(self) -> list[Location]:
        """Her links, in her order."""
        return list(self.case.locations.order_by("position"))


def make_world(
    platform: Platform,
    reviewers: Sequence[User],
    now: datetime,
    *,
    links: int = 3,
    kind: str = Site.Kind.USER_CONTENT,
    domain: str = DOMAIN,
    is_seen: bool = True,
    is_mapped: bool = True,
) -> World:
    """A case of which everything is proven, so that it may be escalated now."""
    make_sender(now)
    case = make_proven_case(platform, reviewers, now, links=links, domain=domain, is_seen=is_seen)
    site = Site.objects.get(pk=site_of_domain(domain=domain, now=now).pk)
    Site.objects.filter(pk=site.pk).update(kind=kind)
    site.refresh_from_db()
    if is_mapped:
        make_map(site, now)
    watches = list(Watch.objects.filter(location__case=case).order_by("location__position"))
    return World(platform, case, site, now, reviewers, watches)


def make_proven_case(
    platform: Platform,
    reviewers: Sequence[User],
    now: datetime,
    *,
    links: int = 3,
    domain: str = DOMAIN,
    is_seen: bool = True,
    told_at: datetime | None = None,
) -> Case:
    """One case on a site: told five days ago, two days of time, seen by two people, there."""
    filed_at = now - timedelta(days=8)
    told_at = told_at or now - timedelta(days=5)
    case = make_case(platform, filed_at, served=0, elsewhere=[domain] * links)
    Case.objects.filter(pk=case.pk).update(providers_agreed_at=filed_at)
    case.refresh_from_db()
    site = site_of_domain(domain=domain, now=now)
    tell(case, site, told_at, due_at=told_at + timedelta(days=2))
    for place in case.locations.order_by("position"):
        Watch.objects.create(
            location=place,
            site=site,
            state=Watch.State.THERE,
            looked_at=now - timedelta(hours=1),
            next_look_at=now + timedelta(hours=5),
            state_at=told_at,
        )
        if is_seen:
            for user in reviewers[:2]:
                Sighting.objects.create(location=place, user=user, says="shows", at=told_at)
    return case


def tell(case: Case, site: Site, at: datetime, *, due_at: datetime) -> Report:
    """The site's own notice, delivered by proof."""
    body = "a notice"
    made = Report(
        id=new_id(),
        case=case,
        site=site,
        purpose=Report.Purpose.FIRST_NOTICE,
        channel="staff",
        format=Report.Format.MAIL,
        digest=hashlib.sha256(body.encode()).hexdigest(),
        facts_digest=new_id().hex * 2,
        state=Report.State.DELIVERED,
        made_at=at,
        sent_at=at,
        delivered_at=at,
        due_at=due_at,
    )
    made.box = seal_for_case(case.pk, {"body": body}, context=f"report:{made.pk}")
    made.save()
    for place in case.locations.all():
        ReportPlace.objects.create(report=made, location=place)
    return made


def escalate(world: World, **values: Any) -> Escalation:
    """An escalation of the world that waits for its first step, its services known."""
    return Escalation.objects.create(
        **{
            "number": Escalation.objects.count() + 1,
            "case": world.case,
            "site": world.site,
            "mapping": Mapping.objects.filter(site=world.site, state="done").first(),
            "ladder": "default",
            "ladder_version": "2026-11-26.1",
            "served_at": world.now - timedelta(days=5),
            "deadline_at": world.now - timedelta(days=3),
            "opened_at": world.now,
            **values,
        }
    )


def add_service(
    site: Site, role: str, name: str, now: datetime, *, address: str = "", **facts: str
) -> Service:
    """One more service of the newest map, with a contact by mail."""
    mapping = Mapping.objects.filter(site=site).latest("asked_at")
    provider = Provider.objects.get_or_create(
        key=f"list:{name.lower()}", defaults={"name": name, "made_at": now}
    )[0]
    if address:
        ProviderContact.objects.get_or_create(
            provider=provider,
            kind="email",
            address=address,
            defaults={"scope": "general", "source": "rdap_ip", "found_at": now},
        )
    return Service.objects.create(
        mapping=mapping,
        provider=provider,
        role=role,
        confidence="sure",
        evidence=[["dns", f"NS {name.lower()}", now.isoformat()]],
        facts=facts,
        position=mapping.services.count(),
    )


def mark_sent(report: Report, now: datetime) -> None:
    """A signed report left and arrived."""
    Report.objects.filter(pk=report.pk, state="signed").update(
        state="delivered", sent_at=now, delivered_at=now, due_at=now + timedelta(hours=72)
    )
    report.refresh_from_db()


def see(watch: Watch, state: str, now: datetime) -> None:
    """A look at a link said this."""
    Watch.objects.filter(pk=watch.pk).update(state=state, looked_at=now, state_at=now)
