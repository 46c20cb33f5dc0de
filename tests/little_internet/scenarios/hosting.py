"""Who stands under a site's addresses: hosts, CDNs in front of them, networks."""

from __future__ import annotations

from little_internet import rdap
from little_internet.scenarios.ordinary import (
    ADDRESS,
    ADDRESS_6,
    HOME,
    HOST,
    REGISTRY,
    RIR,
    World,
    ordinary,
)
from little_internet.scenarios.telling import Edge, told
from little_internet.web import Answer, later, redirect

NORTHWIND = Edge("host", "as:64500", contact="abuse@northwind.little")
NORTHWIND_DNS = Edge("dns", "domain:northwind.little", contact="abuse@northwind.little")
PLAINNAME = Edge("registrar", "iana:9995", contact="abuse@plainname.little")
SOLD = (PLAINNAME,)
"""A registry that is on no list, and has no contact, may be told or not."""
NAMED = (NORTHWIND_DNS, *SOLD)
ORDINARY = (NORTHWIND, *NAMED)
CLOUDFLARE = "https://api.cloudflare.com/client/v4/"
AMAZON = "https://support.aws.amazon.com/"
HIDDEN = (("host", "behind_cdn"),)
EDGELINE = Edge("host", "as:64501", contact="abuse@edgeline.little")


@told(edges=ORDINARY)
def ordinary_site() -> World:
    return ordinary()


@told(edges=ORDINARY)
def both_versions_of_ip_at_one_host() -> World:
    world = ordinary()
    world.stands(HOST, ADDRESS, ADDRESS_6)
    world.network(
        "2001:db8:41::/48",
        64500,
        "Northwind Hosting",
        "abuse@northwind.little",
        addresses=(ADDRESS_6,),
    )
    return world


@told(edges=(*ORDINARY, EDGELINE))
def two_hosts_behind_one_name() -> World:
    world = ordinary()
    world.stands(HOST, ADDRESS, "198.51.100.7")
    world.network(
        "198.51.100.0/24",
        64501,
        "Edgeline Networks",
        "abuse@edgeline.little",
        addresses=("198.51.100.7",),
    )
    return world


@told(edges=ORDINARY)
def five_addresses_of_one_network() -> World:
    world = ordinary()
    addresses = tuple(f"192.0.2.{n}" for n in range(41, 46))
    world.stands(HOST, *addresses)
    world.network(
        "192.0.2.0/24", 64500, "Northwind Hosting", "abuse@northwind.little", addresses=addresses
    )
    return world


def behind_cloudflare(world: World, *, headers: bool = True, names: bool = True) -> World:
    """Put Cloudflare in front: its network, its headers, its name servers."""
    world.stands(HOST, "198.51.100.7")
    world.network(
        "198.51.100.0/24",
        13335,
        "Cloudflare, Inc.",
        "abuse@cloudflare.com",
        addresses=("198.51.100.7",),
    )
    if headers:
        shown = (("Server", "cloudflare"), ("CF-RAY", "8f00000000000000-AMS"))
        world.at(HOST)["/"] = Answer(HOME, headers=shown)
    if names:
        world.names[HOST]["NS"] = ["ada.ns.cloudflare.com.", "bob.ns.cloudflare.com."]
        world.names[HOST]["SOA"] = ["ada.ns.cloudflare.com. dns.cloudflare.com. 1 2 3 4 5"]
    return world


@told(
    edges=(
        Edge("cdn", "list:cloudflare", contact=CLOUDFLARE),
        Edge("dns", "list:cloudflare", contact=CLOUDFLARE),
        *SOLD,
    ),
    lacks=("as:13335", "northwind"),
    troubles=HIDDEN,
)
def cloudflare_in_front() -> World:
    return behind_cloudflare(ordinary())


@told(edges=(Edge("cdn", "list:cloudflare", contact=CLOUDFLARE), *NAMED), troubles=HIDDEN)
def cloudflare_in_front_with_another_dns() -> World:
    return behind_cloudflare(ordinary(), names=False)


@told(
    edges=(
        NORTHWIND,
        Edge("cdn", "list:cloudflare", "likely", CLOUDFLARE),
        *NAMED,
    )
)
def a_server_that_only_says_it_is_cloudflare() -> World:
    shown = (("Server", "cloudflare"),)
    return ordinary(home=Answer(HOME, headers=shown))


@told(edges=(NORTHWIND, Edge("dns", "list:cloudflare", contact=CLOUDFLARE), PLAINNAME))
def names_at_cloudflare_host_elsewhere() -> World:
    world = ordinary()
    world.names[HOST]["NS"] = ["ada.ns.cloudflare.com.", "bob.ns.cloudflare.com."]
    world.names[HOST]["SOA"] = ["ada.ns.cloudflare.com. dns.cloudflare.com. 1 2 3 4 5"]
    return world


@told(edges=(Edge("host", "list:aws", contact=AMAZON), *NAMED))
def a_host_at_amazon() -> World:
    world = ordinary()
    world.stands(HOST, "198.51.100.20")
    world.network(
        "198.51.100.0/24",
        16509,
        "Amazon.com, Inc.",
        "trustandsafety@support.aws.com",
        addresses=("198.51.100.20",),
    )
    return world


@told(
    edges=(Edge("cdn", "list:aws", contact=AMAZON), *NAMED),
    host=f"www.{HOST}",
    troubles=HIDDEN,
)
def a_name_at_cloudfront() -> World:
    world = ordinary()
    world.names[f"www.{HOST}"] = {"CNAME": ["d111111abcdef8.cloudfront.net."]}
    world.stands("d111111abcdef8.cloudfront.net", "198.51.100.21")
    world.network(
        "198.51.100.0/24",
        16509,
        "Amazon.com, Inc.",
        "trustandsafety@support.aws.com",
        addresses=("198.51.100.21",),
    )
    world.sites[f"www.{HOST}"] = {
        "/": Answer(HOME, headers=(("X-Amz-Cf-Id", "abc="), ("Via", "1.1 x.cloudfront.net")))
    }
    return world


@told(edges=(NORTHWIND,), host=ADDRESS)
def a_site_without_a_name() -> World:
    world = ordinary()
    world.sites[ADDRESS] = {"/": Answer(HOME)}
    return world


@told(edges=ORDINARY, host="img.cdn.pics.little")
def a_name_deep_below_the_domain() -> World:
    world = ordinary()
    world.stands("img.cdn.pics.little", ADDRESS, pages={"/": Answer(HOME)})
    return world


@told(edges=ORDINARY, host="xn--bcher-kva.little")
def a_name_beyond_ascii() -> World:
    world = ordinary()
    world.stands("xn--bcher-kva.little", ADDRESS, pages={"/": Answer(HOME)})
    world.names["xn--bcher-kva.little"]["NS"] = ["ns1.northwind.little."]
    world.registered(
        "xn--bcher-kva.little", rdap.registrar("Plainname Ltd", "9995", "abuse@plainname.little")
    )
    return world


@told(edges=ORDINARY)
def a_network_without_a_contact_its_as_number_has_one() -> World:
    world = ordinary()
    holder = rdap.entity("registrant", name="Northwind Hosting", handle="ORG-64500")
    found = rdap.network("192.0.2.0", "192.0.2.255", "NORTHWIND-NET", holder)
    world.at(RIR)[f"/ip/{ADDRESS}"] = rdap.answer(found)
    return world


@told(
    edges=(
        Edge(
            "host",
            "as:64500",
            contact="abuse@northwind.little",
            refused=(("abuse@example.com", "placeholder"),),
        ),
        *NAMED,
    )
)
def a_network_with_a_placeholder_its_as_number_is_real() -> World:
    world = ordinary()
    desk = rdap.entity("abuse", name="Abuse", mails=["abuse@example.com"])
    holder = rdap.entity("registrant", name="Northwind Hosting")
    found = rdap.network("192.0.2.0", "192.0.2.255", "NORTHWIND-NET", holder, desk)
    world.at(RIR)[f"/ip/{ADDRESS}"] = rdap.answer(found)
    return world


@told(edges=ORDINARY)
def a_network_whose_desk_is_nested_twice() -> World:
    world = ordinary()
    desk = rdap.entity("abuse", name="Abuse Desk", mails=["abuse@northwind.little"])
    holder = rdap.entity("registrant", name="Northwind Hosting", entities=[desk])
    group = rdap.entity("sponsor", name="Holding", entities=[holder])
    found = rdap.network("192.0.2.0", "192.0.2.255", "NORTHWIND-NET", group)
    world.at(RIR)[f"/ip/{ADDRESS}"] = rdap.answer(found)
    return world


@told(edges=ORDINARY)
def a_network_known_by_another_registry() -> World:
    world = ordinary()
    other = "rdap.other-rir.little"
    world.stands(other, "203.0.113.20", pages={})
    world.at(other)[f"/rdap/ip/{ADDRESS}"] = world.at(RIR)[f"/ip/{ADDRESS}"]
    world.at(RIR)[f"/ip/{ADDRESS}"] = redirect(f"https://{other}/rdap/ip/{ADDRESS}", status=301)
    return world


@told(edges=ORDINARY, troubles=(("rdap_ip", "rate_limited"),))
def a_registry_of_networks_that_wants_fewer_requests() -> World:
    world = ordinary()
    world.at(RIR)[f"/ip/{ADDRESS}"] = later("120")
    return world


@told(edges=ORDINARY)
def an_address_that_no_registry_knows() -> World:
    world = ordinary()
    world.at(RIR)[f"/ip/{ADDRESS}"] = rdap.not_found()
    return world


@told(edges=(Edge("host", "domain:northwind.little", contact="abuse@northwind.little"), *NAMED))
def an_address_that_nobody_announces() -> World:
    world = ordinary()
    turned = ".".join(reversed(ADDRESS.split(".")))
    del world.names[f"{turned}.origin.asn.cymru.com"]
    return world


@told(edges=ORDINARY)
def an_address_announced_by_two() -> World:
    world = ordinary()
    turned = ".".join(reversed(ADDRESS.split(".")))
    key = f"{turned}.origin.asn.cymru.com"
    world.names[key] = {"TXT": ['"64500 64501 | 192.0.2.0/24 | ZZ | ripencc | 2015-01-01"']}
    return world


@told(edges=(Edge("host", "as:64500", contact="report@northwind.little"), *NAMED))
def a_desk_with_a_name_of_its_own() -> World:
    world = ordinary()
    world.network(
        "192.0.2.0/24", 64500, "Northwind Hosting", "report@northwind.little", addresses=(ADDRESS,)
    )
    return world


@told(
    edges=(
        Edge("host", "domain:reseller.little", contact="abuse@reseller.little"),
        Edge("network", "as:64500", "likely", "abuse@northwind.little"),
        *NAMED,
    )
)
def a_reseller_below_a_network() -> World:
    world = ordinary()
    desk = rdap.entity("abuse", name="Reseller Abuse", mails=["abuse@reseller.little"])
    holder = rdap.entity("registrant", name="Small Reseller")
    found = rdap.network("192.0.2.40", "192.0.2.47", "RESELLER", holder, desk)
    world.at(RIR)[f"/ip/{ADDRESS}"] = rdap.answer(found)
    return world


@told(
    edges=(
        NORTHWIND,
        Edge("host", "list:github", "likely", "https://support.github.com/contact/report-abuse"),
    ),
    lacks=("landlord", "iana:292"),
    host="shop.github.io",
)
def a_name_that_is_rented() -> World:
    """What the landlord of the suffix stands on is not what the tenant stands on."""
    world = ordinary()
    shown = (("X-GitHub-Request-Id", "1"),)
    world.stands("shop.github.io", ADDRESS, pages={"/": Answer(HOME, headers=shown)})
    world.names["github.io"] = {"NS": ["ns1.landlord.little."], "MX": ["10 mx.landlord.little."]}
    world.bootstrap["dns"] = {"services": [[["io"], [f"https://{REGISTRY}/"]]]}
    world.registered("github.io", rdap.registrar("Seller", "292", "abuse@landlord.little"))
    return world


@told(edges=ORDINARY, troubles=(("rdap_asn", "address_unreachable"),))
def a_registry_of_numbers_that_is_broken() -> World:
    world = ordinary()
    world.at(RIR)["/autnum/64500"] = Answer("", 503, "text/plain")
    return world


@told(
    edges=NAMED, troubles=(("rdap_asn", "address_unreachable"), ("rdap_ip", "address_unreachable"))
)
def no_registry_of_networks_answers() -> World:
    world = ordinary()
    world.sites[RIR] = {"*": Answer("", 502, "text/plain")}
    return world


@told(edges=ORDINARY)
def a_desk_among_other_desks() -> World:
    world = ordinary()
    desk = rdap.entity("abuse", name="Desk", mails=["abuse@northwind.little"])
    other = rdap.entity("technical", name="NOC", mails=["noc@northwind.little"])
    holder = rdap.entity("registrant", name="Northwind Hosting", mails=["owner@northwind.little"])
    found = rdap.network("192.0.2.0", "192.0.2.255", "NORTHWIND-NET", holder, other, desk)
    world.at(RIR)[f"/ip/{ADDRESS}"] = rdap.answer(found)
    return world
