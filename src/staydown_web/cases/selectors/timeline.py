"""The story of a case, read from its events: what the person may see of it, and no more.

Events of copies, hits and entries are left out: they could tell where a picture was tried, which
would make the page a way to watch somebody. Those of contacts are left out too: they would tell
whoever looks over her shoulder that there is a safe contact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from staydown_web.audit.models import Event
from staydown_web.audit.selectors import case_events
from staydown_web.cases.models import Case
from staydown_web.cases.selectors.contents import MAY_BE_THERE

_OF_UPLOAD = frozenset({"places", "upload"})
"""Of which upload a statement is: what lay at her addresses, or another, without when or where."""
_NOTIFIER = "notifier"
_REVERSALS = frozenset({"reversal_told", "reversal_dropped"})
SHOWN: dict[str, frozenset[str]] = {
    "case_filed": frozenset({"way", "items", "locations"}),
    "notice_valid": frozenset({"regime", "due_at"}),
    "notice_incomplete": frozenset({"regime", "missing"}),
    "items_added": frozenset({"items", "locations"}),
    "location_found": frozenset(),
    "location_unreachable": frozenset({"reason"}),
    "location_not_found": frozenset({"reason"}),
    "location_unseen": frozenset({"reason"}),
    "location_elsewhere": frozenset(),
    "location_removed": frozenset(),
    "item_settled": frozenset({"state", "answered_at"}),
    "restore_told": frozenset(
        {"grounds", "until", "is_hidden", "is_kept", "is_upload", "is_apart", "stays_removed"}
    ),
    "restore_stopped": frozenset({"why", "by", "about"}),
    "restore_kept_off": frozenset({"grounds", "then"}),
    "statement_told": frozenset({"until", *_OF_UPLOAD}),
    "statement_allowed": _OF_UPLOAD,
    "statement_cleared": _OF_UPLOAD,
    "statement_dropped": _OF_UPLOAD,
    "uploader_told": _OF_UPLOAD,
    "complaint_filed": frozenset({"side", "by"}),
    "complaint_told": frozenset({"side", "outcome", "was", "is_kept"}),
    "reversal_told": frozenset({"is_kept", "is_apart"}),
    "reversal_dropped": frozenset(),
    "clock_paused": frozenset({"regime", "reason"}),
    "clock_resumed": frozenset({"regime", "due_at"}),
    "clock_breached": frozenset({"regime", "due_at"}),
    "message_sent": frozenset({"sender"}),
    "case_prolonged": frozenset({"until", "by"}),
    "partners_agreed": frozenset({"by"}),
    "partners_ended": frozenset({"by"}),
    "providers_agreed": frozenset({"by"}),
    "providers_ended": frozenset({"by"}),
    "withdrawal_asked": frozenset(),
    "withdrawal_cancelled": frozenset(),
    "fingerprint_deleted": frozenset({"is_watched"}),
    "case_withdrawn": frozenset(),
    "case_closed": frozenset({"reason"}),
    "case_erased": frozenset(),
}
"""Event -> the facts of it that a page may use; those that ``told_as`` names by their new names."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of a case.

    Attributes:
        at: when.
        what: name of the event, a key of ``SHOWN``.
        subject: ``<kind>:<id>`` of what it happened to.
        facts: opaque ids, states and counts, of those that may be shown.
    """

    at: datetime
    what: str
    subject: str
    facts: dict[str, Any]


def told_as(what: str, facts: Mapping[str, Any]) -> str:
    """The name by which an event is told.

    Where something may be, nothing is said to be found. What came of a reversal is told without
    who had asked for it.
    """
    if what == "location_not_found" and facts.get("reason") in MAY_BE_THERE:
        return "location_unseen"
    is_of_uploader = what == "complaint_told" and facts.get("side") != _NOTIFIER
    if not is_of_uploader:
        return what
    return "reversal_told" if facts.get("outcome") == "reversed" else "reversal_dropped"


def timeline(case: Case) -> list[Moment]:
    """The moments of a case, oldest first."""
    return [
        told_of(event)
        for event in case_events(case_id=case.pk).filter(what__in=SHOWN)
        if not is_of_uploader(event.what, event.facts)
    ]


def told_of(event: Event) -> Moment:
    """An event as she may read it, under the name by which it is told."""
    what = told_as(event.what, event.facts)
    facts = {key: value for key, value in event.facts.items() if key in SHOWN[what]}
    # The subject of a reversal would name the other side's complaint.
    subject = "" if what in _REVERSALS else event.subject
    return Moment(at=event.at, what=what, subject=subject, facts=facts)


def is_told_of(item_id: UUID, answered_at: datetime | None, moments: Iterable[Moment]) -> bool:
    """Whether she was told of the decision about an item that stands, so that she can answer.

    Args:
        item_id: of the item.
        answered_at: when that decision was made; None where none stands.
        moments: of its case.
    """
    subject = f"item:{item_id}"
    told = [one.at for one in moments if one.subject == subject and one.what == "restore_told"]
    return answered_at is not None and any(at >= answered_at for at in told)


def is_of_uploader(what: str, facts: Mapping[str, Any]) -> bool:
    """That the other side complained, and that nothing came of it: ADR-0054.

    That a decision was reversed by it she is told, as a ``reversal_told``; and that one of which
    she was told before is not, as a ``reversal_dropped``.
    """
    if facts.get("side") == _NOTIFIER:
        return False
    is_hers = facts.get("outcome") == "reversed" or facts.get("was_heard")
    return what == "complaint_filed" or (what == "complaint_told" and not is_hers)
