"""The pages of a record: what its JSON says, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from staydown_web.actions.selectors import HOLDS, POINTED_WORDS, UNFOUND, UNSEEN_THERE, Stage
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.wording import colon, listed
from staydown_web.cases.models import Case, Item, Location
from staydown_web.regimes.schemas import Regime
from staydown_web.regimes.selectors import act_by_words, open_time_words, regime
from staydown_web.reports.selectors.event_words import law_name
from staydown_web.reports.selectors.record_parts import (
    Part,
    code,
    facts_part,
    moment_words,
    outcome,
    table,
    word,
    words,
)
from staydown_web.reports.selectors.record_proofs import (
    audit_parts,
    held_parts,
    how_parts,
    proven_parts,
)
from staydown_web.review.selectors.grounds import ground_words


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
        % {"moment": moment_words(document["made_at"]), "service": document["issuer"]["name"]},
        "footer": _("Case %(number)s") % {"number": number},
        "intro": _intro(for_staff),
        "sections": [{"title": title, "parts": parts} for title, parts in _sections(facts) if parts]
        + [
            {"title": _("What this proves, and what not"), "parts": proven_parts(document)},
            {
                "title": _("How to check this record"),
                "parts": how_parts(document, digest=digest, name=name),
            },
        ],
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
        (_("The case"), [_case(facts)]),
        (_("The person who filed"), _person(facts.get("person"))),
        (_("Notices"), [part for row in facts["notices"] for part in _notice(row)]),
        (_("Pictures and videos"), [part for row in facts["items"] for part in _item(row)]),
        (_("Addresses"), _places(facts["places"])),
        (_("Held for a second reviewer"), held_parts(facts)),
        (_("Decisions"), _decisions(facts)),
        (
            _("Orders to the platform, and proof of delivery"),
            _orders(facts),
        ),
        (_("Letters"), _letters(facts["letters"])),
        (_("Uploads stopped, by week"), _weeks(facts["stopped_by_week"])),
        (_("What partners were told"), _partners(facts["partners"])),
        (_("Who was written to about the links"), _providers(facts["providers"])),
        (_("What the audit says"), audit_parts(facts)),
    ]


def _case(facts: Mapping[str, Any]) -> Part:
    case = facts["case"]
    return facts_part(
        (_("Case number"), case["number"]),
        (_("Platform"), case["platform"]),
        (_("How it began"), word(Case.Way.choices, case["way"])),
        (_("Filed by"), word(Case.ActsAs.choices, case["acts_as"])),
        (_("Filed"), moment_words(case["filed_at"])),
        (_("Complete in law"), moment_words(case["valid_at"])),
        (_act_by(facts), moment_words(case["due_at"])),
        (_("State"), word(Case.State.choices, case["state"])),
    )


def _act_by(facts: Mapping[str, Any]) -> str:
    """What stands before the nearest moment; a law of known first day that sets it counts first."""
    due_at = facts["case"]["due_at"]
    times = [(one["due_at"], row["regime"]) for row in facts["notices"] for one in row["clocks"]]
    laws = [_law(id_) for at, id_ in times if at == due_at]
    return act_by_words(
        next((law for law in laws if law and not law.is_start_open), laws[0] if laws else None)
    )


def _person(person: Mapping[str, str] | None) -> list[Part]:
    if not person:
        return []
    parts = [
        facts_part(
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
        {"kind": "heading", "text": law_name(notice["regime"])},
        facts_part(
            (_("Version of the rules"), notice["version"]),
            (_("Received"), moment_words(notice["received_at"])),
            (_("Complete in law"), moment_words(notice["valid_at"])),
            *_limits(notice),
            (
                _("Requirements met"),
                _("%(met)d of %(all)d") % {"met": met, "all": len(notice["requirements"])},
            ),
            *((_("Signed on"), moment_words(one["signed_at"])) for one in notice["signatures"]),
            (_("Signed with"), notice.get("signature", "")),
            (_("SHA-256 of the text that was signed"), code(notice["signed_text_sha256"])),
        ),
    ]
    if note := _start_note(notice["regime"]):
        parts.append(words(note))
    if notice.get("signed_text"):
        parts += [
            words(_("The text that was shown and signed:")),
            {"kind": "quote", "text": notice["signed_text"]},
        ]
    return parts


def _start_note(id_: str) -> str:
    """That a law's first day is not confirmed, as its file says first, and how its time is meant.

    Empty for any other.
    """
    law = _law(id_)
    if law is None or not (law.is_start_open and law.uncertain):
        return ""
    return f"{_(law.uncertain[0])} {open_time_words()}"


def _law(id_: str) -> Regime | None:
    try:
        return regime(id_)
    except RecordNotFoundError:
        return None


def _limits(notice: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Until when the website must act, and whether it did: of each time limit of a notice."""
    rows: list[tuple[str, str]] = []
    law = _law(notice["regime"])
    is_open = law is not None and law.is_start_open
    kept, late = ("", "") if is_open else (f" ({_('In time')})", f" ({_('Too late')})")
    for one in notice["clocks"]:
        if one.get("is_of_addition"):
            rows.append((_("For what was added on"), moment_words(one["began_at"])))
        rows.append((act_by_words(law), moment_words(one["due_at"])))
        at = moment_words(one["ended_at"])
        match one["outcome"]:
            case "kept":
                rows.append((_("The website acted or decided on"), f"{at}{kept}"))
            case "late":
                rows.append((_("Everything was settled only on"), f"{at}{late}"))
    return rows


def _item(item: Mapping[str, Any]) -> list[Part]:
    parts: list[Part] = [
        {"kind": "heading", "text": _("Item %(number)d") % {"number": item["position"]}},
        facts_part(
            (_("Kind"), {"photo": _("Picture"), "video": _("Video")}.get(item["content"], "")),
            (_("State"), _item_state(item)),
            (_("Added"), moment_words(item["added_at"])),
        ),
    ]
    for file in item["files"]:
        rows = (
            (_("File"), file.get("name", "")),
            (_("SHA-256 of the file"), code(file["sha256"])),
            (_("Commitment in the receipts"), code(file["commitment"])),
        )
        parts.append(facts_part(*rows))
    return parts


def _item_state(item: Mapping[str, Any]) -> str:
    if "hold" in item:
        return str(HOLDS[item["hold"]])
    return word([*Stage.choices, *Item.State.choices, UNFOUND], item["state"])


def _places(places: Sequence[Mapping[str, Any]]) -> list[Part]:
    if not places:
        return []
    head = [_("Address"), _("Named"), _("State"), _("Since")]
    rows = [
        [
            place["address"],
            moment_words(place["named_at"]),
            _place_state(place),
            moment_words(place["since"]),
        ]
        for place in places
    ]
    return [table(head, rows, [8, 5, 4, 5])]


def _place_state(place: Mapping[str, Any]) -> str:
    if "hold" in place:
        return str(HOLDS[place["hold"]])
    if place["state"] == Location.State.FOUND and place.get("is_at_other_address"):
        return str(POINTED_WORDS)
    kept = (Item.State.KEPT, Item.State.KEPT.label)
    return word([UNSEEN_THERE, *Stage.choices, *Location.State.choices, kept], place["state"])


def _decisions(facts: Mapping[str, Any]) -> list[Part]:
    if "decisions" in facts:
        head = [_("Task"), _("Outcome"), _("Grounds"), _("Decided"), _("In force since")]
        rows = [
            [
                one["task"],
                outcome(one["outcome"], one["grounds"]),
                listed(ground_words(one["grounds"])),
                moment_words(one["decided_at"]),
                moment_words(one["firm_at"]) or _("taken back"),
            ]
            for one in facts["decisions"]
        ]
        return [table(head, rows, [3, 3, 5, 5, 5])] if rows else []
    decided = [
        receipt["facts"] for receipt in facts["receipts"] if receipt["kind"] == "item_decided"
    ]
    head = [_("Item"), _("Decision"), _("Decided")]
    choices = [("removed", Stage.DECIDED.label), ("kept", Item.State.KEPT.label), UNFOUND]
    lost = {one["position"] for one in facts["items"] if one["state"] == UNFOUND[0]}
    rows = [
        [
            str(one["item"]),
            word(choices, UNFOUND[0] if _is_lost(one, lost) else one["outcome"]),
            moment_words(one["decided_at"]),
        ]
        for one in decided
    ]
    return [table(head, rows, [1, 2, 2])] if rows else []


def _is_lost(decided: Mapping[str, Any], lost: set[int]) -> bool:
    """A receipt says that it is not removed; the item, that nothing of it was found."""
    return decided["outcome"] == Item.State.KEPT and decided["item"] in lost


def _orders(facts: Mapping[str, Any]) -> list[Part]:
    left_out = words(
        _(
            "Only orders about what lies at the addresses that were named are listed. Orders about "
            "other uploads, such as copies that were held at upload, are not in this record."
        )
    )
    if not facts["orders"]:
        return [left_out]
    addresses = {place["id"]: place["address"] for place in facts["places"]}
    answers = {
        "waiting": _("Waiting for the platform"),
        "done": _("Done"),
        "failed": _("Could not be done"),
    }
    head = [_("Order"), _("Made"), _("Delivered or fetched"), _("Answered"), _("Answer")]
    rows = []
    for one in facts["orders"]:
        delivered = [moment_words(row["at"]) for row in one["delivered"]]
        rows.append(
            [
                f"{outcome(one['what'])}{colon()}{addresses.get(one['place'], '')}",
                moment_words(one["made_at"]),
                "\n".join(delivered) or moment_words(one["first_seen_at"]),
                moment_words(one["answered_at"]),
                answers.get(one["state"], ""),
            ]
        )
    return [table(head, rows, [6, 5, 5, 5, 3]), left_out]


def _letters(letters: Sequence[Mapping[str, Any]]) -> list[Part]:
    if not letters:
        return []
    times = ", ".join(moment_words(one["sent_at"]) for one in letters)
    return [words(_("Sent to the person who filed: %(times)s") % {"times": times})]


def _partners(told: Sequence[Mapping[str, Any]]) -> list[Part]:
    """Other websites and lists that were given the fingerprints, with the person's yes."""
    if not told:
        return []
    news = {
        "given": _("Given the fingerprints"),
        "doubted": _("Told that a decision was reversed"),
        "withdrawn": _("Asked to delete the fingerprints"),
    }
    rows = [[one["partner"], news.get(one["what"], ""), moment_words(one["at"])] for one in told]
    return [table([_("Partner"), _("What"), _("When")], rows, [4, 6, 5])]


def _providers(told: Sequence[Mapping[str, Any]]) -> list[Part]:
    """Sites, search engines and services of sites that were written to, with the person's yes."""
    if not told:
        return []
    why = {
        "first_notice": _("The notice"),
        "delisting": _("To leave the links out of the search"),
        "provider": _("Keeps the site online, pays it or sells it ads"),
    }
    states = {
        "waiting": _("Not sent yet"),
        "sent": _("Sent"),
        "delivered": _("Delivered"),
        "failed": _("Could not be delivered"),
    }
    outcomes = {
        "actioned": _("They acted"),
        "refused": _("They refused"),
        "no_answer": _("No answer in time"),
        "wrong_contact": _("Wrong contact"),
        "need_more": _("They ask for more"),
    }
    rows = [
        [
            one["to"],
            why.get(one["purpose"], ""),
            outcomes.get(one["outcome"]) or states.get(one["state"], ""),
            moment_words(one["at"]),
        ]
        for one in told
    ]
    return [table([_("To"), _("Why"), _("State"), _("When")], rows, [4, 4, 3, 4])]


def _weeks(weeks: Sequence[Mapping[str, Any]]) -> list[Part]:
    if not weeks:
        return []
    rows = [[week["week"], str(week["count"])] for week in weeks]
    return [table([_("Week from"), _("Stopped")], rows, [1, 1])]
