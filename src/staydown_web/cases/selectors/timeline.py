"""The story of a case, read from its events: what the person may see of it, and no more.

Events of copies, hits and entries are left out: they could tell where a picture was tried, which
would make the page a way to watch somebody. Those of contacts are left out too: they would tell
whoever looks over her shoulder that there is a safe contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from staydown_web.audit.selectors import case_events
from staydown_web.cases.models import Case

SHOWN: dict[str, frozenset[str]] = {
    "case_filed": frozenset({"way", "items", "locations"}),
    "notice_valid": frozenset({"regime", "due_at"}),
    "notice_incomplete": frozenset({"regime", "missing"}),
    "items_added": frozenset({"items", "locations"}),
    "location_found": frozenset(),
    "location_unreachable": frozenset({"reason"}),
    "location_not_found": frozenset({"reason"}),
    "location_elsewhere": frozenset(),
    "location_removed": frozenset(),
    "item_settled": frozenset({"state", "answered_at"}),
    "restore_told": frozenset({"grounds", "until", "is_hidden"}),
    "restore_stopped": frozenset({"why", "by"}),
    "statement_told": frozenset({"until"}),
    "statement_allowed": frozenset(),
    "statement_cleared": frozenset(),
    "statement_dropped": frozenset(),
    "uploader_told": frozenset(),
    "complaint_filed": frozenset({"side", "by"}),
    "complaint_told": frozenset({"side", "outcome", "was"}),
    "clock_paused": frozenset({"regime", "reason"}),
    "clock_resumed": frozenset({"regime", "due_at"}),
    "clock_breached": frozenset({"regime", "due_at"}),
    "message_sent": frozenset({"sender"}),
    "case_prolonged": frozenset({"until"}),
    "partners_agreed": frozenset(),
    "partners_ended": frozenset(),
    "providers_agreed": frozenset(),
    "providers_ended": frozenset(),
    "withdrawal_asked": frozenset(),
    "case_withdrawn": frozenset(),
    "case_closed": frozenset({"reason"}),
    "case_erased": frozenset(),
}
"""Event -> the facts of it that a page may use."""


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


def timeline(case: Case) -> list[Moment]:
    """The moments of a case, oldest first."""
    return [
        Moment(
            at=event.at,
            what=event.what,
            subject=event.subject,
            facts={key: value for key, value in event.facts.items() if key in SHOWN[event.what]},
        )
        for event in case_events(case_id=case.pk).filter(what__in=SHOWN)
        if not _is_of_uploader(event.what, event.facts)
    ]


def _is_of_uploader(what: str, facts: dict[str, Any]) -> bool:
    """That somebody else complained; what came of it she is told (``complaint_told``)."""
    return what == "complaint_filed" and facts.get("side") != "notifier"
