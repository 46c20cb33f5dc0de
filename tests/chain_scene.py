"""The chain of pics.example as rows, for pages that show it: a case, a site, a map, reports.

It writes by models alone; how maps and reports come to be is tested where they are made.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from helpline_scene import make_case
from staydown_web.accounts.models import Platform, User
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import blind, seal, seal_for_case
from staydown_web.cases.models import Case
from staydown_web.escalation.models import (
    Appeal,
    Escalation,
    Kinship,
    Look,
    Mapping,
    Mark,
    Provider,
    ProviderContact,
    Reply,
    Report,
    ReportPlace,
    Sender,
    Service,
    SignOff,
    Site,
    Watch,
)
from staydown_web.escalation.services.sites import site_of_domain

EMAIL, FORM = "email", "form"
# Role, key, name, confidence, where found, in what words, contact kind, address, refused.
SIX = (
    ("host", "as:64500", "Northwind Hosting", "sure", "rdap_ip", "AS 64500", EMAIL,
     "abuse@northwind.example", ""),
    ("cdn", "list:edgeline", "Edgeline", "likely", "headers", "server: edgeline", FORM,
     "https://edgeline.example/abuse", ""),
    ("dns", "list:edgeline", "Edgeline", "sure", "dns", "NS ns1.edgeline.example", FORM,
     "https://edgeline.example/abuse", ""),
    ("registrar", "iana:9991", "Plainname Ltd", "sure", "rdap_domain", "registrar", EMAIL,
     "abuse@plainname.example", ""),
    ("payment", "list:paywell", "Paywell", "likely", "markup", "seen on 2 pages", EMAIL,
     "brand-risk@paywell.example", ""),
    ("ads", "list:adlane", "Adlane", "sure", "ads_txt", "line 14", EMAIL,
     "noreply@adlane.example", "placeholder"),
)  # fmt: skip
MORE = (
    ("host", "as:64501", "Southwind Data Centres of the Southern Hemisphere Limited", "guess",
     "rdap_ip", "AS 64501", EMAIL, "abuse@southwind.example", ""),
    ("network", "as:64502", "Transit One", "likely", "rdap_asn", "AS 64502", EMAIL,
     "abuse@transit.example", ""),
    ("mail", "domain:letters.example", "Letters", "sure", "dns", "MX mx.letters.example", EMAIL,
     "abuse@letters.example", ""),
    ("registry", "list:example", "Registry of .example", "sure", "rdap_domain", "registry", EMAIL,
     "", ""),
    ("ads", "domain:bannerbay.example", "Bannerbay", "sure", "sellers_json", "seller 8831", EMAIL,
     "policy@bannerbay.example", ""),
    ("ads", "domain:clickfield.example", "Clickfield", "guess", "markup", "seen on 1 page", EMAIL,
     "abuse@clickfield.example", ""),
    ("payment", "list:coinpost", "Coinpost", "likely", "markup", "seen on 1 page", FORM,
     "https://coinpost.example/report", ""),
    ("dns", "domain:spare.example", "Spare DNS", "sure", "dns", "NS b.spare.example", EMAIL,
     "abuse@spare.example", ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """What ``make_scene`` wrote."""

    case: Case
    site: Site
    mapping: Mapping
    escalation: Escalation
    reports: list[Report]


def make_scene(
    platform: Platform,
    now: datetime,
    *,
    services: int = 6,
    domain: str = "pics.example",
    links: int = 3,
    state: str = Escalation.State.READY,
) -> Scene:
    """An escalation with its map, and reports to the first two services ready to sign.

    Args:
        platform: to which the case was filed.
        now: a moment; the site's time was over six days before.
        services: 0 to 14 edges of the chain.
        domain: of the site.
        links: of the case on the site.
        state: of the escalation.
    """
    case = make_case(platform, now - timedelta(days=8), elsewhere=[domain] * links)
    Case.objects.filter(pk=case.pk).update(providers_agreed_at=now - timedelta(days=8))
    case.refresh_from_db()
    site = site_of_domain(domain=domain, now=now)
    mapping = make_map(site, now, services=services)
    escalation = Escalation.objects.create(
        number=Escalation.objects.count() + 31,
        case=case,
        site=site,
        mapping=mapping,
        state=state,
        ladder="user-content",
        ladder_version="2026-11-26.1",
        step=1,
        next_step_at=now + timedelta(hours=24),
        served_at=now - timedelta(days=8),
        deadline_at=now - timedelta(days=6),
        opened_at=now - timedelta(days=5),
    )
    reports = [
        make_report(escalation, service, now)
        for service in mapping.services.select_related("provider").order_by("position")[:2]
    ]
    return Scene(case, site, mapping, escalation, reports)


def make_map(site: Site, now: datetime, *, services: int = 6) -> Mapping:
    """A map of a site, done, with what could not be read."""
    mapping = Mapping.objects.create(
        site=site, state="done", troubles=[["page", "robots"]], asked_at=now, done_at=now
    )
    for position, row in enumerate((SIX + MORE)[:services]):
        role, key, name, confidence, source, detail, kind, address, refused = row
        provider = Provider.objects.get_or_create(key=key, defaults={"name": name, "made_at": now})[
            0
        ]
        if address:
            ProviderContact.objects.get_or_create(
                provider=provider,
                kind=kind,
                address=address,
                defaults={
                    "scope": "general",
                    "source": source,
                    "detail": detail,
                    "state": "refused" if refused else "usable",
                    "refused": refused,
                    "found_at": now,
                },
            )
        Service.objects.create(
            mapping=mapping,
            provider=provider,
            role=role,
            confidence=confidence,
            evidence=[[source, detail, now.isoformat()]],
            facts={"ip": "192.0.2.41"} if role == "host" else {},
            position=position,
        )
    return mapping


def make_report(
    escalation: Escalation, service: Service, now: datetime, *, state: str = "draft"
) -> Report:
    """A report to a service of the chain."""
    body = json.dumps(
        {
            "xarf_version": "4.2.0",
            "category": "content",
            "type": "exposed_data",
            "reporter": {"org": "Example Helpline", "contact": "reports@helpline.example"},
            "source_identifier": "192.0.2.41",
            "url": "https://pics.example/v/8831",
        },
        indent=2,
    )
    return write_report(
        escalation.case,
        escalation.site,
        body,
        now,
        escalation=escalation,
        provider=service.provider,
        contact=service.provider.contacts.first(),
        purpose="provider",
        format="xarf_mail",
        role=service.role,
        step=1,
        state=state,
    )


def write_report(
    case: Case,
    site: Site,
    body: str,
    now: datetime,
    *,
    shown: tuple[str, ...] = (),
    media_type: str = "application/json",
    **values: object,
) -> Report:
    """A report of any purpose, with its sealed box."""
    made = Report(
        id=new_id(),
        case=case,
        site=site,
        digest=hashlib.sha256(body.encode()).hexdigest(),
        facts_digest=hashlib.sha256(f"{values.get('role')}{body}".encode()).hexdigest(),
        made_at=now,
    )
    for name, value in values.items():
        setattr(made, name, value)
    made.box = seal_for_case(
        case.pk,
        {
            "body": body,
            "headers": {},
            "address": made.contact.address if made.contact else "abuse@pics.example",
            "media_type": media_type,
            "subject": "Report of intimate images shared without consent",
            "shown": list(shown),
            "fields": [],
        },
        context=f"report:{made.pk}",
    )
    made.save()
    for place in case.locations.filter(state="elsewhere"):
        ReportPlace.objects.create(report=made, location=place)
    return made


def sign(report: Report, user: User, now: datetime) -> SignOff:
    """One signature under a report as it stands."""
    return SignOff.objects.create(report=report, user=user, digest=report.digest, at=now)


def send(report: Report, now: datetime, *, proof: str = "250 2.0.0 queued") -> Report:
    """The report left, and the other side took it."""
    Report.objects.filter(pk=report.pk).update(
        state="delivered",
        tries=1,
        sent_at=now,
        delivered_at=now,
        due_at=now + timedelta(days=3),
        proof_box=seal_for_case(
            report.case_id, {"said": proof}, context=f"report-proof:{report.pk}"
        ),
    )
    report.refresh_from_db()
    return report


def answer(report: Report, text: str, now: datetime, *, kind: str = "answer") -> Reply:
    """What a recipient wrote back."""
    made = Reply(id=new_id(), report=report, kind=kind, left_out=1, at=now)
    made.key = blind(text.encode(), purpose="reply")
    made.box = seal_for_case(report.case_id, text, context=f"reply:{made.pk}")
    made.save()
    return made


def appeal(escalation: Escalation, text: str, now: datetime) -> Appeal:
    """What a provider wrote against a report."""
    made = Appeal(id=new_id(), escalation=escalation, side="provider", made_at=now)
    made.box = seal_for_case(escalation.case_id, text, context=f"appeal:{made.pk}")
    made.save()
    return made


def watch(scene: Scene, states: tuple[str, ...], now: datetime) -> list[Watch]:
    """How each link of the case on the site was last seen."""
    made = []
    places = scene.case.locations.filter(state="elsewhere").order_by("position")
    for place, state in zip(places, states, strict=False):
        one = Watch.objects.create(
            location=place,
            site=scene.site,
            state=state,
            next_look_at=now + timedelta(hours=24),
            looked_at=now,
            state_at=now,
        )
        Look.objects.create(watch=one, state=state, facts={"status": 200}, at=now)
        made.append(one)
    return made


def mark(site: Site, kind: str, label: str, now: datetime) -> Mark:
    """Something by which a site is known again."""
    made = Mark(
        id=new_id(),
        site=site,
        kind=kind,
        blind=blind(label.encode(), purpose=f"mark:{kind}"),
        first_seen_at=now,
        last_seen_at=now,
    )
    made.label_box = seal(label.encode(), context=f"mark:{made.pk}")
    made.save()
    return made


def kin(older: Site, newer: Site, now: datetime) -> Kinship:
    """Two sites that seem to be one operation."""
    return Kinship.objects.create(
        older=older,
        newer=newer,
        score=0.82,
        reasons=[["ads_account", 1], ["entry", 14], ["template", 1], ["ip", 1]],
        proposed_at=now,
    )


def make_sender(now: datetime, **changes: object) -> Sender:
    """A sender that is filled in and switched on."""
    values: dict[str, object] = {
        "is_on": True,
        "org": "Example Helpline",
        "contact_name": "The reports desk",
        "contact_email": "reports@helpline.example",
        "domain": "helpline.example",
        "appeal_email": "appeals@helpline.example",
        "reply_address": "replies@helpline.example",
        "imap_host": "imap.helpline.example",
        "imap_user": "replies",
    }
    return Sender.objects.update_or_create(id=1, defaults={**values, **changes, "changed_at": now})[
        0
    ]
