"""What came back, opened for a page."""

from __future__ import annotations

from dataclasses import dataclass

from staydown_web.base.errors import SealError
from staydown_web.base.sealing import unseal_for_case
from staydown_web.escalation.models import Reply, Report


@dataclass(frozen=True, slots=True)
class Shown:
    """One reply and its text; empty where it was erased."""

    reply: Reply
    text: str


def replies_shown(report: Report) -> list[Shown]:
    """The replies to a report, newest first, as plain text."""
    replies = sorted(report.replies.all(), key=lambda one: one.at, reverse=True)
    return [Shown(one, text_of(one, report)) for one in replies]


def text_of(reply: Reply, report: Report) -> str:
    """The words of a reply; empty where its case was erased."""
    if reply.box is None:
        return ""
    try:
        held = unseal_for_case(report.case_id, reply.box, context=f"reply:{reply.pk}")
    except SealError:
        return ""
    return str(held.get("text", "")) if isinstance(held, dict) else str(held)
