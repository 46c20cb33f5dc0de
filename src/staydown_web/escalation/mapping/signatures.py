"""Our list of services: how each is recognised, and where it takes reports. Data with sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from tomllib import loads
from typing import Any

from staydown_web.escalation.chain import ContactFound, ContactKind, Evidence, Role, Source

CARRIED = Path(__file__).parents[1] / "data" / "signatures"
_ROLES = (Role.CDN, Role.HOST, Role.DNS, Role.MAIL)


@dataclass(frozen=True, slots=True)
class Rule:
    """By what a network service is recognised in one role.

    Attributes:
        networks: of its addresses.
        asns: AS numbers of its networks.
        names: ends or patterns of names: CNAMEs, name servers or mail servers.
        headers: ``name`` or ``name: start of value``, lower case.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    asns: frozenset[int] = frozenset()
    names: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """One service of the list.

    Attributes:
        key: of the provider, ``list:<key>``.
        name: as people call it.
        domain: of its own, for the usual address.
        language: that its desk reads; empty: English.
        contacts: kind and address.
        rules: by role, for networks.
        hosts: in a page's markup, for ads and payments.
        systems: in ads.txt.
        accounts: patterns of the site's number.
        sellers: address of its sellers.json.
    """

    key: str
    name: str
    domain: str
    language: str = ""
    contacts: tuple[tuple[ContactKind, str], ...] = ()
    rules: Mapping[Role, Rule] | None = None
    hosts: tuple[str, ...] = ()
    systems: frozenset[str] = frozenset()
    accounts: tuple[re.Pattern[str], ...] = ()
    sellers: str = ""

    def contacts_found(self, *, scope: str, at: datetime) -> list[ContactFound]:
        """Its contacts as found now in our list."""
        evidence = Evidence(Source.SIGNATURES, f"our list: {self.name}", at)
        return [ContactFound(kind, where, scope, evidence) for kind, where in self.contacts]


@dataclass(frozen=True, slots=True)
class Counter:
    """A visit counter whose number is a mark of a site."""

    key: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Signatures:
    """All lists together; tests bring their own."""

    networks: tuple[Known, ...] = ()
    ads: tuple[Known, ...] = ()
    payments: tuple[Known, ...] = ()
    registries: tuple[Known, ...] = ()
    counters: tuple[Counter, ...] = ()

    def by_address(self, address: str, asns: Iterable[int]) -> Iterator[tuple[Known, Role]]:
        """Services to whom an address belongs, by network or AS number."""
        number, wanted = ip_address(address), frozenset(asns)
        for known, role, rule in self._rules(Role.CDN, Role.HOST):
            if not rule.asns.isdisjoint(wanted) or any(number in net for net in rule.networks):
                yield known, role

    def by_name(self, name: str, *roles: Role) -> Iterator[tuple[Known, Role]]:
        """Services to whom a name belongs."""
        for known, role, rule in self._rules(*roles):
            if is_below(name, rule.names):
                yield known, role

    def by_headers(self, headers: Mapping[str, str]) -> Iterator[tuple[Known, Role, str]]:
        """Services that an answer's headers name, and by which header."""
        for known, role, rule in self._rules(Role.CDN, Role.HOST):
            for wanted in rule.headers:
                name, _, start = wanted.partition(": ")
                if name in headers and headers[name].lower().startswith(start):
                    yield known, role, name
                    break

    def by_system(self, system: str) -> Known | None:
        """The ad system of a name in ads.txt."""
        return next((known for known in self.ads if system in known.systems), None)

    def _rules(self, *roles: Role) -> Iterator[tuple[Known, Role, Rule]]:
        for known in self.networks:
            for role, rule in (known.rules or {}).items():
                if role in roles:
                    yield known, role, rule


def is_below(name: str, ends: Iterable[str]) -> bool:
    """Whether a name is one of some, lies below one, or fits a pattern with ``*``."""
    return any(
        fnmatchcase(name, end) if "*" in end else name == end or name.endswith(f".{end}")
        for end in ends
    )


@cache
def carried_signatures() -> Signatures:
    """The lists that the package carries."""
    return Signatures(
        networks=tuple(_known(row) for row in _rows("networks", "service")),
        ads=tuple(_known(row) for row in _rows("ads", "service")),
        payments=tuple(_known(row) for row in _rows("payments", "service")),
        registries=tuple(_registry(row) for row in _rows("registries", "registry")),
        counters=tuple(
            Counter(row["key"], re.compile(row["pattern"])) for row in _rows("analytics", "counter")
        ),
    )


def _rows(name: str, what: str) -> list[dict[str, Any]]:
    rows = loads((CARRIED / f"{name}.toml").read_text(encoding="utf-8"))[what]
    assert isinstance(rows, list)  # noqa: S101 - our own file
    return rows


def _known(row: dict[str, Any]) -> Known:
    return Known(
        key=f"list:{row['key']}",
        name=row["name"],
        domain=row["domain"],
        language=row.get("language", ""),
        contacts=tuple((ContactKind(c["kind"]), c["address"]) for c in row.get("contacts", [])),
        rules={role: _rule(row[role.value]) for role in _ROLES if role.value in row},
        hosts=tuple(row.get("hosts", [])),
        systems=frozenset(row.get("systems", [])),
        accounts=tuple(re.compile(pattern) for pattern in row.get("accounts", [])),
        sellers=row.get("sellers", ""),
    )


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(
        networks=tuple(ip_network(net) for net in row.get("networks", [])),
        asns=frozenset(row.get("asns", [])),
        names=tuple(row.get("cnames", []) + row.get("nameservers", []) + row.get("mx", [])),
        headers=tuple(row.get("headers", [])),
    )


def _registry(row: dict[str, Any]) -> Known:
    return Known(
        key=f"list:{row['key']}",
        name=row["name"],
        domain="",
        contacts=tuple((ContactKind.EMAIL, address) for address in row["contacts"]),
        hosts=tuple(row["servers"]),
    )
