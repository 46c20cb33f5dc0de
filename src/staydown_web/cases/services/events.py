"""Events of one use case, gathered while it works and recorded last: the chain is held briefly."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from staydown_web.audit.services import NewEvent, record_events


def by_helpline(actor: str) -> dict[str, str]:
    """The fact that tells her story that her helpline did it for her; none where she did."""
    return {"by": "helpline"} if actor.startswith("user:") else {}


@dataclass(slots=True)
class Events:
    """What happened to one case within one transaction.

    Attributes:
        case_id: the case.
        actor: who did it.
        at: the moment, the same for all.
        rows: gathered so far, in order.
    """

    case_id: UUID
    actor: str
    at: datetime
    rows: list[NewEvent] = field(default_factory=list)

    def add(self, what: str, subject: str = "", /, **facts: Any) -> None:
        """Gather one; facts hold opaque ids, states and counts alone."""
        self.rows.append(NewEvent(what, self.actor, self.at, self.case_id, subject, facts))

    def record(self) -> None:
        """Record all that were gathered, and forget them."""
        record_events(self.rows)
        self.rows = []
