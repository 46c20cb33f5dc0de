"""The last pages of a record: the audit in words, what is proven, how to check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.actions.selectors import UNFOUND
from staydown_web.base.wording import listed
from staydown_web.reports.selectors.event_words import event_words
from staydown_web.reports.selectors.record_parts import (
    Part,
    code,
    facts_part,
    moment_words,
    table,
    words,
)


def audit_parts(facts: Mapping[str, Any]) -> list[Part]:
    """The events of the case, those that people understand one by one and the others counted."""
    told = [_told(event, facts) for event in facts["audit"]["events"]]
    rows = [row for row in told if row is not None]
    if not told:
        return []
    text = _(
        "Each event stands in a chain that can only grow, under a signature made at the time. The "
        "file record.json holds the proof for each of them."
    )
    parts = [words(text), table([_("Number"), _("When"), _("What")], rows, [1, 3, 5])]
    more = len(told) - len(rows)
    if more:
        counted = ngettext(
            "%(n)d more event is about the work inside the service; record.json names it.",
            "%(n)d more events are about the work inside the service; record.json names them.",
            more,
        )
        parts.append(words(counted % {"n": more}))
    return parts


def held_parts(facts: Mapping[str, Any]) -> list[Part]:
    """What was held until a second reviewer had decided; none where nothing was."""
    rows = [
        [
            moment_words(one["at"]),
            str(event_words(one["what"], {}, item=_item(f"item:{one['item']}", facts["items"]))),
        ]
        for one in facts.get("holds", [])
    ]
    return [table([_("When"), _("What")], rows, [3, 5])] if rows else []


def proven_parts(document: Mapping[str, Any]) -> list[Part]:
    """What a reader may conclude, and what not."""
    return [
        words(
            _(
                "%(service)s signed what stands here, and a change of a single letter would show. "
                "Times are those of its own clock, unless an authority has stamped them."
            )
            % {"service": document["issuer"]["name"]}
        ),
        words(
            _(
                "It is not proven that what people stated is true: only that they stated it, and "
                "when. It is not proven either that nothing else happened."
            )
        ),
    ]


def how_parts(document: Mapping[str, Any], *, digest: str, name: str) -> list[Part]:
    """How somebody checks it who does not trust the file.

    Args:
        document: the signed record.
        digest: SHA-256 of its file, 64 hex digits.
        name: of the ZIP.
    """
    url = str(document["issuer"]["url"])
    return [
        words(
            _(
                "This document came in a ZIP file. Keep that file as it is. With the free program "
                "Staydown, anybody can check it without a network."
            )
        ),
        words(
            _(
                "First get the public key from the service itself, at the address below, or use a "
                "receipt that you got from it earlier. A key that came with the file proves "
                "nothing: whoever made a false file could have made that key too."
            )
        ),
        facts_part(
            (_("The key is published at"), f"{url}/key/"),
            (_("Fingerprint of the key"), code(document["key"]["fingerprint"])),
            (_("Signed on"), moment_words(document["made_at"])),
            (_("SHA-256 of record.json"), code(digest)),
            (_("To install"), code("pip install 'staydown[verify]'")),
            (_("Command"), code(f"staydown verify {name} --key key.pem")),
        ),
        words(
            _(
                "Compare the fingerprint with one that you got from the service in another way. "
                "Signs such as [U+4F60] stand for letters that this document cannot show; "
                "record.json holds them as they were written."
            )
        ),
    ]


def _told(event: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str] | None:
    """A row of the table; None for an event that is about the service's own work."""
    if "fields" in event:
        _seq, at, what, _actor, _case, subject, said, *_rest = event["fields"]
    else:
        at, what, subject, said = (event[key] for key in ("at", "what", "subject", "facts"))
    text = event_words(
        what,
        {**said, **_as_it_stands(subject, facts)},
        item=_item(subject, facts["items"]) or _about(said, facts["items"]),
        place=_place(subject, facts["places"]),
    )
    if text is None:
        return None
    where = _upload(event, facts["places"])
    return [str(event["seq"]), moment_words(at), f"{text} ({where})" if where else text]


def _upload(event: Mapping[str, Any], places: Sequence[Mapping[str, Any]]) -> str:
    """Which upload an event is about; empty where it is about none, or that is not known."""
    if "places" not in event:
        return ""
    named = [place["address"] for place in places if place["id"] in event["places"]]
    return listed(named) or _("another upload, at no address that was named")


def _as_it_stands(subject: str, facts: Mapping[str, Any]) -> dict[str, bool]:
    """What an event does not say itself: that nothing was found, or that it lies elsewhere."""
    lost = {f"item:{one['id']}" for one in facts["items"] if one["state"] == UNFOUND[0]}
    pointed = {f"location:{one['id']}" for one in facts["places"] if one.get("is_at_other_address")}
    alone = {f"location:{one['id']}" for one in facts["places"] if one.get("is_address_alone")}
    is_link = subject in alone
    return {"is_unfound": subject in lost, "is_pointed": subject in pointed, "is_link": is_link}


def _item(subject: str, items: Sequence[Mapping[str, Any]]) -> str:
    positions = {f"item:{item['id']}": item["position"] for item in items}
    number = positions.get(subject)
    return _("Item %(number)d") % {"number": number} if number else ""


def _about(said: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> str:
    """The items of a decision that an event is about; empty where it names none."""
    named = [_item(f"item:{pk}", items) for pk in said.get("about", ())]
    return listed(filter(None, named))


def _place(subject: str, places: Sequence[Mapping[str, Any]]) -> str:
    addresses = {f"location:{place['id']}": place["address"] for place in places}
    return urlsplit(addresses.get(subject, "")).hostname or ""
