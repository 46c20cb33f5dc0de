"""A task is made, and brought up to the copies and cases behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from staydown_web.accounts.models import Platform
from staydown_web.audit.services import record_event
from staydown_web.base.ids import new_case_number
from staydown_web.cases.models import Case, Item
from staydown_web.review.models import DUE_RULE, OPEN_STATES, Task
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.selectors.limits import due_of
from staydown_web.review.selectors.severity import severity_of
from staydown_web.screening.models import Copy, Hit

AT_ONCE: Final = 100
LIVING: Final = (Case.State.VALID, Case.State.IN_REVIEW, Case.State.DECIDED, Case.State.APPEALED)
"""Decided too: an address that she adds later is another place, and nobody has looked at it."""


def make_task(
    *,
    source: Task.Source,
    platform: Platform,
    case: Case | None,
    item: Item | None,
    group: str,
    now: datetime,
) -> Task:
    """A new task in the queue, with its event; the caller adds copies."""
    task = Task.objects.create(
        number=_free_number(),
        source=source,
        platform=platform,
        case=case,
        item=item,
        group=group,
        made_at=now,
    )
    record_event(
        what="task_made",
        actor="system",
        at=now,
        case_id=case.pk if case else None,
        subject=f"task:{task.pk}",
        facts={"source": str(source)},
    )
    return task


def _free_number() -> str:
    while True:
        number = "R" + new_case_number()[1:]
        if not Task.objects.filter(number=number).exists():
            return number


def make_bare_task(*, platform: Platform, case: Case, item: Item | None, now: datetime) -> None:
    """A task of a notice without a copy: a person looks on the platform itself."""
    made = make_task(
        source=Task.Source.NOTICE, platform=platform, case=case, item=item, group="", now=now
    )
    refresh_task(made)


def refresh_task(task: Task) -> None:
    """Deadline and severity anew, now that a copy or case has come."""
    cases = list(cases_of(task))
    copies = list(task.copies.all())
    hits = list(Hit.objects.filter(copy__tasks=task).select_related("entry"))
    Task.objects.filter(pk=task.pk).update(
        due_at=due_of(task, cases),
        due_rule=DUE_RULE,
        severity=severity_of(cases=cases, hits=hits, copies=copies),
    )


def take_in_others(task: Task, now: datetime) -> None:
    """Let what came meanwhile join a task that opens again: one is open for each group."""
    if not task.group:
        return
    others = Task.objects.filter(
        platform_id=task.platform_id, group=task.group, state__in=OPEN_STATES
    ).exclude(pk=task.pk)
    copies = list(Copy.objects.filter(tasks__in=others))
    gone = {"state": Task.State.DROPPED, "done_at": now, "taken_by": None, "taken_at": None}
    if others.update(**gone):
        task.copies.add(*copies)
        refresh_task(task)
