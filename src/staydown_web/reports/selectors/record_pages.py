"""The pages of a record: what its JSON says, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from staydown_web.base.errors import RecordNotFoundError
from staydown_web.cases.models import Case, Item, Location
from staydown_web.regimes.selectors import regime
from staydown_web.review.selectors.grounds import ground_words

Part = dict[str, Any]


def record_pages(document: Mapping[str, Any], *, digest: str, for_staff: bool) -> dict[str, Any]:
    """What the template ``record.typ`` shows.

    Args:
        document: the signed record.
        digest: SHA-256 of its file, 64 hex digits.
        for_staff: for an export by two people.
    """
    facts = document["facts"]
    number = facts["case"]["number"]
    name = "record.zip" if for_staff else "notes.zip"
    return {
        "lang": get_language() or "en",
        "title": _("Record of case %(number)s") % {"number": number},
        "author": document["issuer"]["name"],
        "subtitle": _("Made on %(moment)s by %(service)s")
        % {"moment": _moment(document["made_at"]), "service": document["issuer"]["name"]},
        "footer": _("Case %(number)s") % {"number": number},
        "intro": _intro(for_staff),
        "sections": [{"title": title, "parts": parts} for title, parts in _sections(facts) if parts]
        + [{"title": _("How to check this record"), "parts": _how(document, digest, name)}],
    }


def _intro(for_staff: bool) -> list[str]:  # noqa: FBT001 - private
    first = _(
        "This record says what was reported, when, and what was done. It holds no picture and "
        "no video, and nothing from which one could be made or searched for. All times are UTC."
    )
    if for_staff:
        return [
            first,
            _(
                "It does not say who filed the notice or what they wrote. Two members of staff "
                "agreed to its making."
            ),
        ]
    return [first]


def _sections(facts: Mapping[str, Any]) -> list[tuple[str, list[Part]]]:
    return [
        (_("The case"), [_case(facts["case"])]),
        (_("The person who filed"), _person(facts.get("person"))),
        (_("Notices"), [part for row in facts["notices"] for part in _notice(row)]),
        (_("Pictures and videos"), [part for row in facts["items"] for part in _item(row)]),
        (_("Addresses"), _places(facts["places"])),
        (_("Decisions"), _decisions(facts)),
        (_("Orders to the platform, and proof of delivery"), _orders(facts["orders"])),
        (_("Letters"), _letters(facts["letters"])),
        (_("Uploads stopped, by week"), _weeks(facts["stopped_by_week"])),
        (_("What the audit says"), _audit(facts["audit"])),
    ]


def _case(case: Mapping[str, Any]) -> Part:
    return _facts(
        (_("Case number"), case["number"]),
        (_("Platform"), case["platform"]),
        (_("How it began"), _word(Case.Way.choices, case["way"])),
        (_("Filed by"), _word(Case.ActsAs.choices, case["acts_as"])),
        (_("Filed"), _moment(case["filed_at"])),
        (_("Complete in law"), _moment(case["valid_at"])),
        (_("Must be answered by"), _moment(case["due_at"])),
        (_("State"), _word(Case.State.choices, case["state"])),
    )


def _person(person: Mapping[str, str] | None) -> list[Part]:
    if not person:
        return []
    parts = [
        _facts(
            (_("Name"), person["name"]),
            (_("Email"), person["email"]),
            (_("Phone"), person["phone"]),
            (_("By what right"), person["authority"]),
            (_("Where it is"), person["place"]),
        )
    ]
    if person["statement"]:
        parts += [
            {"kind": "heading", "text": _("In their words")},
            {"kind": "quote", "text": person["statement"]},
        ]
    return parts


def _notice(notice: Mapping[str, Any]) -> list[Part]:
    met = sum(one["is_met"] for one in notice["requirements"])
    parts: list[Part] = [
        {"kind": "heading", "text": _law(notice["regime"])},
        _facts(
            (_("Version of the rules"), notice["version"]),
            (_("Received"), _moment(notice["received_at"])),
            (_("Complete in law"), _moment(notice["valid_at"])),
            (_("Must be answered by"), _moment(notice["due_at"])),
            (
                _("Requirements met"),
                _("%(met)d of %(all)d") % {"met": met, "all": len(notice["requirements"])},
            ),
            (_("Signed with"), notice.get("signature", "")),
            (_("SHA-256 of the text that was signed"), _code(notice["signed_text_sha256"])),
        ),
    ]
    if notice.get("signed_text"):
        parts += [
            {"kind": "text", "text": _("The text that was shown and signed:")},
            {"kind": "quote", "text": notice["signed_text"]},
        ]
    return parts


def _item(item: Mapping[str, Any]) -> list[Part]:
    parts: list[Part] = [
        {"kind": "heading", "text": _("Item %(number)d") % {"number": item["position"]}},
        _facts(
            (_("Kind"), {"photo": _("Photo"), "video": _("Video")}.get(item["content"], "")),
            (_("State"), _word(Item.State.choices, item["state"])),
            (_("Added"), _moment(item["added_at"])),
        ),
    ]
    for file in item["files"]:
        rows = (
            (_("File"), file.get("name", "")),
            (_("SHA-256 of the file"), _code(file["sha256"])),
            (_("Commitment in the receipts"), _code(file["commitment"])),
        )
        parts.append(_facts(*rows))
    return parts


def _places(places: Sequence[Mapping[str, Any]]) -> list[Part]:
    if not places:
        return []
    head = [_("Address"), _("Named"), _("State"), _("Since")]
    rows = [
        [
            place["address"],
            _moment(place["named_at"]),
            _word(Location.State.choices, place["state"]),
            _moment(place["since"]),
        ]
        for place in places
    ]
    return [_table(head, rows, [5, 2, 2, 2])]


def _decisions(facts: Mapping[str, Any]) -> list[Part]:
    if "decisions" in facts:
        head = [_("Task"), _("Outcome"), _("Grounds"), _("Decided"), _("Carried out")]
        rows = [
            [
                one["task"],
                _outcome(one["outcome"]),
                "; ".join(ground_words(one["grounds"])),
                _moment(one["decided_at"]),
                _moment(one["firm_at"]) or _("taken back"),
            ]
            for one in facts["decisions"]
        ]
        return [_table(head, rows, [2, 2, 3, 2, 2])] if rows else []
    decided = [
        receipt["facts"] for receipt in facts["receipts"] if receipt["kind"] == "item_decided"
    ]
    head = [_("Item"), _("Outcome"), _("Decided")]
    rows = [
        [
            str(one["item"]),
            _word(Item.State.choices, one["outcome"]),
            _moment(one["decided_at"]),
        ]
        for one in decided
    ]
    return [_table(head, rows, [1, 2, 2])] if rows else []


def _orders(orders: Sequence[Mapping[str, Any]]) -> list[Part]:
    if not orders:
        return []
    head = [_("Order"), _("Made"), _("Delivered or fetched"), _("Answered"), _("Answer")]
    rows = []
    for one in orders:
        delivered = [_moment(row["at"]) for row in one["delivered"]]
        rows.append(
            [
                _outcome(one["what"]),
                _moment(one["made_at"]),
                "\n".join(delivered) or _moment(one["first_seen_at"]),
                _moment(one["answered_at"]),
                {"done": _("Done"), "failed": _("Could not be done")}.get(one["state"], ""),
            ]
        )
    return [_table(head, rows, [2, 3, 3, 3, 2])]


def _letters(letters: Sequence[Mapping[str, Any]]) -> list[Part]:
    if not letters:
        return []
    times = ", ".join(_moment(one["sent_at"]) for one in letters)
    return [
        {"kind": "text", "text": _("Sent to the person who filed: %(times)s") % {"times": times}}
    ]


def _weeks(weeks: Sequence[Mapping[str, Any]]) -> list[Part]:
    if not weeks:
        return []
    rows = [[week["week"], str(week["count"])] for week in weeks]
    return [_table([_("Week from"), _("Stopped")], rows, [1, 1])]


def _audit(audit: Mapping[str, Any]) -> list[Part]:
    if not audit["events"]:
        return []
    rows = [
        [
            str(event["seq"]),
            _moment(event["fields"][1] if "fields" in event else event["at"]),
            event["fields"][2] if "fields" in event else event["what"],
        ]
        for event in audit["events"]
    ]
    text = _(
        "Each event stands in a chain that can only grow, under a signature made at the time. The "
        "file record.json holds the proof for each of them."
    )
    return [
        {"kind": "text", "text": text},
        _table([_("Number"), _("When"), _("What")], rows, [1, 3, 4]),
    ]


def _how(document: Mapping[str, Any], digest: str, name: str) -> list[Part]:
    return [
        {
            "kind": "text",
            "text": _(
                "This document came in a ZIP file with record.json, contents.json and key.pem. "
                "Keep them together and unchanged. With the free program Staydown, anybody can "
                "check them without a network:"
            ),
        },
        _facts(
            (_("Command"), {"code": f"staydown verify {name} --key key.pem"}),
            (_("SHA-256 of record.json"), _code(digest)),
            (_("Fingerprint of the key"), _code(document["key"]["fingerprint"])),
            (_("The key is published at"), f"{document['issuer']['url']}/key/"),
        ),
        {
            "kind": "text",
            "text": _(
                "Compare the fingerprint with one that you got from the service in another way. "
                "Signs such as [U+4F60] stand for letters that this document cannot show; "
                "record.json holds them as they were written."
            ),
        },
    ]


def _facts(*rows: tuple[str, Any]) -> Part:
    """Names and values; those without a value are left out."""
    return {"kind": "facts", "rows": [[name, value] for name, value in rows if value]}


def _table(head: list[str], rows: list[list[str]], widths: list[int]) -> Part:
    return {"kind": "table", "head": head, "rows": rows, "widths": widths}


def _code(text: str) -> dict[str, str] | str:
    return {"code": text} if text else ""


def _word(choices: Sequence[tuple[str, Any]], value: str) -> str:
    return str(dict(choices).get(value, value))


def _outcome(what: str) -> str:
    return {
        "remove": _("Remove"),
        "hold": _("Hold"),
        "block": _("Block"),
        "restore": _("Restore"),
    }.get(what, what)


def _law(id_: str) -> str:
    try:
        return _(regime(id_).short_title)
    except RecordNotFoundError:
        return id_


def _moment(text: str | None) -> str:
    if not text:
        return ""
    # To the second and alike in every language: a court compares it with other records.
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"
