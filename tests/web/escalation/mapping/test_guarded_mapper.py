"""Every door that a map goes through, led inside at once: none of them opens."""

from __future__ import annotations

import pytest

from little_internet import Net, little_internet, plain, rdap, redirect
from little_internet.scenarios.ordinary import (
    ADDRESS,
    HOST,
    REGISTRAR,
    REGISTRY,
    RIR,
    World,
    ordinary,
)
from little_internet.wiring import is_little
from staydown_web.escalation.chain import Chain
from staydown_web.escalation.mapping import map_site

ADS = "adlane.little"
INNER = {
    "loopback": "https://127.0.0.1/x",
    "loopback, plain": "http://127.0.0.1/x",
    "decimal": "https://2130706433/x",
    "octal": "https://0177.0.0.1/x",
    "hexadecimal": "https://0x7f.0.0.1/x",
    "short": "https://127.1/x",
    "private": "https://10.0.0.1/x",
    "metadata": "https://169.254.169.254/latest/meta-data/",
    "IPv6 loopback": "https://[::1]/x",
    "mapped": "https://[::ffff:127.0.0.1]/x",
    "NAT64": "https://[64:ff9b::7f00:1]/x",
    "6to4": "https://[2002:7f00:1::]/x",
    "link-local": "https://[fe80::1]/x",
    "unique local": "https://[fd00::1]/x",
    "inner name": "https://inner.corp.little/x",
    "alias of one": "https://alias.little/x",
    "name with both": "https://mixed.little/x",
    "no dot": "https://localhost/x",
    "user name": "https://pics.little@127.0.0.1/x",
    "backslash": "https://127.0.0.1\\@pics.little/x",
    "other port": "https://pics.little:6379/x",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:70/x",
}
LISTABLE = {name: where for name, where in INNER.items() if where.startswith("http")}
NAMES = {
    "inner.corp.little": {"A": ["10.0.0.9"]},
    "alias.little": {"CNAME": ["inner.corp.little."]},
    "mixed.little": {"A": ["203.0.113.99", "127.0.0.1"]},
    "localhost": {"A": ["127.0.0.1"], "AAAA": ["::1"]},
}
DOORS = {
    f"https://{HOST}/robots.txt",
    f"https://{HOST}/v/1",
    f"https://{HOST}/ads.txt",
    f"https://{HOST}/favicon.ico",
    f"https://{ADS}/sellers.json",
    f"https://{REGISTRY}/domain/{HOST}",
    f"https://{RIR}/ip/{ADDRESS}",
    f"https://{RIR}/autnum/64500",
}
"""What every map asks for; a door that leads on is asked in vain."""


def with_doors_to(where: str) -> World:
    """A world in which every answer leads to one place."""
    world = ordinary()
    world.names |= NAMES
    world.stands(ADS, "203.0.113.50", pages={"*": redirect(where)})
    away = redirect(where)
    world.sites[HOST] |= {"/robots.txt": away, "/v/1": away, "/favicon.ico": away}
    world.sites[HOST]["/ads.txt"] = plain(f"{ADS}, pub-1, DIRECT\n")
    for host in (REGISTRY, RIR):
        world.sites[host] = {"*": away}
    # Its own name servers and mail servers are looked up and then not connected to.
    world.names[HOST] |= {"NS": [f"ns.{HOST}."], "MX": [f"10 mx.{HOST}."]}
    world.stands(f"ns.{HOST}", "127.0.0.1")
    world.stands(f"mx.{HOST}", "10.0.0.1", "::1")
    return world


def mapped(net: Net) -> Chain:
    chain = map_site(host=HOST, pages=(f"https://{HOST}/v/1",), ways=net.ways(), now=net.clock())
    assert net.canary.is_silent, net.canary.dialled
    assert all(is_little(address) for address, _ in net.cables.dialled)
    return chain


@pytest.mark.parametrize("where", INNER.values(), ids=INNER)
def test_no_door_of_a_map_leads_inside(where: str) -> None:
    with little_internet(with_doors_to(where).scenario("doors")) as net:
        chain = mapped(net)
        assert set(net.requests) >= DOORS
        assert "127.0.0.1" not in repr(chain.services)
        assert {t.code for t in chain.troubles if t.part == "rdap_domain"} == {"address_refused"}


@pytest.mark.parametrize("where", INNER.values(), ids=INNER)
def test_no_link_of_a_registry_leads_inside(where: str) -> None:
    world = ordinary()
    world.names |= NAMES
    world.registered(HOST, rdap.registrar("Plainname Ltd", "9995"), related=where)
    with little_internet(world.scenario("related")) as net:
        chain = mapped(net)
        assert "iana:9995" in {service.key for service in chain.services}


@pytest.mark.parametrize("where", INNER.values(), ids=INNER)
def test_no_redirect_of_a_registrar_leads_inside(where: str) -> None:
    world = ordinary()
    world.names |= NAMES
    related = f"https://{REGISTRAR}/domain/{HOST}"
    world.registered(HOST, rdap.registrar("Plainname Ltd", "9995"), related=related)
    world.sites[REGISTRAR] = {"*": redirect(where)}
    with little_internet(world.scenario("registrar")) as net:
        chain = mapped(net)
        assert related in net.requests
        assert "iana:9995" in {service.key for service in chain.services}


@pytest.mark.parametrize("where", LISTABLE.values(), ids=LISTABLE)
def test_a_list_of_rdap_servers_that_lies_leads_nowhere(where: str) -> None:
    world = ordinary()
    world.names |= NAMES
    world.bootstrap = {
        "dns": {"services": [[["little"], [where]]]},
        "ipv4": {"services": [[["192.0.2.0/24"], [where]]]},
        "asn": {"services": [[["64496-64511"], [where]]]},
    }
    with little_internet(world.scenario("lists")) as net:
        mapped(net)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "fe80::1",
        "::ffff:7f00:1",
        "localhost",
        "inner.corp.little",
        "mixed.little",
        "2130706433",
        "0177.0.0.1",
        "com",
        "",
    ],
)
def test_a_site_that_is_inside_is_never_asked(host: str) -> None:
    world = ordinary()
    world.names |= NAMES
    with little_internet(world.scenario("inside")) as net:
        chain = map_site(host=host, ways=net.ways(), now=net.clock())
        assert net.canary.is_silent, net.canary.dialled
        assert not [url for url in net.requests if url.endswith("/")]
        assert chain.troubles


def test_a_map_by_a_proxy_goes_by_the_proxy_alone() -> None:
    with little_internet(ordinary().scenario("proxy")) as net:
        chain = map_site(host=HOST, ways=net.ways(by_proxy=True), now=net.clock())
        assert {s.key for s in chain.services} >= {"as:64500", "iana:9995"}
        assert f"{ADDRESS}:443" in net.proxy.asked
        # Every connection of the little internet was the proxy's.
        assert len(net.cables.dialled) == len(net.proxy.asked)
