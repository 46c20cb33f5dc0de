"""Records that somebody asked to hand out, and how far that got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from staydown_web.accounts.models import Approval, User

CASE_EXPORT = "case_export"
"""The kind of approval that it takes."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Export:
    """One request of one's own.

    Attributes:
        approval: the request.
        number: of the case.
        state: of ``Approval.State``; lapsed where its time is over.
        can_be_taken: granted, and not taken yet.
    """

    approval: Approval
    number: str
    state: str
    can_be_taken: bool


def exports_of(*, user: User, now: datetime) -> list[Export]:
    """The last requests of one member of staff, newest first."""
    asked = Approval.objects.filter(what=CASE_EXPORT, asked_by=user).order_by("-asked_at")
    return [_export(approval, now) for approval in asked[:_SHOWN]]


def _export(approval: Approval, now: datetime) -> Export:
    is_open = approval.state in {Approval.State.ASKED, Approval.State.GRANTED}
    is_lapsed = is_open and approval.expires_at <= now
    state = Approval.State.LAPSED if is_lapsed else Approval.State(approval.state)
    return Export(
        approval=approval,
        number=str(approval.facts.get("number", "")),
        state=str(state.label),
        can_be_taken=state == Approval.State.GRANTED,
    )
