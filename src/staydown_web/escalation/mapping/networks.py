"""Whose network an address is in: host, CDN, or the network above a host."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from staydown.errors import StaydownError
from staydown_web.base.errors import FetchRefusedError
from staydown_web.escalation.chain import ContactFound, Evidence, Role, Source
from staydown_web.escalation.domains import registered_domain
from staydown_web.escalation.mapping import rdap
from staydown_web.escalation.mapping.contacts import with_fallback
from staydown_web.escalation.mapping.names import reverse_of
from staydown_web.escalation.mapping.rdap_reading import Answer
from staydown_web.escalation.mapping.run import Run, Task
from staydown_web.escalation.mapping.signatures import Known

_ORIGIN_4, _ORIGIN_6 = "origin.asn.cymru.com", "origin6.asn.cymru.com"
"""AS numbers by DNS: ``"64500 | 192.0.2.0/24 | …"``. Source: Team Cymru's mapping service."""
_MOST_NUMBERS = 2


@dataclass(frozen=True, slots=True)
class Network:
    """What is known of one address.

    Attributes:
        address: as text.
        numbers: AS numbers that announce it.
        holder: RDAP's answer for its network.
        above: RDAP's answer for the AS number.
        known: from our list: whom it belongs to, and in which role.
    """

    address: str
    numbers: tuple[int, ...]
    holder: Answer | None
    above: Answer | None
    known: tuple[tuple[Known, Role], ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """A provider behind an address.

    Attributes:
        key: as ``ServiceFound.key``.
        name: of it.
        contacts: best first.
        evidence: by which it was found.
        facts: ``ip`` and ``asn``.
    """

    key: str
    name: str
    contacts: tuple[ContactFound, ...]
    evidence: tuple[Evidence, ...]
    facts: tuple[tuple[str, str], ...]


def look_up(run: Run, address: str) -> Network:
    """All about an address: its AS numbers by DNS, its holder by RDAP, our list."""
    numbers = _numbers(run, address)
    task = run.start_below("rdap_ip", lambda: rdap.of_address(run, address))
    above_task = _ask_above(run, numbers[0]) if numbers else None
    holder = run.take(task, None)
    if not numbers and holder is not None and holder.origins:
        numbers = holder.origins[:_MOST_NUMBERS]
        above_task = _ask_above(run, numbers[0])
    above = run.take(above_task, None) if above_task is not None else None
    known = tuple(run.ways.signatures.by_address(address, numbers))
    return Network(address, numbers, holder, above, known)


def _ask_above(run: Run, number: int) -> Task[Answer | None]:
    return run.start_below("rdap_asn", lambda: rdap.of_number(run, number))


def _numbers(run: Run, address: str) -> tuple[int, ...]:
    zone = _ORIGIN_6 if ":" in address else _ORIGIN_4
    try:
        texts = run.ways.names.records(reverse_of(address, zone), "TXT", run.left(2.0))
    except StaydownError:
        run.trouble("asn", "address_unreachable")
        return ()
    words = [word for text in texts for word in text.partition("|")[0].split()]
    found = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) <= 10]
    return tuple(dict.fromkeys(found))[:_MOST_NUMBERS]


def facts_of(network: Network) -> tuple[tuple[str, str], ...]:
    """The address and its AS numbers as facts of an edge."""
    return (("ip", network.address), *(("asn", str(number)) for number in network.numbers))


def evidence_of(run: Run, network: Network) -> list[Evidence]:
    """By what the holder of an address is known."""
    found = []
    if network.holder is not None:
        what = " ".join(part for part in (network.holder.name, network.holder.handle) if part)
        found.append(run.seen(Source.RDAP_IP, f"{network.address} in {what or 'a network'}"))
    if network.above is not None and network.numbers:
        name = network.above.name or network.above.handle
        found.append(run.seen(Source.RDAP_ASN, f"AS{network.numbers[0]} {name}".strip()))
    return found


def known_holder(run: Run, network: Network, known: Known, *, scope: str) -> Holder:
    """A provider of our list behind an address."""
    seen = run.seen(Source.SIGNATURES, f"{network.address} is a network of {known.name}")
    contacts = [*known.contacts_found(scope=scope, at=run.now), *_published(run, network)]
    return Holder(
        known.key,
        known.name,
        with_fallback(contacts, known.domain, scope=scope, at=run.now),
        (seen, *evidence_of(run, network)),
        facts_of(network),
    )


def holder_of(run: Run, network: Network) -> Holder | None:
    """The provider that the registries name for an address; None where they name none."""
    if network.holder is None and network.above is None:
        return None
    contacts = _published(run, network)
    name = ""
    if network.holder is not None:
        name = rdap.organisation(network.holder)
    if not name and network.above is not None:
        name = rdap.organisation(network.above)
    if network.numbers and not is_apart(run, network):
        key = f"as:{network.numbers[0]}"
        contacts += _above_contacts(run, network)
    elif domain := mail_domain(contacts):
        key = f"domain:{domain}"
    else:
        handle = network.holder.handle if network.holder is not None else ""
        key = f"net:{(handle or name or network.address).lower()}"
    return Holder(
        key,
        name or key,
        with_fallback(contacts, mail_domain(contacts), scope="network", at=run.now),
        tuple(evidence_of(run, network)),
        facts_of(network),
    )


def holder_above(run: Run, network: Network) -> Holder | None:
    """The network above a host, where another organisation holds the AS number."""
    if network.above is None or not network.numbers or not is_apart(run, network):
        return None
    number = network.numbers[0]
    contacts = _above_contacts(run, network)
    return Holder(
        f"as:{number}",
        rdap.organisation(network.above) or f"AS{number}",
        with_fallback(contacts, mail_domain(contacts), scope="as", at=run.now),
        (run.seen(Source.RDAP_ASN, f"AS{number} announces the network of {network.address}"),),
        (("asn", str(number)),),
    )


def is_apart(run: Run, network: Network) -> bool:
    """Whether the network and the AS number are held by two, as far as the registries say."""
    if network.holder is None or network.above is None:
        return False
    names = {_plain(rdap.organisation(a)) for a in (network.holder, network.above)} - {""}
    if len(names) < 2:
        return False
    domains = [mail_domain(_published(run, network)), mail_domain(_above_contacts(run, network))]
    # A network without a contact of its own is the AS number's to answer for.
    return bool(domains[0]) and domains[0] != domains[1]


def _published(run: Run, network: Network) -> list[ContactFound]:
    if network.holder is None:
        return []
    return rdap.abuse_contacts(run, network.holder.entities, source=Source.RDAP_IP, scope="network")


def _above_contacts(run: Run, network: Network) -> list[ContactFound]:
    if network.above is None:
        return []
    return rdap.abuse_contacts(run, network.above.entities, source=Source.RDAP_ASN, scope="as")


def mail_domain(contacts: Sequence[ContactFound]) -> str:
    """The registered domain of the first address that is one and no placeholder."""
    for contact in contacts:
        if "@" in contact.address and contact.refused in {"", "not_abuse"}:
            return registered(contact.address.rpartition("@")[2])
    return ""


def registered(name: str) -> str:
    """The registered domain of a name; empty where it has none."""
    try:
        return registered_domain(name)
    except FetchRefusedError:
        return ""


def _plain(name: str) -> str:
    words = name.lower().replace(",", " ").replace(".", " ").split()
    endings = {"inc", "llc", "ltd", "gmbh", "bv", "sa", "ag", "sas", "limited", "corp", "co", "as"}
    return " ".join(word for word in words if word not in endings)


def public_ones(run: Run, addresses: Iterable[str], part: str) -> list[str]:
    """Addresses on the open internet; what DNS says of others is noted and left."""
    kept = []
    for address in addresses:
        if run.ways.fetcher.fetcher.is_public(address):
            kept.append(address)
        else:
            run.trouble(part, "address_refused")
    return kept[:4]
