"""What a signed document says, as names and values for people.

Whoever made a document chose what stands in it: nothing here relies on a shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

Row = tuple[str, str]

_OUTCOMES = {
    "remove": "remove and keep down",
    "hold": "hold until a person has decided",
    "block": "block",
    "restore": "restore",
}
_DECISIONS = {"removed": "to be removed", "kept": "not removed"}
_ANSWERS = {
    "waiting": "none yet",
    "done": "done",
    "failed": "could not be done",
    "cancelled": "taken back before it was sent",
}


_OPEN_START = "not confirmed; times count as if the duty had begun, and it may begin later"


def summary_of(document: Mapping[str, Any]) -> list[Row]:
    """What a document says; empty for kinds that say nothing to people."""
    facts = document["facts"]
    read = _READERS.get(str(document["kind"]))
    return [(name, value) for name, value in read(facts) if value] if read else []


def moment_words(value: Any) -> str:
    """A moment of a document as people read it, to the second, in UTC; empty for none."""
    if not isinstance(value, str) or not value:
        return ""
    try:
        return f"{datetime.strptime(value, '%Y-%m-%dT%H:%M:%SZ'):%Y-%m-%d %H:%M:%S} UTC"  # noqa: DTZ007 - UTC by its Z
    except ValueError:
        return value


def case_number(document: Mapping[str, Any]) -> str:
    """The number of the case that a document is about; empty for none."""
    named = document["facts"].get("case")
    return _text(named.get("number")) if isinstance(named, dict) else _text(named)


def laws_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The laws under which a notice came, as rows for machines."""
    names = ("regime", "law", "version", "received_at", "valid_at", "due_at")
    return [
        {name: row.get(name) for name in names} for row in _rows(document["facts"].get("notices"))
    ]


def _notice(facts: Mapping[str, Any]) -> list[Row]:
    return [
        ("Case", _text(facts.get("case"))),
        ("Filed", moment_words(facts.get("filed_at"))),
        *_laws(facts),
        ("Files named", _count(facts.get("files"))),
        ("Addresses named", _text(facts.get("addresses"))),
    ]


def _addition(facts: Mapping[str, Any]) -> list[Row]:
    return [
        ("Case", _text(facts.get("case"))),
        ("Filed", moment_words(facts.get("filed_at"))),
        ("Added", moment_words(facts.get("added_at"))),
        *_laws(facts),
        ("Files added", _count(facts.get("files"))),
        ("Addresses added", _text(facts.get("addresses"))),
    ]


def _laws(facts: Mapping[str, Any]) -> list[Row]:
    rows: list[Row] = []
    for notice in _rows(facts.get("notices")):
        name, version = _text(notice.get("regime")), _text(notice.get("version"))
        rows.append(("Law", f"{_text(notice.get('law')) or name} (rules {name}, {version})"))
        valid = moment_words(notice.get("valid_at"))
        rows.append(("  complete in law", valid or "no: something was still missing"))
        if notice.get("is_start_open") is True:
            rows.append(("  first day", _OPEN_START))
        rows += _limits(notice)
    return rows


def _limits(notice: Mapping[str, Any]) -> list[Row]:
    """Each time limit: what she added later has one of its own, and the earlier ones stay."""
    clocks = _rows(notice.get("clocks"))
    if not clocks:
        return [("  website must act by", moment_words(notice.get("due_at")))]
    is_open = notice.get("is_start_open") is True
    kept, late = ("", "") if is_open else (" (in time)", " (too late)")
    rows: list[Row] = []
    for clock in clocks:
        due, began = moment_words(clock.get("due_at")), moment_words(clock.get("began_at"))
        rows.append(("  website must act by", f"{due} (counted from {began})" if due else ""))
        ended = moment_words(clock.get("ended_at"))
        match _text(clock.get("outcome")):
            case "kept":
                rows.append(("  acted or decided on", f"{ended}{kept}"))
            case "late":
                rows.append(("  settled only on", f"{ended}{late}"))
    return rows


def _item(facts: Mapping[str, Any]) -> list[Row]:
    content = {"photo": "picture", "video": "video"}.get(_text(facts.get("content")), "")
    return [
        ("Case", _text(facts.get("case"))),
        ("Item", f"{_text(facts.get('item'))} {content}".strip()),
        ("Decision", _word(_DECISIONS, facts.get("outcome"))),
        ("Decided", moment_words(facts.get("decided_at"))),
    ]


def _withdrawal(facts: Mapping[str, Any]) -> list[Row]:
    return [
        ("Case", _text(facts.get("case"))),
        ("Taken back", moment_words(facts.get("asked_at"))),
    ]


def _decision(facts: Mapping[str, Any]) -> list[Row]:
    return [
        ("Decision", _text(facts.get("decision"))),
        ("Task", _text(facts.get("task"))),
        ("Outcome", _word(_OUTCOMES, facts.get("outcome"))),
        ("Grounds", "; ".join(_texts(facts.get("grounds_in_words") or facts.get("grounds")))),
        ("Decided", moment_words(facts.get("decided_at"))),
        ("In force since", moment_words(facts.get("firm_at"))),
        ("Taken back", moment_words(facts.get("taken_back_at"))),
    ]


def _order(facts: Mapping[str, Any]) -> list[Row]:
    delivered = [moment_words(row.get("at")) for row in _rows(facts.get("delivered"))]
    return [
        ("Platform", _text(facts.get("platform"))),
        ("Order", f"{_text(facts.get('number'))} ({_text(facts.get('order'))})"),
        ("To", _word(_OUTCOMES, facts.get("what"))),
        ("Content", _text(facts.get("content_ref"))),
        ("Made", moment_words(facts.get("made_at"))),
        ("Delivered", ", ".join(delivered) or moment_words(facts.get("first_seen_at"))),
        ("Answer", _word(_ANSWERS, facts.get("state"))),
        ("Answered", moment_words(facts.get("answered_at"))),
    ]


def _record(facts: Mapping[str, Any]) -> list[Row]:
    case = facts.get("case")
    case = case if isinstance(case, dict) else {}
    return [
        ("Case", _text(case.get("number"))),
        ("Platform", _text(case.get("platform"))),
        ("Filed", moment_words(case.get("filed_at"))),
        *_laws(facts),
        ("Pictures and videos", _count(facts.get("items"))),
        ("Addresses", _count(facts.get("places"))),
        ("Orders to platforms", _count(facts.get("orders"))),
        ("Letters", _count(facts.get("letters"))),
    ]


def _key_changed(facts: Mapping[str, Any]) -> list[Row]:
    return [
        ("Key before", _text(facts.get("old"))),
        ("Key since", _text(facts.get("new"))),
        ("Changed", moment_words(facts.get("changed_at"))),
    ]


_READERS: Mapping[str, Callable[[Mapping[str, Any]], list[Row]]] = {
    "notice_received": _notice,
    "addition_received": _addition,
    "item_decided": _item,
    "withdrawal_asked": _withdrawal,
    "decision_made": _decision,
    "order_made": _order,
    "order_answered": _order,
    "case_record": _record,
    "key_changed": _key_changed,
}


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _texts(value: Any) -> list[str]:
    return [_text(one) for one in value] if isinstance(value, list) else []


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _count(value: Any) -> str:
    return str(len(value)) if isinstance(value, list) else ""


def _word(words: Mapping[str, str], value: Any) -> str:
    return words.get(_text(value), _text(value))
