"""The chain of a site as it was found last."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from staydown_web.base.errors import SealError
from staydown_web.cases.services.places import url_of
from staydown_web.escalation.chain import ContactKind, Source
from staydown_web.escalation.models import (
    Mapping,
    Provider,
    ProviderContact,
    Service,
    Site,
    Watch,
)

_INTERFACES = (ContactKind.CLOUDFLARE, ContactKind.AWS, ContactKind.XARF)
_ORDER = {
    ProviderContact.State.USABLE: 0,
    ProviderContact.State.BOUNCED: 1,
    ProviderContact.State.REFUSED: 2,
}


@dataclass(frozen=True, slots=True)
class Edge:
    """One service of a map.

    Attributes:
        service: the row, with role, confidence and facts.
        provider: who it is.
        contacts: usable ones first, staff's before found ones.
        evidence: ``[source, detail, moment]`` each.
    """

    service: Service
    provider: Provider
    contacts: list[ProviderContact]
    evidence: list[list[Any]]


def newest_mapping(site: Site) -> Mapping | None:
    """The newest map of a site that is done; None where there is none."""
    done = Mapping.objects.filter(site=site, state=Mapping.State.DONE)
    return done.order_by("-done_at", "-asked_at").first()


def edges_of(mapping: Mapping) -> list[Edge]:
    """The services of a map in their order, each with its provider and contacts."""
    services = (
        Service.objects.filter(mapping=mapping)
        .select_related("provider")
        .prefetch_related("provider__contacts")
        .order_by("position")
    )
    return [
        Edge(
            service,
            service.provider,
            sorted(service.provider.contacts.all(), key=_rank),
            list(service.evidence),
        )
        for service in services
    ]


def _rank(contact: ProviderContact) -> tuple[int, bool, bool, bool, int, str]:
    return (
        _ORDER[ProviderContact.State(contact.state)],
        contact.source != Source.STAFF,
        contact.kind not in _INTERFACES,
        contact.source == Source.RFC2142,
        contact.rank,
        contact.address,
    )


def pages_of(site: Site, most: int = 2) -> list[str]:
    """Reported addresses on a site, newest first, of cases whose person agreed to this."""
    watches = Watch.objects.filter(
        site=site, location__case__providers_agreed_at__isnull=False
    ).select_related("location")
    found: list[str] = []
    for watch in watches.order_by("-location__added_at", "location_id")[: most * 3]:
        with suppress(SealError):  # its case was erased meanwhile
            url = url_of(watch.location)
            if url and url not in found:
                found.append(url)
    return found[:most]
