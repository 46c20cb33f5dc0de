"""Which service of a map is told at which step, and why each of the others is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from staydown_web.escalation.chain import Confidence, ContactKind, Role
from staydown_web.escalation.models import Mapping, ProviderContact, Service, Site, Watch
from staydown_web.escalation.selectors.policy_links import THERE
from staydown_web.escalation.selectors.secrets import secrets_set
from staydown_web.escalation.services.ladders import Ladder, Part, Step

Text = str | Promise
_KEYS_OF = {
    ContactKind.CLOUDFLARE: {"cloudflare_account", "cloudflare_token"},
    ContactKind.AWS: {"aws_key", "aws_secret"},
}
_JOINS = (Role.HOST, Role.CDN)
"""A provider that is told as one of these is not told again as the name server."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One service of the map.

    Attributes:
        service: with its provider.
        step: number of the step that tells it; 0: none.
        targets_domain: it is asked for more than the links.
        contact: where the report goes; None where there is no usable one.
        why: stable word: why it is not told: ``off_ladder``, ``site_kind``, ``joined``, ``guess``,
            ``few_links``, ``few_cases``, ``placeholder``, ``came_back``, ``no_contact``,
            ``no_keys``; empty where it is.
        why_not: the same in words for a page.
    """

    service: Service
    step: int
    targets_domain: bool
    contact: ProviderContact | None
    why: str
    why_not: Text


@dataclass(frozen=True, slots=True)
class Measure:
    """How much there is: links still there of the case, and cases with links on the site."""

    links: int
    cases: int


def services_of(mapping: Mapping | None) -> list[Service]:
    """The services of a map with their providers and contacts, best known first.

    Cost: two queries.
    """
    if mapping is None:
        return []
    contacts = ProviderContact.objects.order_by("rank", "found_at", "pk")
    rows = Service.objects.filter(mapping=mapping).select_related("provider")
    return list(
        rows.prefetch_related(Prefetch("provider__contacts", contacts)).order_by("position", "pk")
    )


def cases_on(site: Site) -> int:
    """How many cases, whose people agreed, have links on a site that are still there."""
    rows = Watch.objects.filter(
        site=site, state__in=THERE, location__case__providers_agreed_at__isnull=False
    )
    return rows.values("location__case_id").distinct().count()


def plan(services: Sequence[Service], ladder: Ladder, kind: str, measure: Measure) -> list[Planned]:
    """What a ladder does with each service of a map, whatever the step now.

    Args:
        services: as ``services_of`` gives them.
        ladder: the ladder.
        kind: of the site, a value of ``Site.Kind``.
        measure: how much there is.
    """
    keys = secrets_set()
    placed = [(one, *_place_of(one.role, ladder)) for one in services]
    first = _first_of_providers(placed, kind)
    planned = []
    for service, step, part in placed:
        contact = contact_of(service, keys)
        joined = _joined_with(service, step, first)
        why: str
        words: Text
        if joined:
            why, words = "joined", format_lazy(_("Joined with {role}"), role=Role(joined).label)
        else:
            why, words = _why_not(service, step, part, kind, measure)
        if not why and contact is None:
            why, words = _why_no_contact(service, keys)
        number = step.number if step else 0
        is_domain = bool(part and part.targets_domain)
        planned.append(Planned(service, number, is_domain, contact, why, words))
    return planned


def contact_of(service: Service, keys: frozenset[str]) -> ProviderContact | None:
    """The best contact of a service that can be used here.

    Args:
        service: with its contacts, best first.
        keys: names of the secrets that are set.
    """
    return next(
        (
            one
            for one in service.provider.contacts.all()
            if one.state == ProviderContact.State.USABLE
            and _KEYS_OF.get(ContactKind(one.kind), set()) <= keys
        ),
        None,
    )


def _place_of(role: str, ladder: Ladder) -> tuple[Step | None, Part | None]:
    for step in ladder.steps:
        for part in step.parts:
            if role in part.roles:
                return step, part
    return None, None


def _first_of_providers(
    placed: Sequence[tuple[Service, Step | None, Part | None]], kind: str
) -> dict[UUID, list[tuple[int, int, str]]]:
    """Provider -> step, place in the step and role of each service that could be told."""
    found: dict[UUID, list[tuple[int, int, str]]] = {}
    for service, step, part in placed:
        if step is None or part is None or kind not in part.site_kinds:
            continue
        if service.confidence != Confidence.GUESS:
            place = (step.number, step.roles.index(service.role), service.role)
            found.setdefault(service.provider_id, []).append(place)
    return {provider: sorted(places) for provider, places in found.items()}


def _joined_with(
    service: Service, step: Step | None, first: dict[UUID, list[tuple[int, int, str]]]
) -> str:
    """The role under which the same provider is told; empty where it is told under this one."""
    for number, _place, role in first.get(service.provider_id, []):
        if role == service.role or step is None:
            return ""
        # A name server whose provider serves the links too needs no letter about the domain.
        if number == step.number or (service.role == Role.DNS and role in _JOINS):
            return role
    return ""


def _why_not(
    service: Service, step: Step | None, part: Part | None, kind: str, measure: Measure
) -> tuple[str, Text]:
    if step is None or part is None:
        return "off_ladder", _("Not on this ladder")
    if kind not in part.site_kinds:
        return "site_kind", _("Not for this kind of site")
    if service.confidence == Confidence.GUESS:
        return "guess", _("Too unsure to be told")
    if measure.links < part.least_links:
        words = _("Only while at least this many links are there: {n}")
        return "few_links", format_lazy(words, n=part.least_links)
    if measure.cases < part.least_cases:
        words = _("Only when {n} cases have links on the site")
        return "few_cases", format_lazy(words, n=part.least_cases)
    return "", ""


def _why_no_contact(service: Service, keys: frozenset[str]) -> tuple[str, Text]:
    contacts = list(service.provider.contacts.all())
    usable = [one for one in contacts if one.state == ProviderContact.State.USABLE]
    if usable and not any(_KEYS_OF.get(ContactKind(o.kind), set()) <= keys for o in usable):
        return "no_keys", _("Its interface needs keys that are not entered")
    if any(one.state == ProviderContact.State.BOUNCED for one in contacts):
        return "came_back", _("Reports to its contact came back")
    if any(one.refused == "placeholder" for one in contacts):
        return "placeholder", _("The contact is a placeholder")
    return "no_contact", _("No contact was found")
