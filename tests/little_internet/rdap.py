"""RDAP answers as registries and registrars give them, and as they should not.

Source: RFC 9083, RFC 7095; shapes of registries' answers read 2026-11.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from little_internet.web import Answer, json_answer

Object = dict[str, Any]
CONFORMS = ["rdap_level_0", "icann_rdap_response_profile_1"]


def answer(found: Object, *, status: int = 200) -> Answer:
    """One object as an answer."""
    return json_answer(found, status=status, content_type="application/rdap+json")


def entity(
    *roles: str,
    name: str = "",
    mails: Sequence[str] = (),
    handle: str = "",
    entities: Sequence[Object] = (),
    iana_id: str = "",
    form: str = "",
    card: list[Any] | None = None,
) -> Object:
    """A person or organisation.

    Args:
        roles: ``abuse``, ``registrar``, ``registrant``, ….
        name: of the organisation.
        mails: e-mail addresses.
        handle: of the registry.
        entities: those below it.
        iana_id: a registrar's number.
        form: address of a contact page.
        card: lines of the jCard in place of the usual ones.
    """
    lines: list[Any] = [["version", {}, "text", "4.0"], ["fn", {}, "text", name]]
    lines += [["email", {}, "text", mail] for mail in mails]
    lines += [["contact-uri", {}, "uri", form]] if form else []
    made: Object = {"objectClassName": "entity", "roles": list(roles)}
    made["vcardArray"] = ["vcard", lines if card is None else card]
    made |= {"handle": handle} if handle else {}
    made |= {"entities": list(entities)} if entities else {}
    if iana_id:
        made["publicIds"] = [{"type": "IANA Registrar ID", "identifier": iana_id}]
    return made


def registrar(
    name: str, iana_id: str, *abuse_mails: str, handle: str = "", form: str = ""
) -> Object:
    """A registrar with its abuse desk below it, as the profile for top-level domains asks."""
    desk = entity("abuse", name="", mails=abuse_mails, form=form)
    below = [desk] if abuse_mails or form else []
    return entity("registrar", name=name, iana_id=iana_id, handle=handle, entities=below)


def domain(name: str, *entities: Object, related: str = "", **more: Any) -> Object:
    """A domain; ``related`` leads to the registrar's own server."""
    links = [{"rel": "self", "href": f"https://rdap.registry.little/domain/{name}"}]
    if related:
        links.append({"rel": "related", "href": related, "type": "application/rdap+json"})
    return {
        "objectClassName": "domain",
        "rdapConformance": CONFORMS,
        "ldhName": name,
        "handle": "D-1-EXAMPLE",
        "status": ["active"],
        "entities": list(entities),
        "links": links,
        **more,
    }


def network(first: str, last: str, name: str, *entities: Object, **more: Any) -> Object:
    """A network of addresses."""
    return {
        "objectClassName": "ip network",
        "rdapConformance": ["rdap_level_0"],
        "handle": f"NET-{first.replace('.', '-').replace(':', '-')}",
        "startAddress": first,
        "endAddress": last,
        "ipVersion": "v6" if ":" in first else "v4",
        "name": name,
        "entities": list(entities),
        **more,
    }


def autnum(number: int, name: str, *entities: Object, **more: Any) -> Object:
    """An AS number."""
    return {
        "objectClassName": "autnum",
        "rdapConformance": ["rdap_level_0"],
        "handle": f"AS{number}",
        "startAutnum": number,
        "endAutnum": number,
        "name": name,
        "entities": list(entities),
        **more,
    }


def not_found() -> Answer:
    return answer({"errorCode": 404, "title": "Not found"}, status=404)
