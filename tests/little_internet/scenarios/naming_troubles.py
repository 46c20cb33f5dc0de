"""Names that fail, lie, turn, or lead inside."""

from __future__ import annotations

from little_internet.naming import Fails, Turns
from little_internet.scenarios.hosting import (
    NAMED,
    NORTHWIND,
    ORDINARY,
    SOLD,
)
from little_internet.scenarios.ordinary import ADDRESS, HOST, World, ordinary
from little_internet.scenarios.telling import Edge, told

DEAF = (
    ("dns", "address_unreachable"),
    ("mail", "address_unreachable"),
    ("page", "address_unreachable"),
)
INSIDE = (("dns", "address_refused"), ("page", "address_refused"))


def leading(**records) -> World:
    """The ordinary world, the site's own records of addresses changed."""
    world = ordinary()
    zone = world.names[HOST]
    zone.pop("A")
    zone.update(records)
    return world


@told(edges=SOLD, troubles=(("dns", "name_unknown"), ("page", "address_unreachable")))
def a_name_that_is_gone() -> World:
    world = ordinary()
    del world.names[HOST]
    return world


@told(edges=SOLD, troubles=DEAF)
def a_name_server_that_fails() -> World:
    world = ordinary()
    world.names[HOST] = {"*": Fails("SERVFAIL")}
    return world


@told(edges=SOLD, troubles=DEAF)
def a_name_server_that_refuses() -> World:
    world = ordinary()
    world.names[HOST] = {"*": Fails("REFUSED")}
    return world


@told(lacks=("as:64500", "northwind"), troubles=None, among=DEAF, timeout_s=0.3)
def a_name_server_that_is_silent() -> World:
    world = ordinary()
    world.names[HOST] = {"*": Fails("TIMEOUT")}
    return world


@told(lacks=("as:64500", "northwind"), troubles=None, among=DEAF, timeout_s=0.3)
def a_name_server_that_answers_nonsense() -> World:
    world = ordinary()
    world.names[HOST] = {"*": Fails("GARBAGE")}
    return world


@told(lacks=("as:64500", "northwind"), troubles=None, among=DEAF, timeout_s=0.3)
def a_name_server_that_answers_another_question() -> World:
    world = ordinary()
    world.names[HOST] = {"*": Fails("OTHER_ID", (ADDRESS,))}
    return world


@told(edges=ORDINARY)
def an_answer_that_only_fits_by_tcp() -> World:
    world = ordinary()
    zone = world.names[HOST]
    zone["NS"] = Fails("TRUNCATED", ("ns1.northwind.little.", "ns2.northwind.little."))
    return world


@told(
    edges=NAMED,
    troubles=(("dns", "address_unreachable"), ("page", "address_unreachable")),
    host=f"www.{HOST}",
)
def names_that_lead_in_circles() -> World:
    world = ordinary()
    world.names[f"www.{HOST}"] = {"CNAME": ["a.loop.little."]}
    world.names["a.loop.little"] = {"CNAME": ["b.loop.little."]}
    world.names["b.loop.little"] = {"CNAME": ["a.loop.little."]}
    return world


@told(edges=NAMED, lacks=("127.0.0.1",), troubles=INSIDE)
def a_name_that_leads_to_this_machine() -> World:
    return leading(A=["127.0.0.1"])


@told(edges=NAMED, lacks=("10.0.0.7",), troubles=INSIDE)
def a_name_that_leads_to_a_private_network() -> World:
    return leading(A=["10.0.0.7"])


@told(edges=NAMED, lacks=("169.254.169.254",), troubles=INSIDE)
def a_name_that_leads_to_metadata() -> World:
    return leading(A=["169.254.169.254"])


@told(edges=NAMED, lacks=("::1",), troubles=INSIDE)
def a_name_that_leads_to_this_machine_by_ipv6() -> World:
    return leading(AAAA=["::1"])


@told(edges=NAMED, lacks=("7f00",), troubles=INSIDE)
def a_name_that_leads_inside_by_a_mapped_address() -> World:
    return leading(AAAA=["::ffff:7f00:1"])


@told(edges=NAMED, lacks=("7f00",), troubles=INSIDE)
def a_name_that_leads_inside_by_nat64() -> World:
    return leading(AAAA=["64:ff9b::7f00:1"])


@told(edges=ORDINARY, lacks=("127.0.0.1",), troubles=INSIDE)
def one_inner_address_among_outer_ones() -> World:
    return leading(A=[ADDRESS, "127.0.0.1"])


@told(has=NAMED, troubles=None)
def a_name_that_turns_inside() -> World:
    return leading(A=Turns([[ADDRESS], ["127.0.0.1"]]))


@told(has=SOLD, lacks=("10.0.0.8",), troubles=None)
def a_name_that_goes_on_to_an_inner_name() -> World:
    world = leading(CNAME=["inner.corp.little."])
    zone = world.names[HOST]
    world.names[HOST] = {"CNAME": zone["CNAME"]}
    world.names["inner.corp.little"] = {"A": ["10.0.0.8"]}
    return world


@told(edges=(*ORDINARY, Edge("mail", "domain:mailwell.little", contact="abuse@mailwell.little")))
def mail_at_another_provider() -> World:
    world = ordinary()
    world.names[HOST]["MX"] = ["10 mx1.mailwell.little.", "20 mx2.mailwell.little."]
    world.stands("mx1.mailwell.little", "203.0.113.40")
    return world


@told(edges=ORDINARY)
def a_domain_that_takes_no_mail() -> World:
    world = ordinary()
    world.names[HOST]["MX"] = ["0 ."]
    return world


@told(edges=(*ORDINARY, Edge("dns", "domain:otherdns.little", contact="abuse@otherdns.little")))
def names_at_two_providers() -> World:
    world = ordinary()
    world.names[HOST]["NS"] = ["ns1.northwind.little.", "ns1.otherdns.little."]
    return world


@told(
    edges=(NORTHWIND, Edge("dns", "as:64500", "likely", "abuse@northwind.little"), *SOLD),
    lacks=("domain:pics.little",),
)
def names_served_by_the_site_itself() -> World:
    world = ordinary()
    world.names[HOST]["NS"] = ["ns1.pics.little.", "ns2.pics.little."]
    world.names[HOST]["SOA"] = ["ns1.pics.little. admin.pics.little. 1 2 3 4 5"]
    world.stands("ns1.pics.little", "192.0.2.42")
    world.stands("ns2.pics.little", "192.0.2.43")
    world.network(
        "192.0.2.0/24",
        64500,
        "Northwind Hosting",
        "abuse@northwind.little",
        addresses=("192.0.2.42", "192.0.2.43"),
    )
    return world
