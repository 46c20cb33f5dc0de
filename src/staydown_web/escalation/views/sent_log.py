"""How a report was delivered: every try and every answer of the other side, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from staydown_web.audit.models import Event
from staydown_web.escalation.models import Report


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened to a report; ``code`` where it failed."""

    at: datetime
    words: str
    code: str = ""


def log_of(report: Report, events: Sequence[Event]) -> list[Line]:
    """What happened to a report, oldest first.

    Args:
        report: the report.
        events: of the audit about it, oldest first.
    """
    names = event_words()
    lines = [
        Line(one.at, names[one.what], str(one.facts.get("reason") or ""))
        for one in events
        if one.what in names
    ]
    if not any(one.what == "report_made" for one in events):
        lines.insert(0, Line(report.made_at, names["report_made"]))
    if report.sent_at and not any(one.what == "report_sent" for one in events):
        lines.append(Line(report.sent_at, names["report_sent"]))
    if report.delivered_at and not any(one.what == "report_delivered" for one in events):
        lines.append(Line(report.delivered_at, names["report_delivered"]))
    return sorted(lines, key=lambda line: line.at)


def event_words() -> dict[str, str]:
    """Names of events about reports -> words."""
    return {
        "report_made": _("Made"),
        "report_signed": _("Signed"),
        "signature_undone": _("A signature was taken back"),
        "report_sent_back": _("Sent back by a reviewer"),
        "report_sent": _("Left"),
        "report_delivered": _("The other side took it"),
        "report_bounced": _("It came back"),
        "report_handed_over": _("Given to a person to send"),
        "report_replayed": _("It is sent again"),
        "notice_timed": _("The time of the site began"),
        "notice_reopened": _("Its links wait to be written about again"),
        "report_given_up": _("It could not be delivered"),
        "report_pasted": _("A person sent it by hand"),
        "report_cancelled": _("It does not leave"),
        "reply_received": _("An answer came"),
        "reply_read": _("An answer was read"),
        "outcome_recorded": _("What came of it was recorded"),
    }
