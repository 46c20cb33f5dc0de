"""Chains of many small internets, each against what is right about it, edge by edge."""

from __future__ import annotations

from collections import Counter

import pytest

from little_internet import little_internet
from little_internet.scenarios import SCENARIOS, Edge, Told
from little_internet.scenarios.ordinary import HOST, REGISTRY, RIR, ordinary
from little_internet.web import silent
from little_internet.wiring import is_little
from staydown_web.escalation.chain import Chain, ContactFound, ServiceFound
from staydown_web.escalation.mapping import map_site

ANY = "*"
EXACT = [name for name, told in SCENARIOS.items() if told.edges is not None]


def edge_of(service: ServiceFound) -> Edge:
    """A found edge in the form in which scenarios tell them."""
    usable = [contact for contact in service.contacts if not contact.refused]
    return Edge(
        role=str(service.role),
        key=service.key,
        confidence=str(service.confidence),
        contact=usable[0].address if usable else "",
        refused=tuple((c.address, c.refused) for c in service.contacts if c.refused),
    )


def is_like(found: Edge, wanted: Edge) -> bool:
    """Whether a found edge is the one that is told; ``*`` leaves a part open."""
    return (
        (found.role, found.key) == (wanted.role, wanted.key)
        and wanted.confidence in {ANY, found.confidence}
        and (found.contact == wanted.contact or (wanted.contact == ANY and found.contact != ""))
        and set(wanted.refused) <= set(found.refused)
    )


def text_of(chain: Chain) -> str:
    """Everything that a chain says of services, for what must be nowhere in it."""
    return repr((chain.services, chain.troubles))


def all_contacts(chain: Chain) -> list[ContactFound]:
    return [contact for service in chain.services for contact in service.contacts]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_chain_is_what_is_right(name: str) -> None:
    told = SCENARIOS[name]
    with little_internet(told.make()) as net:
        ways = net.ways(timeout_s=told.timeout_s)
        scenario = net.scenario
        chain = map_site(host=scenario.host, pages=scenario.pages, ways=ways, now=net.clock())
        judge(told, chain)
        assert net.canary.is_silent, net.canary.dialled
        assert all(is_little(address) for address, _ in net.cables.dialled)
        assert not [a for a in net.requests if "/favicon" not in a and a.endswith((".jpg", ".png"))]


def judge(told: Told, chain: Chain) -> None:
    found = [edge_of(s) for s in chain.services if not s.key.startswith("tld:")]
    for wanted in (*told.has, *(told.edges or ())):
        like = [edge for edge in found if is_like(edge, wanted)]
        assert len(like) == 1, f"{wanted} among {found}"
    if told.edges is not None:
        assert Counter((e.role, e.key) for e in found) == Counter(
            (e.role, e.key) for e in told.edges
        )
    for text in told.lacks:
        assert text not in text_of(chain)
    troubles = {(trouble.part, trouble.code) for trouble in chain.troubles}
    assert troubles >= told.among
    assert told.troubles is None or troubles == told.troubles
    for service in chain.services:
        assert service.evidence, service
        assert all(evidence.at == chain.at for evidence in service.evidence)
        assert service.name.strip()


def test_there_are_enough_of_them() -> None:
    assert len(SCENARIOS) >= 60
    assert len(EXACT) >= 30


@pytest.mark.parametrize(
    "name", ["five-addresses-of-one-network", "names-at-two-providers", "two-hosts-behind-one-name"]
)
def test_answers_in_another_order_give_the_same_chain(name: str) -> None:
    # Name servers answer in another order each time, and what is equal is not reported twice.
    told = SCENARIOS[name]
    chains = set()
    with little_internet(told.make()) as net:
        for _ in range(8):
            chain = map_site(host=net.scenario.host, ways=net.ways(), now=net.clock())
            chains.add((chain.services, chain.marks))
    assert len(chains) == 1


def marks_of(name: str) -> set[str]:
    with little_internet(SCENARIOS[name].make()) as net:
        chain = map_site(host=net.scenario.host, ways=net.ways(), now=net.clock())
    return {mark.kind for mark in chain.marks}


def test_what_millions_of_sites_share_is_no_mark() -> None:
    assert "ip" in marks_of("ordinary-site")
    for name in ("cloudflare-in-front", "a-name-at-cloudfront"):
        assert "ip" not in marks_of(name)
    assert "nameserver" not in marks_of("a-name-that-is-rented")


def test_servers_that_never_answer_cost_the_map_no_more_than_its_time() -> None:
    world = ordinary()
    for host in (RIR, REGISTRY, HOST):
        world.sites[host] = {"*": silent(120)}
    with little_internet(world.scenario("all-silent")) as net:
        chain = map_site(host=HOST, ways=net.ways(), now=net.clock(), most_s=2.0)
        assert [(str(s.role), s.key) for s in chain.services] == [
            ("dns", "domain:northwind.little")
        ]
        parts = {trouble.part for trouble in chain.troubles}
        assert {"page", "rdap_domain"} <= parts
        assert {t.code for t in chain.troubles} <= {"map_late", "address_unreachable"}


def test_a_map_is_polite_and_asks_each_thing_once() -> None:
    with little_internet(SCENARIOS["an-ads-txt-that-the-ad-system-confirms"].make()) as net:
        map_site(host=net.scenario.host, ways=net.ways(), now=net.clock())
        most = Counter(net.requests).most_common(1)[0]
        assert most[1] == 1, most
        agents = {asked.headers["user-agent"] for asked in net.web.requests}
        assert len(agents) == 1
        assert not [asked for asked in net.web.requests if asked.method != "GET"]
