"""Edges by addresses: a CDN in front and the host behind it are told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from staydown_web.escalation.chain import Confidence, Evidence, Role, Source
from staydown_web.escalation.mapping.contacts import with_fallback
from staydown_web.escalation.mapping.edges import Edges
from staydown_web.escalation.mapping.networks import (
    Holder,
    Network,
    holder_above,
    holder_of,
    known_holder,
)
from staydown_web.escalation.mapping.run import Run
from staydown_web.escalation.mapping.signatures import Known


def add_addresses(
    run: Run,
    edges: Edges,
    networks: Sequence[Network],
    chain: Sequence[str],
    headers: Mapping[str, str],
) -> None:
    """CDN, host and the network above it.

    Args:
        run: the map in the making.
        edges: to add to.
        networks: of the site's addresses.
        chain: names by which the site's name goes on (CNAME).
        headers: of the site's answer; empty where there was none.
    """
    by_name = _add_names(run, edges, chain)
    for network in networks:
        is_cdn = False
        for known, role in network.known:
            # Where the name is a CDN's, so is the address, though its owner also rents out hosts.
            if role == Role.HOST and Role.CDN in by_name:
                continue
            holder = known_holder(run, network, known, scope="network")
            _add(edges, role, holder, Confidence.SURE)
            is_cdn = is_cdn or role == Role.CDN
        # An address of a CDN's name is the CDN's, also where our list does not know its network.
        if not network.known and Role.CDN not in by_name:
            _add_host(run, edges, network, headers)
        elif Role.CDN not in by_name and not is_cdn:
            _add_above(run, edges, network)
    _add_headers(run, edges, headers)


def _add_names(run: Run, edges: Edges, chain: Sequence[str]) -> set[Role]:
    roles: set[Role] = set()
    for name in chain:
        for known, role in run.ways.signatures.by_name(name, Role.CDN, Role.HOST):
            roles.add(role)
            seen = run.seen(Source.DNS, f"CNAME {name}")
            _add_known(run, edges, known, role=role, seen=seen, confidence=Confidence.SURE)
    return roles


def _add_host(run: Run, edges: Edges, network: Network, headers: Mapping[str, str]) -> None:
    holder = holder_of(run, network)
    if holder is None:
        return
    fronts = [k for k, role, _ in run.ways.signatures.by_headers(headers) if role == Role.CDN]
    own = next((known for known in fronts if _is_same(known, holder)), None)
    if own is not None:
        _add(edges, Role.CDN, holder, Confidence.LIKELY)
        return
    # Headers of a CDN on an address that is not its own prove little: whoever holds the address
    # serves the site.
    _add(edges, Role.HOST, holder, Confidence.SURE)
    _add_above(run, edges, network)


def _add_above(run: Run, edges: Edges, network: Network) -> None:
    above = holder_above(run, network)
    if above is not None and above.key not in edges.keys(Role.HOST):
        _add(edges, Role.NETWORK, above, Confidence.LIKELY)


def _is_same(known: Known, holder: Holder) -> bool:
    own = known.domain.partition(".")[0]
    return holder.key == f"domain:{known.domain}" or own in holder.name.lower().split()


def _add_headers(run: Run, edges: Edges, headers: Mapping[str, str]) -> None:
    for known, role, header in run.ways.signatures.by_headers(headers):
        seen = run.seen(Source.HEADERS, header)
        _add_known(run, edges, known, role=role, seen=seen, confidence=Confidence.LIKELY)


def _add_known(
    run: Run,
    edges: Edges,
    known: Known,
    *,
    role: Role,
    seen: Evidence,
    confidence: Confidence,
) -> None:
    contacts = known.contacts_found(scope="general", at=run.now)
    edges.add(
        role=role,
        key=known.key,
        name=known.name,
        confidence=confidence,
        evidence=[seen],
        contacts=with_fallback(contacts, known.domain, scope="general", at=run.now),
    )


def _add(edges: Edges, role: Role, holder: Holder, confidence: Confidence) -> None:
    edges.add(
        role=role,
        key=holder.key,
        name=holder.name,
        confidence=confidence,
        evidence=holder.evidence,
        contacts=holder.contacts,
        facts=holder.facts,
    )


def note_origin(run: Run, edges: Edges, mail: Sequence[Network]) -> None:
    """Say that a CDN hides the host; a mail server in the site's own domain gives a guess.

    Args:
        run: the map in the making.
        edges: to add to.
        mail: networks of mail servers that are named in the site's own domain.
    """
    if not edges.has(Role.CDN) or edges.has(Role.HOST):
        return
    run.trouble("host", "behind_cdn")
    for network in mail[:1]:
        if not network.known and (holder := holder_of(run, network)) is not None:
            seen = run.seen(Source.DNS, "its mail server; the host itself is hidden")
            edges.add(
                role=Role.HOST,
                key=holder.key,
                name=holder.name,
                confidence=Confidence.GUESS,
                evidence=[seen, *holder.evidence],
                contacts=holder.contacts,
                facts=holder.facts,
            )
