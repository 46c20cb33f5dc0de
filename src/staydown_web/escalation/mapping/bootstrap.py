"""Which RDAP server knows a domain, an address or an AS number: IANA's lists, carried along."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any

from staydown_web.base.errors import BootstrapError, FetchRefusedError
from staydown_web.base.fetching import origin_of

KINDS = ("dns", "ipv4", "ipv6", "asn")
CARRIED = Path(__file__).parents[1] / "data" / "bootstrap"
_MOST_BYTES = 4 * 1024 * 1024
_MOST_ENTRIES = 20_000
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The four lists; each address ends in a slash.

    Attributes:
        domains: top-level domain or longer suffix -> server.
        networks: network -> server, the longest first.
        numbers: first and last AS number -> server.
    """

    domains: Mapping[str, str]
    networks: tuple[tuple[Network, str], ...]
    numbers: tuple[tuple[int, int, str], ...]

    def of_domain(self, domain: str) -> str:
        """The server of a domain, by its longest suffix; empty where none is known."""
        labels = domain.lower().rstrip(".").split(".")
        for start in range(len(labels)):
            if server := self.domains.get(".".join(labels[start:])):
                return server
        return ""

    def of_address(self, address: str) -> str:
        """The server of an address, by its longest network; empty where none is known."""
        number = ip_address(address)
        return next((s for net, s in self.networks if number in net), "")

    def of_number(self, number: int) -> str:
        """The server of an AS number; empty where none is known."""
        return next((s for first, last, s in self.numbers if first <= number <= last), "")


def read_bootstrap(lists: Mapping[str, Any]) -> Bootstrap:
    """Take in lists in IANA's form (RFC 9224).

    Args:
        lists: ``dns``, ``ipv4``, ``ipv6``, ``asn`` -> the parsed JSON of each; one may be missing.

    Raises:
        BootstrapError: which list is not in that form.
    """
    networks: list[tuple[Network, str]] = []
    for kind in ("ipv4", "ipv6"):
        networks += [(_network(kind, key), s) for key, s in _entries(kind, lists.get(kind))]
    networks.sort(key=lambda row: row[0].prefixlen, reverse=True)
    return Bootstrap(
        {key.lower().strip("."): server for key, server in _entries("dns", lists.get("dns"))},
        tuple(networks),
        tuple((*_range(key), server) for key, server in _entries("asn", lists.get("asn"))),
    )


def load_bootstrap(home: Path | None) -> Bootstrap:
    """The lists that the operator installed, each in place of the one that the package carries.

    Raises:
        BootstrapError: an installed list is damaged.
    """
    lists: dict[str, Any] = {}
    for kind in KINDS:
        own = home / "rdap" / f"{kind}.json" if home else None
        path = own if own is not None and own.is_file() else CARRIED / f"{kind}.json"
        lists[kind] = read_list(path)[1]
    return read_bootstrap(lists)


def read_list(path: Path) -> tuple[str, Any]:
    """A list from a file, and which of the four it is, by what its entries are.

    Raises:
        BootstrapError: it cannot be read, or is none of them.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BootstrapError("a list of RDAP servers is larger than 4 MiB")
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise BootstrapError("a list of RDAP servers cannot be read as JSON") from None
    for kind in ("asn", "ipv4", "ipv6", "dns"):
        try:
            if read_bootstrap({kind: found}) != Bootstrap({}, (), ()):
                return kind, found
        except BootstrapError:
            continue
    raise BootstrapError("a file is none of IANA's four lists; want its dns, ipv4, ipv6 or asn")


def _entries(kind: str, found: Any) -> list[tuple[str, str]]:
    if found is None:
        return []
    services = found.get("services") if isinstance(found, dict) else None
    if not isinstance(services, list):
        raise BootstrapError(f"{kind}: want an object with a list of services")
    rows: list[tuple[str, str]] = []
    for service in services:
        match service:
            case [[*keys], [*urls]] if all(isinstance(x, str) for x in (*keys, *urls)):
                server = _server(kind, urls)
                rows += [(key, server) for key in keys if server]
            case _:
                raise BootstrapError(f"{kind}: a service is no pair of keys and addresses")
    if len(rows) > _MOST_ENTRIES:
        raise BootstrapError(f"{kind}: more than {_MOST_ENTRIES} entries")
    return rows


def _server(kind: str, urls: list[str]) -> str:
    """The address to ask: one by https where there is one."""
    for url in sorted(urls, key=lambda url: not url.startswith("https://")):
        try:
            origin_of(url)
        except FetchRefusedError:
            continue
        return url if url.endswith("/") else f"{url}/"
    return ""


def _network(kind: str, key: str) -> Network:
    try:
        network = ip_network(key)
    except ValueError:
        raise BootstrapError(f"{kind}: an entry is no network") from None
    if network.version != int(kind[-1]):
        raise BootstrapError(f"{kind}: a network of the other version")
    return network


def _range(key: str) -> tuple[int, int]:
    first, _, last = key.partition("-")
    last = last or first
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        raise BootstrapError("asn: an entry is no number or range")
    if len(last) > 10 or int(first) > int(last):
        raise BootstrapError("asn: an entry is no range that can exist")
    return int(first), int(last)
