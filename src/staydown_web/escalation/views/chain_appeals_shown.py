"""Appeals of an escalation, opened for its page."""

from __future__ import annotations

from dataclasses import dataclass

from staydown_web.base.errors import SealError
from staydown_web.base.sealing import unseal_for_case
from staydown_web.escalation.models import Appeal, Escalation


@dataclass(frozen=True, slots=True)
class AppealShown:
    """One appeal and its words; empty where they were erased."""

    appeal: Appeal
    text: str


def appeals_of(escalation: Escalation) -> list[AppealShown]:
    """The appeals of an escalation, newest first."""
    rows = escalation.appeals.select_related("first_by", "second_by").order_by("-made_at")
    return [AppealShown(one, _text(one, escalation)) for one in rows]


def _text(one: Appeal, escalation: Escalation) -> str:
    if one.box is None:
        return ""
    try:
        return str(unseal_for_case(escalation.case_id, one.box, context=f"appeal:{one.pk}"))
    except SealError:
        return ""
