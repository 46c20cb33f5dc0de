"""What came of a complaint, as a platform's program receives it, by message and by asking alike."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q

from staydown_web.base.errors import RecordNotFoundError
from staydown_web.reports.models import Statement
from staydown_web.review.models import Complaint, Decision
from staydown_web.review.selectors.keeping import kept_off

MOST_CONTENT = 100
_AT_ONCE = 50


def outcome_of(complaint: Complaint) -> dict[str, Any]:
    """The data of the message: what was decided again, and of which content; not who asked.

    What is to be done follows as orders; where the decision stays, there are none.

    Args:
        complaint: a settled one, ``decision`` at hand.
    """
    decision = complaint.decision
    copies = decision.task.copies.order_by("seen_at", "id")
    refs = copies.exclude(content_ref="").values_list("content_ref", flat=True)
    checks = copies.exclude(check_id=None).values_list("check_id", flat=True)
    statement = Statement.objects.filter(token_digest=complaint.key).first()
    return {
        "id": str(complaint.pk),
        "side": complaint.side,
        "outcome": complaint.outcome,
        "decided": decision.outcome,
        "holds": _holds(complaint),
        "statement": str(statement.pk) if statement else None,
        "content_refs": list(refs[:MOST_CONTENT]),
        "check_ids": [str(check) for check in checks[:MOST_CONTENT]],
        "settled_at": _moment(complaint),
    }


def outcomes_after(*, platform_id: UUID, after: UUID | None) -> list[Complaint]:
    """A platform's settled complaints in their order, after one of them.

    Raises:
        RecordNotFoundError: ``after`` is none of this platform.
    """
    rows = Complaint.objects.filter(
        state=Complaint.State.SETTLED, decision__task__platform=platform_id
    )
    if after is not None:
        last = rows.filter(pk=after).first()
        if last is None:
            raise RecordNotFoundError("there is no such complaint")
        rows = rows.filter(
            Q(settled_at__gt=last.settled_at) | Q(settled_at=last.settled_at, pk__gt=last.pk)
        )
    rows = rows.select_related("decision__task", "reversal").order_by("settled_at", "pk")
    return list(rows[:_AT_ONCE])


def _holds(complaint: Complaint) -> str:
    """What holds from now on: where another decision keeps it off, that one."""
    holds = complaint.reversal.outcome if complaint.reversal else complaint.decision.outcome
    if holds == Decision.Outcome.RESTORE and complaint.settled_at:
        keepers = kept_off(complaint.decision.task, today=complaint.settled_at.date())
        return keepers[0].outcome if keepers else holds
    return holds


def _moment(complaint: Complaint) -> str | None:
    at = complaint.settled_at
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
