"""Addresses for reports: which can be used, and why others must not be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tomllib import loads

from staydown_web.escalation.chain import ContactFound, ContactKind, Evidence, Source

_MAIL = re.compile(
    r"(?=.{6,254}$)(?=[^@]{1,64}@)"
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_LISTS = Path(__file__).parents[1] / "data" / "signatures" / "placeholders.toml"
_MOST_CONTACTS = 6


@dataclass(frozen=True, slots=True)
class Placeholders:
    """What stands where an address should be, and is none that a report may go to.

    Attributes:
        domains: of such addresses, with all below them.
        names: what stands before the at sign, whole.
        parts: found anywhere in an address.
        unfit: names before the at sign that are of other desks than abuse.
    """

    domains: frozenset[str]
    names: frozenset[str]
    parts: tuple[str, ...]
    unfit: frozenset[str]


@cache
def placeholders() -> Placeholders:
    """The list that the package carries."""
    found = loads(_LISTS.read_text(encoding="utf-8"))
    return Placeholders(
        frozenset(found["domains"]),
        frozenset(found["names"]),
        tuple(found["parts"]),
        frozenset(found["unfit"]),
    )


def why_refused(address: str) -> str:
    """Why a report must not go to an e-mail address; empty where it can.

    Returns:
        ``malformed``, ``placeholder`` (nobody reads it), ``not_abuse`` (another desk's), or empty.
    """
    address = address.strip()
    lists = placeholders()
    lower = address.lower()
    if any(part in lower for part in lists.parts):
        return "placeholder"
    if not _MAIL.fullmatch(address):
        return "malformed"
    name, _, domain = lower.rpartition("@")
    ends = {domain.split(".", cut)[-1] for cut in range(domain.count(".") + 1)}
    if name in lists.names or not ends.isdisjoint(lists.domains):
        return "placeholder"
    return "not_abuse" if name in lists.unfit else ""


def mail_contact(
    address: str, *, scope: str, evidence: Evidence, takes_any: bool = False
) -> ContactFound:
    """A contact by e-mail, with the reason where it must not be used.

    Args:
        address: as published; too long ones are cut.
        scope: for what it was published.
        evidence: where it was found.
        takes_any: True where it was published as the abuse address: then a name such as
            ``support@`` is what they chose.
    """
    bare = address.strip().removeprefix("mailto:")[:254]
    refused = why_refused(bare)
    if takes_any and refused == "not_abuse":
        refused = ""
    name, at, domain = bare.rpartition("@")
    return ContactFound(
        ContactKind.EMAIL, f"{name}{at}{domain.lower()}" if at else bare, scope, evidence, refused
    )


def usual_contact(domain: str, *, scope: str, at: datetime) -> ContactFound:
    """``abuse@`` of a provider's domain: nobody said so, it is where it usually is (RFC 2142)."""
    evidence = Evidence(Source.RFC2142, f"RFC 2142: abuse@{domain}"[:200], at)
    return mail_contact(f"abuse@{domain}", scope=scope, evidence=evidence)


def best_first(contacts: Iterable[ContactFound]) -> tuple[ContactFound, ...]:
    """Each address once, usable ones first, published ones before guessed ones."""
    kept: dict[tuple[str, str], ContactFound] = {}
    for contact in contacts:
        key = (contact.kind, contact.address.lower())
        if key not in kept or (kept[key].refused and not contact.refused):
            kept[key] = contact
    rows = sorted(
        kept.values(), key=lambda c: (bool(c.refused), c.evidence.source == Source.RFC2142)
    )
    return tuple(rows[:_MOST_CONTACTS])


def with_fallback(
    contacts: Sequence[ContactFound], domain: str, *, scope: str, at: datetime
) -> tuple[ContactFound, ...]:
    """The contacts, and the usual address where none of them can be used."""
    if domain and not any(not contact.refused for contact in contacts):
        return best_first([*contacts, usual_contact(domain, scope=scope, at=at)])
    return best_first(contacts)
