"""Who sold a site's name: registries and registrars, and RDAP as it is in the field."""

from __future__ import annotations

from typing import Any

from little_internet import rdap
from little_internet.scenarios.hosting import (
    NORTHWIND,
    NORTHWIND_DNS,
    ORDINARY,
    PLAINNAME,
)
from little_internet.scenarios.ordinary import HOST, REGISTRAR, REGISTRY, World, ordinary
from little_internet.scenarios.telling import Edge, told
from little_internet.web import Answer, Page, bomb, huge, json_answer, later, redirect

REST = (NORTHWIND, NORTHWIND_DNS)


PIR = Edge("registry", "list:pir", contact="abuse@pir.org")


def sold_by(contact: str = "", *refused: tuple[str, str]) -> tuple[Edge, ...]:
    """All edges, the registrar with this contact."""
    return (*REST, Edge("registrar", "iana:9995", "sure", contact, refused))


def answering(page: Page) -> World:
    """The ordinary world, its registry answering so."""
    world = ordinary()
    world.at(REGISTRY)[f"/domain/{HOST}"] = page
    return world


def holding(*entities: rdap.Object, **more: Any) -> World:
    world = ordinary()
    world.registered(HOST, *entities, **more)
    return world


@told(edges=ORDINARY)
def a_registrar_whose_desk_is_below_it() -> World:
    return ordinary()


@told(edges=ORDINARY)
def a_registry_that_leads_to_the_registrar() -> World:
    where = f"https://{REGISTRAR}/domain/{HOST}"
    world = holding(rdap.registrar("Plainname Ltd", "9995"), related=where)
    found = rdap.domain(HOST, rdap.registrar("Plainname Ltd", "9995", "abuse@plainname.little"))
    world.at(REGISTRAR)[f"/domain/{HOST}"] = rdap.answer(found)
    return world


@told(edges=ORDINARY)
def a_registry_that_redirects_to_the_registrar() -> World:
    world = answering(redirect(f"https://{REGISTRAR}/domain/{HOST}"))
    found = rdap.domain(HOST, rdap.registrar("Plainname Ltd", "9995", "abuse@plainname.little"))
    world.at(REGISTRAR)[f"/domain/{HOST}"] = rdap.answer(found)
    return world


@told(edges=sold_by("abuse@plainname.little", ("abuse@example.com", "placeholder")))
def a_placeholder_before_the_real_address() -> World:
    return holding(
        rdap.registrar("Plainname Ltd", "9995", "abuse@example.com", "abuse@plainname.little")
    )


@told(edges=sold_by(), lacks=("person@mail.little", "agent@mail.little"))
def only_persons_have_addresses() -> World:
    person = rdap.entity("registrant", name="A Person", mails=["person@mail.little"])
    agent = rdap.entity("administrative", "technical", name="Agent", mails=["agent@mail.little"])
    return holding(rdap.registrar("Plainname Ltd", "9995"), person, agent)


@told(edges=ORDINARY, lacks=("person@mail.little",))
def a_registrar_with_persons_below_it() -> World:
    person = rdap.entity("registrant", name="A Person", mails=["person@mail.little"])
    desk = rdap.entity("abuse", mails=["abuse@plainname.little"])
    seller = rdap.entity("registrar", name="Plainname Ltd", iana_id="9995", entities=[person, desk])
    return holding(seller)


@told(edges=sold_by("https://plainname.little/abuse"))
def a_desk_by_form_alone() -> World:
    return holding(rdap.registrar("Plainname Ltd", "9995", form="https://plainname.little/abuse"))


@told(edges=ORDINARY)
def a_card_with_odd_lines() -> World:
    lines: list[Any] = [
        ["version", {}, "text", "4.0"],
        "not a line",
        ["tel"],
        ["org", {}, "text", ["Plainname Ltd", "Abuse"]],
        ["EMAIL", {"type": "work"}, "text", ["abuse@plainname.little"]],
        ["email", {}, "text", None],
        ["email", {}, "text", 42],
        ["adr", {}, "text", [[], ["a", ["b"]]]],
    ]
    desk = rdap.entity("abuse", card=lines)
    seller = rdap.entity("registrar", name="Plainname Ltd", iana_id="9995", entities=[desk])
    return holding(seller)


@told(edges=ORDINARY)
def an_address_written_as_a_link() -> World:
    return holding(rdap.registrar("Plainname Ltd", "9995", "mailto:abuse@plainname.little"))


@told(
    edges=sold_by("", ("abuse@plainname.littleBcc:everyone@mail.little", "malformed")),
    lacks=("\\r", "\\n"),
)
def an_address_that_would_break_a_header() -> World:
    return holding(
        rdap.registrar(
            "Plainname Ltd", "9995", "abuse@plainname.little\r\nBcc:everyone@mail.little"
        )
    )


@told(edges=ORDINARY)
def a_card_of_the_newer_form() -> World:
    desk = {
        "objectClassName": "entity",
        "roles": ["abuse"],
        "jscard": {"emails": {"e1": {"address": "abuse@plainname.little"}}},
    }
    seller = rdap.entity("registrar", name="Plainname Ltd", iana_id="9995", entities=[desk])
    return holding(seller)


@told(edges=REST, lacks=("deep@plainname.little",))
def entities_without_end() -> World:
    deep: rdap.Object = rdap.entity("abuse", mails=["deep@plainname.little"])
    for _ in range(200):
        deep = rdap.entity("sponsor", name="more", entities=[deep])
    many = [rdap.entity("technical", name=f"T{n}") for n in range(500)]
    return holding(deep, *many)


@told(edges=REST, troubles=(("rdap_domain", "rate_limited"),))
def a_registry_that_wants_fewer_requests() -> World:
    return answering(later("300"))


@told(edges=REST, troubles=(("rdap_domain", "address_unreachable"),))
def a_registry_whose_answer_breaks_off() -> World:
    cut = b'{"objectClassName": "domain", "entities": ['
    return answering(Answer(cut, content_type="application/rdap+json"))


@told(edges=REST, troubles=(("rdap_domain", "address_unreachable"),))
def a_registry_that_gives_a_page() -> World:
    return answering(Answer("<html><h1>Maintenance</h1></html>"))


@told(edges=REST, troubles=(("rdap_domain", "address_unreachable"),))
def a_registry_that_gives_a_list() -> World:
    return answering(json_answer([1, 2, 3], content_type="application/rdap+json"))


@told(edges=REST, troubles=(("rdap_domain", "address_unreachable"),))
def a_registry_that_is_broken() -> World:
    return answering(Answer("", 500, "text/plain"))


@told(edges=REST, troubles=(("rdap_domain", "address_unreachable"),))
def a_registry_whose_answer_never_ends() -> World:
    return answering(huge(60_000_000, content_type="application/rdap+json"))


@told(edges=REST, troubles=(("rdap_domain", "address_unreachable"),))
def a_registry_that_packs_its_answer() -> World:
    packed = bomb(10_000_000)
    return answering(
        Answer(packed.body, content_type="application/rdap+json", headers=packed.headers)
    )


@told(edges=REST, troubles=(("rdap_domain", "address_refused"),))
def a_registry_that_redirects_in_circles() -> World:
    return answering(redirect(f"https://{REGISTRY}/domain/{HOST}"))


@told(edges=REST, troubles=(("rdap_domain", "address_refused"),))
def a_registry_that_redirects_inside() -> World:
    return answering(redirect("https://169.254.169.254/latest/meta-data/"))


@told(edges=sold_by(), troubles=(("rdap_registrar", "address_refused"),))
def a_registry_that_relates_to_an_inner_address() -> World:
    return holding(
        rdap.registrar("Plainname Ltd", "9995"), related="https://10.0.0.1/domain/pics.little"
    )


@told(edges=sold_by(), troubles=(("rdap_registrar", "address_refused"),))
def a_registry_that_relates_to_an_inner_name() -> World:
    world = holding(
        rdap.registrar("Plainname Ltd", "9995"), related="https://inner.little/domain/pics.little"
    )
    world.names["inner.little"] = {"A": ["127.0.0.1"]}
    return world


@told(edges=REST)
def a_registry_that_does_not_know_the_name() -> World:
    return answering(rdap.not_found())


@told(edges=REST, troubles=(("rdap_domain", "no_server"),))
def a_top_level_domain_without_rdap() -> World:
    world = ordinary()
    world.bootstrap["dns"] = {"services": [[["test"], ["https://rdap.registry.little/"]]]}
    return world


@told(edges=ORDINARY)
def a_registrar_that_need_not_be_asked() -> World:
    where = f"https://{REGISTRAR}/domain/{HOST}"
    seller = rdap.registrar("Plainname Ltd", "9995", "abuse@plainname.little")
    world = holding(seller, related=where)
    world.at(REGISTRAR)[f"/domain/{HOST}"] = later("600")
    return world


@told(edges=sold_by(), troubles=(("rdap_registrar", "rate_limited"),))
def a_registrar_that_wants_fewer_requests() -> World:
    where = f"https://{REGISTRAR}/domain/{HOST}"
    world = holding(rdap.registrar("Plainname Ltd", "9995"), related=where)
    world.at(REGISTRAR)[f"/domain/{HOST}"] = later("600")
    return world


@told(edges=sold_by(), troubles=(("rdap_registrar", "address_unreachable"),))
def a_registrar_that_is_broken() -> World:
    where = f"https://{REGISTRAR}/domain/{HOST}"
    world = holding(rdap.registrar("Plainname Ltd", "9995"), related=where)
    world.at(REGISTRAR)[f"/domain/{HOST}"] = Answer("", 500, "text/plain")
    return world


@told(edges=sold_by("", ("REDACTED FOR PRIVACY", "placeholder")))
def a_desk_that_is_redacted() -> World:
    return holding(rdap.registrar("Plainname Ltd", "9995", "REDACTED FOR PRIVACY"))


@told(edges=ORDINARY)
def a_desk_beside_the_registrar() -> World:
    desk = rdap.entity("abuse", name="Plainname Abuse", mails=["abuse@plainname.little"])
    return holding(rdap.registrar("Plainname Ltd", "9995"), desk)


@told(edges=(*REST, PLAINNAME, PIR))
def a_registry_that_is_on_our_list() -> World:
    world = ordinary()
    host = "rdap.publicinterestregistry.org"
    world.stands(host, "203.0.113.30", pages={})
    world.at(host)[f"/rdap/domain/{HOST}"] = world.at(REGISTRY)[f"/domain/{HOST}"]
    world.bootstrap["dns"] = {"services": [[["little"], [f"https://{host}/rdap/"]]]}
    return world
