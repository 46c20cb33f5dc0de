"""What a platform could not remove comes back to the queue, with what the platform answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from staydown_web.base.sealing import seal
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors.keeping import noticed_twins
from staydown_web.review.services.making import make_task, refresh_task
from staydown_web.screening.models import Copy


@transaction.atomic
def bring_back(*, decision: Decision, copy: Copy, order_id: UUID, note: str, now: datetime) -> Task:
    """Make a task of a copy that a platform could not remove; or let it join the one that waits.

    What the decision removes as the same content at the same place, by another notice, comes with
    it: it is decided anew for both, whatever the platform said of the other.

    Args:
        decision: by which it was to be removed.
        copy: which.
        order_id: of the order that failed.
        note: what the platform wrote; kept sealed.
        now: the moment, aware UTC.

    Returns:
        The task.
    """
    task = _waiting_with(copy)
    if task is None:
        before = decision.task
        task = make_task(
            source=Task.Source(before.source),
            platform=before.platform,
            case=before.case,
            item=before.item,
            group=copy.group,
            now=now,
        )
    task.copies.add(copy, *noticed_twins(copy, decision.task.copies.all()))
    box = seal(note.encode(), context=f"task:{task.pk}") if note else None
    Task.objects.filter(pk=task.pk).update(failed_order=order_id, answer_box=box)
    refresh_task(task)
    return task


@transaction.atomic
def let_go(*, order_ids: Sequence[UUID], decision: Decision, now: datetime) -> int:
    """Drop what came back because of orders that were made again or carried out after all.

    A task in which copies of other decisions wait as well stays, as one like all others.

    Args:
        order_ids: of the orders that had failed.
        decision: by which they were made.
        now: the moment, aware UTC.

    Returns:
        How many tasks were dropped.
    """
    waiting = Task.objects.filter(failed_order__in=order_ids, state__in=OPEN_STATES)
    others = Copy.objects.filter(tasks=OuterRef("pk")).exclude(tasks=decision.task_id)
    alone = list(waiting.filter(~Exists(others)).values_list("pk", flat=True))
    dropped = waiting.filter(pk__in=alone).update(
        state=Task.State.DROPPED, done_at=now, taken_by=None, taken_at=None
    )
    waiting.update(failed_order=None, answer_box=None)
    return dropped


def _waiting_with(copy: Copy) -> Task | None:
    # Locked where the database has row locks: a decision must not pass by while a copy joins.
    waiting = Task.objects.select_for_update(of=("self",)).filter(
        state__in=OPEN_STATES, platform_id=copy.platform_id
    )
    if copy.group:
        return waiting.filter(group=copy.group).first()
    return waiting.filter(copies=copy).first()
