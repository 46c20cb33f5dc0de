"""What an RDAP answer says, whatever its shape: names, numbers, and where to report abuse.

Source: RFC 9083 (objects), RFC 7095 (jCard), RFC 9553 (JSContact), RFC 9537 (what was redacted).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MOST_ENTITIES = 60
_DEPTH = 4
_MOST_MAILS = 8
_LONGEST_NAME = 120
_DIGITS = re.compile(r"\d{1,10}")


@dataclass(frozen=True, slots=True)
class Entity:
    """A person or organisation in an answer, with those below it.

    Attributes:
        roles: lower case.
        handle: of the registry.
        name: of the organisation, else of whoever it is.
        mails: e-mail addresses as published.
        forms: http(s) addresses of contact pages (``contact-uri``).
        iana_id: number of a registrar; empty where there is none.
        path: roles from the outermost to this one, as ``registrar > abuse``.
    """

    roles: frozenset[str]
    handle: str
    name: str
    mails: tuple[str, ...]
    forms: tuple[str, ...]
    iana_id: str
    path: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One object of RDAP.

    Attributes:
        kind: ``domain``, ``ip network``, ``autnum``, or empty where it does not say.
        handle: of the registry.
        name: of a network or an AS number.
        entities: outer ones before those below them.
        origins: AS numbers that the registry says announce a network.
        related: an address with more (a registrar's own server).
    """

    kind: str
    handle: str
    name: str
    entities: tuple[Entity, ...]
    origins: tuple[int, ...]
    related: str

    def of_role(self, role: str) -> list[Entity]:
        """Entities of a role."""
        return [entity for entity in self.entities if role in entity.roles]


def read_answer(body: bytes) -> Answer | None:
    """An RDAP answer; None where it is none. Never raises for what it holds."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or "errorCode" in found:
        return None
    kind = _text(found.get("objectClassName"))
    if kind and kind not in {"domain", "ip network", "autnum"}:
        return None
    entities = tuple(_entities(found, (), [_MOST_ENTITIES]))
    return Answer(
        kind=kind,
        handle=_text(found.get("handle"))[:80],
        name=_text(found.get("name"))[:_LONGEST_NAME],
        entities=entities,
        origins=tuple(_origins(found)),
        related=_related(found),
    )


def _entities(holder: dict[str, Any], above: tuple[str, ...], left: list[int]) -> Iterator[Entity]:
    for found in _list(holder.get("entities")):
        if not isinstance(found, dict) or left[0] <= 0:
            continue
        left[0] -= 1
        roles = [_text(role).lower()[:30] for role in _list(found.get("roles"))][:8]
        path = (*above, "+".join(roles) or "entity")
        yield Entity(
            roles=frozenset(roles),
            handle=_text(found.get("handle"))[:80],
            name=_name(found)[:_LONGEST_NAME],
            mails=tuple(dict.fromkeys(_mails(found)))[:_MOST_MAILS],
            forms=tuple(_forms(found))[:2],
            iana_id=_iana_id(found),
            path=" > ".join(path)[:120],
        )
        if len(above) + 1 < _DEPTH:
            yield from _entities(found, path, left)


def _card(found: dict[str, Any]) -> list[list[Any]]:
    """The lines of a jCard: ``[name, parameters, type, value…]``."""
    match found.get("vcardArray"):
        case ["vcard", [*lines]]:
            return [line for line in lines[:200] if isinstance(line, list) and len(line) >= 4]
    return []


def _jscard(found: dict[str, Any]) -> dict[str, Any]:
    for key in ("jscard", "jscontact_card"):
        if isinstance(card := found.get(key), dict):
            return card
    return {}


def _name(found: dict[str, Any]) -> str:
    names = {"org": "", "fn": ""}
    for line in _card(found):
        key = _text(line[0]).lower()
        if key in names and not names[key]:
            value = line[3]
            names[key] = _text(value[0] if isinstance(value, list) and value else value)
    card = _jscard(found)
    for organisation in _values(card.get("organizations")):
        names["org"] = names["org"] or _text(organisation.get("name"))
    if isinstance(full := card.get("name"), dict):
        names["fn"] = names["fn"] or _text(full.get("full"))
    return names["org"] or names["fn"]


def _mails(found: dict[str, Any]) -> Iterator[str]:
    for line in _card(found):
        if _text(line[0]).lower() == "email":
            for value in line[3:6]:
                yield from (_text(v) for v in (value if isinstance(value, list) else [value]) if v)
    for mail in _values(_jscard(found).get("emails")):
        if address := _text(mail.get("address")):
            yield address


def _forms(found: dict[str, Any]) -> Iterator[str]:
    for line in _card(found):
        key = _text(line[0]).lower()
        value = _text(line[3])
        if key == "contact-uri" and value.startswith(("https://", "http://")):
            yield value[:400]
    for link in _values(_jscard(found).get("links")):
        value = _text(link.get("uri"))
        if _text(link.get("kind")) == "contact" and value.startswith("https://"):
            yield value[:400]


def _iana_id(found: dict[str, Any]) -> str:
    for public in _list(found.get("publicIds")):
        if isinstance(public, dict) and "iana" in _text(public.get("type")).lower():
            digits = _DIGITS.fullmatch(_text(public.get("identifier")))
            return digits.group() if digits else ""
    return ""


def _origins(found: dict[str, Any]) -> Iterator[int]:
    if found.get("objectClassName") == "autnum":
        first = found.get("startAutnum")
        if isinstance(first, int) and not isinstance(first, bool):
            yield first
    for number in _list(found.get("arin_originas0_originautnums"))[:4]:
        if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 1 << 32:
            yield number


def _related(found: dict[str, Any]) -> str:
    for link in _list(found.get("links")):
        if isinstance(link, dict) and _text(link.get("rel")) == "related":
            url = _text(link.get("href"))
            if "rdap" in _text(link.get("type")) and url.startswith("https://"):
                return url[:500]
    return ""


def _values(found: Any) -> list[dict[str, Any]]:
    rows = list(found.values())[:20] if isinstance(found, dict) else _list(found)
    return [row for row in rows if isinstance(row, dict)]


def _list(found: Any) -> list[Any]:
    return found[:100] if isinstance(found, list) else []


def _text(found: Any) -> str:
    if not isinstance(found, str):
        return str(found) if isinstance(found, int) and not isinstance(found, bool) else ""
    return "".join(char for char in found[:1_000] if char.isprintable()).strip()
