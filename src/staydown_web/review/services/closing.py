"""All of a picture that is closed for a minor: whatever task shows it is decided too. ADR-0062.

Whatever waits to bring it back, or what is like it, is taken back; whatever hides it stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from staydown_web.accounts.models import User
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors.minors import MINOR, copies_showing
from staydown_web.review.services.deciding import IN_SIGHT, record_decision
from staydown_web.review.services.hearing import take_back_for_minor
from staydown_web.review.services.making import make_task
from staydown_web.review.services.settling import make_firm
from staydown_web.screening.models import Copy
from staydown_web.screening.services import mark_copies

_KNOWN = (Copy.State.SEEN, Copy.State.HELD, Copy.State.RESTORED)
"""Copies that come to a person although nobody has looked at them: in sight, or held."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the closing of a picture goes.

    Attributes:
        copies: ids of all that show it and can still be seen, or are in a task.
        tasks: ids of the tasks that show it.
        alike: ids of the tasks that show what is only like it.
    """

    copies: frozenset[UUID]
    tasks: frozenset[UUID]
    alike: frozenset[UUID]


def reach_of(
    *, task: Task | None, very_same: Collection[UUID], partly: Collection[UUID] = ()
) -> Reach:
    """What shows a picture, and what is like it; locks the tasks and what was decided there.

    Args:
        task: at which somebody says so; None where it is none's.
        very_same: entries of the picture.
        partly: entries that agree with it in another way.
    """
    showing = copies_showing(very_same, task)
    standing = Task.objects.exclude(state=Task.State.DROPPED)
    same = set(standing.filter(copies__in=showing.values("pk")).values_list("pk", flat=True))
    same |= {task.pk} if task else set()
    matched = Q(copies__hits__entry__in={*very_same, *partly})
    alike = set(standing.filter(matched).values_list("pk", flat=True)) - same
    # Decisions before tasks, as where one is undone; each in one order.
    list(_pending(same | alike).select_for_update(of=("self",)).order_by("pk"))
    list(Task.objects.filter(pk__in=same | alike).select_for_update(of=("self",)).order_by("pk"))
    loose = showing.filter(Q(state__in=_KNOWN) | Q(tasks__in=same))
    copies = frozenset(loose.values_list("pk", flat=True))
    return Reach(copies, frozenset(same), frozenset(alike))


def close_all(*, reach: Reach, user: User, now: datetime) -> list[Decision]:
    """Decide each task that shows the picture, and end what would bring it back.

    To be called when the entries are locked, before anything of the cases goes.

    Returns:
        The decisions, which are firm at once.
    """
    _end_restores(reach.tasks, is_same=True, user=user, now=now)
    _end_restores(reach.alike, is_same=False, user=user, now=now)
    rows = Task.objects.filter(pk__in=reach.tasks).exclude(state=Task.State.DROPPED)
    tasks = list(rows.select_related("platform", "case").order_by("pk"))
    tasks += _tasks_of_loose(reach, tasks, now)
    return [made for task in tasks if (made := _close(task, user, now)) is not None]


def end_minutes(*, reach: Reach, now: datetime) -> None:
    """Make firm what was decided on it before: nobody undoes it any more."""
    for decision in _pending(reach.tasks | reach.alike).exclude(grounds=[MINOR]):
        if decision.outcome != Decision.Outcome.RESTORE:
            make_firm(decision.pk, now)


def _pending(task_ids: Collection[UUID]) -> QuerySet[Decision]:
    found = Decision.objects.filter(task__in=task_ids, undone_at=None, made_firm_at=None)
    return found.order_by("decided_at", "pk")


def _end_restores(task_ids: Collection[UUID], *, is_same: bool, user: User, now: datetime) -> None:
    restores = _pending(task_ids).filter(outcome=Decision.Outcome.RESTORE).select_related("task")
    for decision in restores:
        take_back_for_minor(decision=decision, is_same=is_same, actor=f"user:{user.pk}", now=now)


def _tasks_of_loose(reach: Reach, tasks: Iterable[Task], now: datetime) -> list[Task]:
    """Copies in no task join that of their bytes, or get one: an order needs a decision."""
    by_group = {(task.platform_id, task.group): task for task in tasks if task.group}
    made = []
    ids = [task.pk for task in tasks]
    loose = Copy.objects.filter(pk__in=reach.copies, state__in=_KNOWN).exclude(tasks__in=ids)
    for copy in loose.select_related("platform").order_by("seen_at", "pk"):
        task = by_group.get((copy.platform_id, copy.group))
        if task is None:
            task = make_task(
                source=Task.Source(copy.source),
                platform=copy.platform,
                case=None,
                item=None,
                group=copy.group,
                now=now,
            )
            made.append(task)
            if copy.group:
                by_group[task.platform_id, task.group] = task
        task.copies.add(copy)
    return made


def _close(task: Task, user: User, now: datetime) -> Decision | None:
    """Decide one; None where it was closed for it before."""
    done = {"state": Task.State.DONE, "done_at": now, "taken_by": None, "taken_at": None}
    is_open = Task.objects.filter(pk=task.pk, state__in=OPEN_STATES).update(**done)
    copies = dict(task.copies.values_list("pk", "state"))
    seen = [pk for pk, state in copies.items() if state in IN_SIGHT]
    if not (is_open or seen) and task.decisions.filter(grounds=[MINOR]).exists():
        return None
    mark_copies(copy_ids=seen, state=Copy.State.HELD, now=now)
    made = Decision.objects.create(
        task=task,
        outcome=Decision.Outcome.REMOVE,
        grounds=[MINOR],
        decided_by=user,
        decided_at=now,
        firm_at=now,
        before={"copies": {str(pk): state for pk, state in copies.items()}},
    )
    record_decision("decision_made", made, user, now)
    return made
