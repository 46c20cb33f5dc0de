"""The last decision, while it can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from staydown_web.accounts.models import User
from staydown_web.review.models import Decision
from staydown_web.review.selectors.keeping import posts_of


@dataclass(frozen=True, slots=True)
class Toast:
    """What can still be undone.

    Attributes:
        decision_id: which.
        number: of its case, or of the task where there is none.
        outcome: of ``Decision.Outcome``.
        copies: how many, each reported post once.
        seconds: whole seconds left.
        until: the moment at which it becomes firm.
    """

    decision_id: UUID
    number: str
    outcome: str
    copies: int
    seconds: int
    until: datetime


def undoable(user: User, now: datetime) -> Toast | None:
    """The reviewer's newest decision whose minute is not over; None where there is none."""
    found = (
        Decision.objects.select_related("task__case")
        .filter(decided_by=user, firm_at__gt=now, undone_at__isnull=True, made_firm_at__isnull=True)
        .filter(told_at__isnull=True)
        .order_by("-decided_at")
        .first()
    )
    if found is None:
        return None
    task = found.task
    return Toast(
        found.pk,
        task.case.number if task.case else task.number,
        found.outcome,
        len(posts_of(task.copies.filter(pk__in=found.before.get("copies", {})))),
        max(1, int((found.firm_at - now).total_seconds())),
        found.firm_at,
    )
