"""The steps of an escalation, for the table under its chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from staydown_web.escalation.chain import Role
from staydown_web.escalation.selectors.policy_steps import StepRow


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step: ``words`` names the services that it tells."""

    number: int
    words: str
    state: str
    due_at: datetime | None
    why_not: str


def steps_shown(steps: Sequence[StepRow]) -> list[StepShown]:
    """The numbered steps, in words."""
    return [
        StepShown(
            number=one.number,
            words=", ".join(str(Role(role).label) for role in one.roles),
            state=one.state,
            due_at=one.due_at,
            why_not=str(one.why_not),
        )
        for one in steps
        if one.number
    ]
