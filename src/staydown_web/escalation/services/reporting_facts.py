"""What one report says: of the map, the site and the links, and nothing of the person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import translation

from staydown_web.base.sealing import blind
from staydown_web.cases.models import Location
from staydown_web.cases.services.places import url_of
from staydown_web.escalation.chain import ContactKind, Role, Source
from staydown_web.escalation.formats.facts import ReportFacts, SenderFacts
from staydown_web.escalation.models import Escalation, ProviderContact, Service
from staydown_web.escalation.selectors.policy_links import Link
from staydown_web.escalation.services.reply_addresses import reply_address_for

_BY_ADDRESS = (Role.HOST, Role.CDN, Role.NETWORK)
_BY_ACCOUNT = (Role.ADS, Role.PAYMENT)
_MOST_FOUND_BY = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A link that is reported, with its address.

    Attributes:
        location: of the case.
        url: unsealed.
        link: how it stands.
    """

    location: Location
    url: str
    link: Link


@dataclass(frozen=True, slots=True)
class Sending:
    """What all reports of one step share.

    Attributes:
        escalation: with its site and case.
        sender: who writes.
        domain: of the site.
        places: the links.
        now: the moment, aware UTC.
    """

    escalation: Escalation
    sender: SenderFacts
    domain: str
    places: Sequence[Place]
    now: datetime


def places_of(links: Sequence[Link]) -> list[Place]:
    """Links with their addresses; what was erased is left out.

    Cost: one query.
    """
    by_id = {link.location_id: link for link in links}
    rows = Location.objects.filter(pk__in=by_id, url_box__isnull=False).order_by("position", "pk")
    found = [Place(one, url_of(one), by_id[one.pk]) for one in rows]
    return [place for place in found if place.url]


def report_facts(
    *,
    sending: Sending,
    service: Service,
    contact: ProviderContact,
    places: Sequence[Place],
    targets_domain: bool,
    report_id: UUID,
) -> ReportFacts:
    """All that a report to one service may say."""
    escalation, sender = sending.escalation, sending.sender
    seen = [place.link.looked_at for place in places if place.link.looked_at]
    return ReportFacts(
        report_id=report_id,
        number=str(escalation),
        sender=SenderFacts(
            org=sender.org,
            contact_name=sender.contact_name,
            contact_email=sender.contact_email,
            domain=sender.domain,
            appeal_email=sender.appeal_email,
            postal=sender.postal,
            reply_address=reply_address_for(report_id),
        ),
        recipient=service.provider.name,
        role=service.role,
        language=service.provider.language or "en",
        domain=sending.domain,
        urls=tuple(place.url for place in places),
        targets_domain=targets_domain,
        source_identifier=_source_of(service, sending.domain),
        accounts=_accounts(service.facts),
        found_by=_found_by(service),
        told_at=escalation.served_at,
        deadline_at=escalation.deadline_at,
        # The oldest of the looks: all that the report names was there then or later.
        seen_at=min(seen, default=sending.now),
        is_synthetic=False,
        at=sending.now,
        address=contact.address if contact.kind == ContactKind.EMAIL else "",
        may_hand_on=not escalation.site.unsafe_reason,
    )


def facts_digest(
    facts: ReportFacts, places: Sequence[Place], *, contact: ProviderContact | None = None
) -> str:
    """A blind of what makes a report worth reading: whom, what is asked, and which links.

    Neither the moment nor the report's id is in it, so that the same facts a day later are the
    same. A link that was gone and came back is a new fact. ``contact`` is given where an earlier
    one of the same provider was wrong: whoever reads it there has not heard of it.
    """
    links = sorted(
        (place.url, place.link.back_at.isoformat() if place.link.back_at else "")
        for place in places
    )
    at = [str(contact.pk)] if contact else []
    text = json.dumps([facts.role, facts.domain, facts.targets_domain, links, *at])
    return blind(text.encode(), purpose="report-facts")


def _source_of(service: Service, domain: str) -> str:
    facts: Mapping[str, object] = service.facts
    if service.role in _BY_ADDRESS:
        return _first(facts.get("ip")) or domain
    if service.role in _BY_ACCOUNT:
        return _first(facts.get("account")) or domain
    return domain


def _first(value: object) -> str:
    if isinstance(value, list):
        return str(value[0]) if value else ""
    return str(value or "").split(",")[0].strip()


def _accounts(facts: Mapping[str, object]) -> tuple[str, ...]:
    value = facts.get("account") or ()
    many = value if isinstance(value, list | tuple) else str(value).split(",")
    return tuple(str(one).strip() for one in many if str(one).strip())


def _found_by(service: Service) -> tuple[str, ...]:
    """The sources in plain words, of the report's own language as far as we have it."""
    with translation.override(service.provider.language or "en"):
        words = [_words(row) for row in service.evidence]
    return tuple(dict.fromkeys(words))[:_MOST_FOUND_BY]


def _words(row: Sequence[str]) -> str:
    source, detail = str(row[0]), str(row[1])
    label = str(Source(source).label) if source in Source.values else source
    return f"{label}: {detail}" if detail else label
