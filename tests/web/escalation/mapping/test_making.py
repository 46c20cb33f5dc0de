"""Maps of sites: asked for once, made by one worker, tried again, stored without losing a thing."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from helpline_scene import make_case
from little_internet import Answer, Fails, Net, Scenario, little_internet, plain
from little_internet.scenarios.ordinary import HOME, HOST, ordinary
from staydown_web.accounts.models import Platform, User
from staydown_web.audit.models import Event
from staydown_web.base.sealing import unseal
from staydown_web.cases.models import Case
from staydown_web.escalation.chain import (
    Chain,
    Confidence,
    ContactFound,
    ContactKind,
    Evidence,
    MarkFound,
    Role,
    ServiceFound,
    Source,
)
from staydown_web.escalation.domains import host_of, site_domain
from staydown_web.escalation.models import (
    Mapping,
    Mark,
    Provider,
    ProviderContact,
    Service,
    Site,
)
from staydown_web.escalation.selectors.chains import edges_of, newest_mapping, pages_of
from staydown_web.escalation.services.mapping import (
    LEASE,
    ask_mapping,
    make_due_mappings,
    store_chain,
)
from staydown_web.escalation.services.sites import site_of_domain
from staydown_web.escalation.services.watching import watch_left_places

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(now: datetime) -> Site:
    return site_of_domain(domain=HOST, now=now)


def twelve() -> Scenario:
    """The ordinary site with twelve services: two hosts, DNS, mail, registrar, ads, payments."""
    page = HOME.replace(
        "</body>",
        '<script src="https://a.magsrv.com/ad-provider.js"></script><ins data-zoneid="5123456">'
        '</ins><script src="https://js.stripe.com/v3/"></script>'
        "<script>Stripe('pk_live_0123456789abcdefghijklmn')</script>"
        '<form action="https://bill.ccbill.com/jpost/signup.cgi">'
        '<input name="clientAccnum" value="901234"></form>'
        '<iframe src="https://widget.nowpayments.io/"></iframe></body>',
    )
    world = ordinary(home=page)
    world.names[HOST]["A"] = ["192.0.2.41", "198.51.100.7"]
    world.names[HOST]["NS"] = ["ns1.northwind.little.", "ns1.otherdns.little."]
    world.names[HOST]["MX"] = ["10 mx1.mailwell.little."]
    world.sites[HOST]["/ads.txt"] = plain(
        "adone.little, 1, DIRECT\nadtwo.little, 2, DIRECT\nadthree.little, 3, DIRECT\n"
    )
    world.network(
        "198.51.100.0/24", 64501, "Southwind", "abuse@southwind.little", addresses=("198.51.100.7",)
    )
    return world.scenario("twelve-services")


def run(net: Net, now: datetime) -> int:
    return make_due_mappings(now=now, clock=lambda: now, ways=net.ways())


def test_a_site_with_twelve_services_is_mapped_and_stored(site: Site, now: datetime) -> None:
    with little_internet(twelve()) as net:
        began = time.monotonic()
        mapping = ask_mapping(site=site, now=now, because="deadline_over")
        assert run(net, now) == 1
        took_s = time.monotonic() - began
        assert net.canary.is_silent
    mapping.refresh_from_db()
    assert mapping.state == Mapping.State.DONE
    edges = edges_of(mapping)
    assert [edge.service.position for edge in edges] == list(range(len(edges)))
    found = {(edge.service.role, edge.provider.key) for edge in edges}
    assert len(found) >= 12, found
    assert {("host", "as:64500"), ("host", "as:64501"), ("registrar", "iana:9995")} <= found
    assert {
        ("payment", "list:stripe"),
        ("ads", "list:exoclick"),
        ("ads", "domain:adone.little"),
    } <= (found)
    assert all(edge.contacts and edge.evidence for edge in edges)
    assert took_s < 20  # measured: under a second; this only catches waits for a time limit


def test_asking_twice_makes_one_map(site: Site, now: datetime) -> None:
    first = ask_mapping(site=site, now=now, because="deadline_over")
    assert ask_mapping(site=site, now=now + timedelta(hours=1), because="staff") == first
    with little_internet(ordinary().scenario("ordinary")) as net:
        run(net, now)
    assert ask_mapping(site=site, now=now + timedelta(minutes=5), because="staff") == first
    later = ask_mapping(site=site, now=now + timedelta(minutes=20), because="staff")
    assert later != first
    assert newest_mapping(site) == first


def test_a_map_in_hand_is_left_alone_until_its_lease_ends(site: Site, now: datetime) -> None:
    mapping = ask_mapping(site=site, now=now, because="staff")
    Mapping.objects.filter(pk=mapping.pk).update(next_try_at=now + LEASE, tries=1)
    with little_internet(ordinary().scenario("ordinary")) as net:
        assert run(net, now + LEASE - timedelta(seconds=1)) == 0
        assert run(net, now + LEASE) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_make_the_same_map(now: datetime) -> None:
    sites = [site_of_domain(domain=f"s{n}.little", now=now) for n in range(4)]
    for one in sites:
        ask_mapping(site=one, now=now, because="staff")
    counts: list[int] = []

    def work(ways: Any) -> None:
        from django.db import connection

        counts.append(make_due_mappings(now=now, clock=lambda: now, ways=ways))
        connection.close()

    with little_internet(ordinary().scenario("ordinary")) as net:
        threads = [threading.Thread(target=work, args=(net.ways(),)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(counts) == 4
    assert set(Mapping.objects.values_list("tries", flat=True)) == {1}


def test_a_site_of_which_nothing_is_found_is_tried_again_and_given_up(
    site: Site, now: datetime
) -> None:
    mapping = ask_mapping(site=site, now=now, because="staff")
    at = now
    with little_internet(Scenario(name="empty", host=HOST)) as net:
        for tries in range(1, 6):
            assert run(net, at) == 1
            mapping.refresh_from_db()
            assert mapping.tries == tries
            at = mapping.next_try_at or at
        assert run(net, at + timedelta(days=9)) == 0
    assert mapping.state == Mapping.State.FAILED
    assert newest_mapping(site) is None
    assert ["dns", "name_unknown"] in mapping.troubles
    told = Event.objects.filter(what="mapping_failed").order_by("seq")
    assert [event.facts["is_final"] for event in told] == [False] * 4 + [True]


def chain_of(*contacts: ContactFound, now: datetime, marks: tuple[MarkFound, ...] = ()) -> Chain:
    seen = Evidence(Source.RDAP_IP, "192.0.2.41 in NORTHWIND", now)
    service = ServiceFound(
        Role.HOST, "as:64500", "Northwind", Confidence.SURE, (seen,), contacts, (("asn", "64500"),)
    )
    return Chain(HOST, HOST, (service,), marks, (), now)


def contact_of(address: str, now: datetime, refused: str = "") -> ContactFound:
    seen = Evidence(Source.RDAP_IP, "abuse", now)
    return ContactFound(ContactKind.EMAIL, address, "network", seen, refused)


def test_what_staff_entered_and_what_bounced_is_never_lost(
    site: Site, now: datetime, reviewer: User
) -> None:
    provider = Provider.objects.create(key="as:64500", name="Our name", made_at=now)
    values: dict[str, Any] = {"provider": provider, "kind": "email", "scope": "network"}
    ProviderContact.objects.create(
        **values, address="desk@northwind.little", source="staff", found_at=now, entered_by=reviewer
    )
    ProviderContact.objects.create(
        **values, address="abuse@northwind.little", source="rdap_ip", found_at=now, state="bounced"
    )
    mapping = ask_mapping(site=site, now=now, because="staff")
    chain = chain_of(
        contact_of("desk@northwind.little", now, refused="not_abuse"),
        contact_of("abuse@northwind.little", now),
        contact_of("new@northwind.little", now),
        contact_of("noreply@northwind.little", now, refused="placeholder"),
        now=now,
    )
    assert store_chain(mapping=mapping, chain=chain, now=now)
    provider.refresh_from_db()
    assert provider.name == "Our name"
    (edge,) = edges_of(mapping)
    assert [(c.address.partition("@")[0], c.state) for c in edge.contacts] == [
        ("desk", "usable"),
        ("new", "usable"),
        ("abuse", "bounced"),
        ("noreply", "refused"),
    ]


def test_a_contact_that_is_no_placeholder_any_more_can_be_used(site: Site, now: datetime) -> None:
    for refused in ("placeholder", ""):
        mapping = Mapping.objects.create(site=site, asked_at=now, next_try_at=now)
        chain = chain_of(contact_of("abuse@northwind.little", now, refused), now=now)
        store_chain(mapping=mapping, chain=chain, now=now)
    assert ProviderContact.objects.get().state == "usable"


def test_a_map_is_stored_once(site: Site, now: datetime) -> None:
    mapping = ask_mapping(site=site, now=now, because="staff")
    chain = chain_of(contact_of("abuse@northwind.little", now), now=now)
    assert store_chain(mapping=mapping, chain=chain, now=now)
    assert not store_chain(mapping=mapping, chain=chain, now=now)
    assert Service.objects.count() == 1


def test_marks_keep_when_they_were_first_and_last_seen(site: Site, now: datetime) -> None:
    mark = MarkFound("ads_account", "exoclick:5123456", "ExoClick 5123456")
    for days in (0, 3):
        at = now + timedelta(days=days)
        mapping = Mapping.objects.create(site=site, asked_at=at, next_try_at=at)
        store_chain(mapping=mapping, chain=chain_of(now=at, marks=(mark,)), now=at)
    kept = Mark.objects.get()
    assert (kept.first_seen_at, kept.last_seen_at) == (now, now + timedelta(days=3))
    assert b"5123456" not in bytes(kept.label_box)
    assert unseal(kept.label_box, context=f"mark:{kept.pk}") == b"ExoClick 5123456"


def test_the_audit_holds_counts_and_no_names(site: Site, now: datetime) -> None:
    with little_internet(twelve()) as net:
        ask_mapping(site=site, now=now, because="deadline_over")
        run(net, now)
    event = Event.objects.get(what="site_mapped")
    assert event.facts["services"]["host"] == 2
    assert event.facts["marks"] > 2
    assert "little" not in str(event.facts)
    assert event.subject == f"site:{site.pk}"


@pytest.mark.parametrize("is_agreed", [True, False])
def test_reported_pages_are_read_only_where_she_agreed(
    site: Site, platform: Platform, now: datetime, is_agreed: bool
) -> None:
    case = make_case(platform, now, served=0, elsewhere=[HOST])
    Case.objects.filter(pk=case.pk).update(providers_agreed_at=now)
    watch_left_places(now)
    Case.objects.filter(pk=case.pk).update(providers_agreed_at=now if is_agreed else None)
    pages = pages_of(site)
    assert [site_domain(host_of(page)) for page in pages] == [HOST] * is_agreed


def test_a_site_that_asks_programs_to_stay_away_is_read_from_outside_alone(
    site: Site, now: datetime
) -> None:
    world = ordinary(home=HOME.replace("</body>", '<script src="https://js.stripe.com/v3/">'))
    world.sites[HOST]["/robots.txt"] = plain("User-agent: staydown\nDisallow: /\n")
    world.sites[HOST]["/ads.txt"] = plain("adone.little, 1, DIRECT\n")
    with little_internet(world.scenario("closed")) as net:
        mapping = ask_mapping(site=site, now=now, because="staff")
        run(net, now)
    mapping.refresh_from_db()
    assert ["page", "robots"] in mapping.troubles
    keys = {edge.provider.key for edge in edges_of(mapping)}
    assert "list:stripe" not in keys
    assert "as:64500" in keys


def test_media_is_refused_before_its_body(site: Site, now: datetime) -> None:
    body = Answer(b"\xff\xd8\xff" + b"x" * 5_000_000, content_type="image/jpeg")
    with little_internet(ordinary(home=body).scenario("media")) as net:
        mapping = ask_mapping(site=site, now=now, because="staff")
        run(net, now)
    mapping.refresh_from_db()
    assert ["page", "no_page"] in mapping.troubles


def test_half_a_map_is_tried_again_once(site: Site, now: datetime) -> None:
    mapping = ask_mapping(site=site, now=now, because="staff")
    world = ordinary()
    world.names[HOST] = {"A": Fails("SERVFAIL")}
    with little_internet(world.scenario("half")) as net:
        run(net, now)
        mapping.refresh_from_db()
        assert (mapping.state, mapping.tries) == (Mapping.State.DUE, 1)
        run(net, now + timedelta(seconds=30))
    mapping.refresh_from_db()
    assert (mapping.state, mapping.tries) == (Mapping.State.DONE, 2)
    assert {edge.service.role for edge in edges_of(mapping)} == {"registrar"}


def test_accounts_behind_a_link_are_no_marks(site: Site, now: datetime) -> None:
    home = HOME.replace("</body>", '<a href="https://www.patreon.com/somebody">me</a></body>')
    with little_internet(ordinary(home=home).scenario("link")) as net:
        ask_mapping(site=site, now=now, because="staff")
        run(net, now)
    assert Provider.objects.filter(key="list:patreon").exists()
    assert not Mark.objects.filter(kind="payment_account").exists()
