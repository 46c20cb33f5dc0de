"""Who works on a task: taking it, freeing it, handing it over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.access import has_rank
from staydown_web.base.errors import RecordConflictError
from staydown_web.cases.models import Item
from staydown_web.cases.services import settle_item
from staydown_web.review.models import OPEN_STATES, Task


@transaction.atomic
def take_task(*, task: Task, user: User, now: datetime) -> None:
    """Put one's name on a task; taking one's own again is fine.

    Raises:
        RecordConflictError: a colleague has it, or it is decided.
    """
    rows = Task.objects.filter(pk=task.pk, state__in=OPEN_STATES)
    free = rows.filter(Q(taken_by__isnull=True) | Q(taken_by=user))
    if not free.update(taken_by=user, taken_at=now):
        raise RecordConflictError("a colleague has taken this, or it is decided")
    if task.item is not None and task.item.state == Item.State.RECEIVED:
        settle_item(item=task.item, state=Item.State.IN_REVIEW, actor=f"user:{user.pk}", now=now)
    _record("task_taken", task, user, now)


@transaction.atomic
def free_task(*, task: Task, user: User, now: datetime) -> None:
    """Give a task back to all; nothing happens where it was not one's own."""
    mine = Task.objects.filter(pk=task.pk, state__in=OPEN_STATES, taken_by=user)
    if mine.update(taken_by=None, taken_at=None):
        _record("task_freed", task, user, now)


@transaction.atomic
def hand_task(*, task: Task, to: User, user: User, now: datetime) -> None:
    """Ask a colleague to look; the task is free for them.

    Raises:
        RecordConflictError: somebody else has it, it is decided, or the colleague is oneself,
            not let in any more or no reviewer.
    """
    if to.pk == user.pk or not has_rank(to, "reviewer"):
        raise RecordConflictError("hand it to a colleague who works here now")
    rows = Task.objects.filter(pk=task.pk, state__in=OPEN_STATES)
    mine = rows.filter(Q(taken_by__isnull=True) | Q(taken_by=user))
    if not mine.update(taken_by=None, taken_at=None, handed_to=to):
        raise RecordConflictError("a colleague has taken this, or it is decided")
    _record("task_handed", task, user, now)


def _record(what: str, task: Task, user: User, now: datetime) -> None:
    record_event(
        what=what,
        actor=f"user:{user.pk}",
        at=now,
        case_id=task.case_id,
        subject=f"task:{task.pk}",
    )
