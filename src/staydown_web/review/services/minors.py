"""Someone shown may be under 18: nothing of the case stays here, and the copies go out of sight."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from staydown_web.accounts.models import User
from staydown_web.banks.models import Entry
from staydown_web.banks.services import withdraw_entry
from staydown_web.base.errors import RecordConflictError
from staydown_web.cases.models import Case
from staydown_web.cases.services import close_for_minor
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.services.deciding import record_decision
from staydown_web.screening.models import Copy
from staydown_web.screening.services import mark_copies

GROUND = "minor"
_VERY_SAME = ("identical", "same")
"""Where only a part agrees, the entry may be another picture, of somebody else."""


@transaction.atomic
def close_task_for_minor(*, task: Task, user: User, now: datetime) -> Decision:
    """Purge every case behind a task, and have its copies removed at once; it cannot be undone.

    No entry is confirmed: no hash of a minor is held. What must be preserved or reported, the
    platform preserves and reports; the page says where.

    Raises:
        RecordConflictError: the task was decided before.
    """
    rows = Task.objects.filter(pk=task.pk, state__in=OPEN_STATES)
    done = {"state": Task.State.DONE, "done_at": now, "taken_by": None, "taken_at": None}
    if not rows.update(**done):
        raise RecordConflictError("a colleague has decided this")
    copies = dict(task.copies.values_list("pk", "state"))
    seen = [pk for pk, state in copies.items() if state == Copy.State.SEEN]
    mark_copies(copy_ids=seen, state=Copy.State.HELD, now=now)
    made = Decision.objects.create(
        task=task,
        outcome=Decision.Outcome.REMOVE,
        grounds=[GROUND],
        decided_by=user,
        decided_at=now,
        firm_at=now,
        before={"copies": {str(pk): state for pk, state in copies.items()}},
    )
    record_decision("decision_made", made, user, now)
    for case in cases_of(task):
        if case.closed_for != Case.ClosedFor.MINOR:
            close_for_minor(case=case, actor=f"user:{user.pk}", now=now)
    _purge_unclaimed(task, f"user:{user.pk}", now)
    _drop_others(task, now)
    return made


def _purge_unclaimed(task: Task, actor: str, now: datetime) -> None:
    """Entries of the very picture that no case here claims, such as imported ones, go too."""
    very_same = Entry.objects.filter(hits__copy__tasks=task, hits__kind__in=_VERY_SAME)
    for entry_id in sorted(set(very_same.values_list("pk", flat=True))):
        withdraw_entry(entry_id=entry_id, actor=actor, now=now, reason=GROUND)


def _drop_others(task: Task, now: datetime) -> None:
    """Tasks without copies whose case is gone need nobody any more."""
    ended = Task.objects.filter(
        state__in=OPEN_STATES, copies__isnull=True, case__state=Case.State.CLOSED
    )
    ended.update(state=Task.State.DROPPED, done_at=now)
