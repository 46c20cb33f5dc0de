"""Edges by names: who answers for the domain, who takes its mail, who sold it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from staydown_web.escalation.chain import Confidence, Role, Source
from staydown_web.escalation.mapping import rdap
from staydown_web.escalation.mapping.contacts import usual_contact, with_fallback
from staydown_web.escalation.mapping.edges import Edges
from staydown_web.escalation.mapping.names import NameUnknownError
from staydown_web.escalation.mapping.networks import (
    Network,
    holder_of,
    known_holder,
    look_up,
    public_ones,
    registered,
)
from staydown_web.escalation.mapping.rdap_reading import Answer, Entity
from staydown_web.escalation.mapping.run import Run
from staydown_web.escalation.mapping.signatures import is_below

_MOST_NAMES = 8
_KIND = {Role.DNS: "NS", Role.MAIL: "MX"}
_FACT = {Role.DNS: "nameserver", Role.MAIL: "mx"}


def add_by_names(
    run: Run,
    edges: Edges,
    *,
    role: Role,
    names: Sequence[str],
    own_domain: str,
    networks: Mapping[str, Network],
) -> None:
    """Operators of name servers or mail servers, by the names of those.

    A server named in the site's own domain says nothing by its name: its address does, and less
    surely.

    Args:
        run: the map in the making.
        edges: to add to.
        role: DNS or mail.
        names: of the servers, best first.
        own_domain: registered domain of the site.
        networks: of servers that are named in it.
    """
    fact = _FACT[role]
    for name in names[:_MOST_NAMES]:
        seen = run.seen(Source.DNS, f"{_KIND[role]} {name}")
        known = next(run.ways.signatures.by_name(name, role), None)
        domain = registered(name)
        if known is not None:
            service = known[0]
            contacts = service.contacts_found(scope="general", at=run.now)
            edges.add(
                role=role,
                key=service.key,
                name=service.name,
                confidence=Confidence.SURE,
                evidence=[seen],
                contacts=with_fallback(contacts, service.domain, scope="general", at=run.now),
                facts=[(fact, name)],
            )
        elif domain and domain != own_domain:
            edges.add(
                role=role,
                key=f"domain:{domain}",
                name=domain,
                confidence=Confidence.SURE,
                evidence=[seen],
                contacts=[usual_contact(domain, scope="general", at=run.now)],
                facts=[(fact, name)],
            )
        elif name in networks:
            _add_by_address(run, edges, role, name, networks[name])


def own_names(names: Sequence[str], own_domain: str) -> list[str]:
    """Servers that are named in the site's own domain: at most two are looked up."""
    return [name for name in names[:_MOST_NAMES] if registered(name) in {own_domain, ""}][:2]


def network_of(run: Run, role: Role, name: str) -> Network | None:
    """The network of a server's first address; None where it has none that is public.

    Raises:
        FetchError: no answer in time.
    """
    try:
        found = run.ways.names.addresses(name, run.left(3.0)).addresses
    except NameUnknownError:
        return None
    return next((look_up(run, a) for a in public_ones(run, found, role.value)[:1]), None)


def _add_by_address(run: Run, edges: Edges, role: Role, name: str, network: Network) -> None:
    holder = (
        known_holder(run, network, network.known[0][0], scope="network")
        if network.known
        else holder_of(run, network)
    )
    if holder is not None:
        edges.add(
            role=role,
            key=holder.key,
            name=holder.name,
            confidence=Confidence.LIKELY,
            evidence=[run.seen(Source.DNS, f"{_KIND[role]} {name}"), *holder.evidence],
            contacts=holder.contacts,
            facts=[(_FACT[role], name), *holder.facts],
        )


def add_registration(run: Run, edges: Edges, domain: str, answer: Answer) -> None:
    """The registrar, and apart from it the registry that runs the top-level domain."""
    for registrar in answer.of_role("registrar")[:1]:
        is_ours = [e for e in answer.entities if _is_of(registrar, e)]
        contacts = rdap.abuse_contacts(run, is_ours, source=Source.RDAP_DOMAIN, scope="domain")
        key = f"iana:{registrar.iana_id}" if registrar.iana_id else ""
        edges.add(
            role=Role.REGISTRAR,
            key=key or f"registrar:{(registrar.name or registrar.handle).lower()}",
            name=registrar.name or registrar.handle,
            confidence=Confidence.SURE,
            evidence=[run.seen(Source.RDAP_DOMAIN, f"registrar {registrar.name}".strip())],
            contacts=contacts,
            facts=[("iana_id", registrar.iana_id)] if registrar.iana_id else [],
        )
    _add_registry(run, edges, domain)


def _is_of(registrar: Entity, entity: Entity) -> bool:
    """Whether an entity is the registrar, lies below it, or is an abuse desk named beside it."""
    if "registrar" in entity.path.split(" > ", maxsplit=1)[0].split("+"):
        return entity.roles == registrar.roles or "abuse" in entity.roles
    return entity.roles == frozenset({"abuse"}) and " > " not in entity.path


def _add_registry(run: Run, edges: Edges, domain: str) -> None:
    server = rdap.server_of(run.ways.bootstrap.of_domain(domain))
    known = next((k for k in run.ways.signatures.registries if is_below(server, k.hosts)), None)
    # A registry that our list does not know is no edge: it is named by nothing but its server.
    if known is not None:
        suffix = domain.rpartition(".")[2]
        edges.add(
            role=Role.REGISTRY,
            key=known.key,
            name=known.name,
            confidence=Confidence.SURE,
            evidence=[run.seen(Source.RDAP_DOMAIN, f"{server} answers for .{suffix}")],
            contacts=known.contacts_found(scope="domain", at=run.now),
        )
