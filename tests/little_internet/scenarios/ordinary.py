"""The ordinary world that scenarios change: one site, its host, registrar, mail, money and ads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from little_internet import rdap
from little_internet.naming import Rows
from little_internet.web import Answer, Page, plain
from little_internet.world import Scenario

HOST = "pics.little"
"""Names end in ``.little``, which nobody sells: to the mapper ``.example`` is a placeholder."""
RIR = "rdap.rir.little"
REGISTRY = "rdap.registry.little"
REGISTRAR = "rdap.plainname.little"
ADDRESS, ADDRESS_6 = "192.0.2.41", "2001:db8:41::41"
HOME = """<!doctype html>
<html lang="en"><head><title>Pictures</title><link rel="stylesheet" href="/site.css"></head>
<body><header class="top"><a href="/">Pictures</a></header><main class="grid">
<a class="card" href="/v/1">One</a><a class="card" href="/v/2">Two</a></main></body></html>"""
BOOTSTRAP = {
    "dns": {"services": [[["little"], [f"https://{REGISTRY}/"]]]},
    "ipv4": {
        "services": [
            [["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"], [f"https://{RIR}/"]],
        ]
    },
    "ipv6": {"services": [[["2001:db8::/32"], [f"https://{RIR}/"]]]},
    "asn": {"services": [[["64496-64511"], [f"https://{RIR}/"]]]},
}


@dataclass
class World:
    """A scenario in the making."""

    names: dict[str, dict[str, Rows]] = field(default_factory=dict)
    sites: dict[str, dict[str, Page]] = field(default_factory=dict)
    bootstrap: dict[str, Any] = field(default_factory=lambda: dict(BOOTSTRAP))

    def at(self, host: str) -> dict[str, Page]:
        """The pages of a host, made where there are none."""
        return self.sites.setdefault(host, {})

    def stands(self, host: str, *addresses: str, pages: Mapping[str, Page] | None = None) -> None:
        """Give a host its addresses, and its pages."""
        zone = self.names.setdefault(host, {})
        four = [a for a in addresses if ":" not in a]
        six = [a for a in addresses if ":" in a]
        zone |= {"A": four} if four else {}
        zone |= {"AAAA": six} if six else {}
        if pages is not None:
            self.sites.setdefault(host, {}).update(pages)

    def network(
        self,
        block: str,
        number: int,
        name: str,
        *mails: str,
        addresses: tuple[str, ...],
        **more: Any,
    ) -> None:
        """A network with its AS number: registered, and announced."""
        desk = [rdap.entity("abuse", name=f"{name} Abuse", mails=mails)] if mails else []
        holder = rdap.entity("registrant", name=name, handle=f"ORG-{number}")
        first, _, _ = block.partition("/")
        last = first.rpartition(".")[0] + ".255" if "." in first else first + "ffff"
        short = name.split(maxsplit=1)[0].upper()
        found = rdap.network(first, last, f"{short}-NET", holder, *desk, **more)
        for address in addresses:
            self.at(RIR)[f"/ip/{address}"] = rdap.answer(found)
            self.announce(address, block, number, name)
        self.at(RIR)[f"/autnum/{number}"] = rdap.answer(rdap.autnum(number, short, holder, *desk))

    def announce(self, address: str, block: str, number: int, name: str) -> None:
        """The TXT records by which an address's AS number is looked up."""
        turned = ip_address(address).reverse_pointer
        for end, zone in ((".in-addr.arpa", "origin"), (".ip6.arpa", "origin6")):
            if turned.endswith(end):
                key = f"{turned.removesuffix(end)}.{zone}.asn.cymru.com"
                self.names[key] = {"TXT": [f'"{number} | {block} | ZZ | ripencc | 2015-01-01"']}
        short = name.split(maxsplit=1)[0].upper()
        text = f'"{number} | ZZ | ripencc | 2015-01-01 | {short} {name}, ZZ"'
        self.names[f"as{number}.asn.cymru.com"] = {"TXT": [text]}

    def registered(self, name: str, *entities: rdap.Object, **more: Any) -> None:
        """What the registry says of a domain."""
        self.at(REGISTRY)[f"/domain/{name}"] = rdap.answer(rdap.domain(name, *entities, **more))

    def scenario(self, name: str, **more: Any) -> Scenario:
        """It, finished."""
        options = {"host": HOST, **more}
        return Scenario(
            name=name, names=self.names, sites=self.sites, bootstrap=self.bootstrap, **options
        )


PLAINNAME = rdap.registrar("Plainname Ltd", "9995", "abuse@plainname.little", handle="9995")


def ordinary(*, home: str | Answer = HOME) -> World:
    """A site on one host, without a CDN, with a registrar; no ads, no payments."""
    world = World()
    world.stands(RIR, "203.0.113.10", pages={})
    world.stands(REGISTRY, "203.0.113.11", pages={})
    world.stands(REGISTRAR, "203.0.113.12", pages={})
    world.stands("ns1.northwind.little", "192.0.2.2")
    world.stands("ns2.northwind.little", "192.0.2.3")
    page = home if isinstance(home, Answer) else Answer(home)
    world.stands(
        HOST, ADDRESS, pages={"/": page, "/robots.txt": plain("User-agent: *\nAllow: /\n")}
    )
    world.names[HOST] |= {
        "NS": ["ns1.northwind.little.", "ns2.northwind.little."],
        "SOA": ["ns1.northwind.little. hostmaster.northwind.little. 1 3600 600 86400 300"],
    }
    world.network(
        "192.0.2.0/24", 64500, "Northwind Hosting", "abuse@northwind.little", addresses=(ADDRESS,)
    )
    world.registered(HOST, PLAINNAME)
    return world
