"""Tasks follow the time limits of the cases behind them: what pauses, goes on or ends is news."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor
from staydown_web.cases.models import Case
from staydown_web.review.models import DUE_RULE, OPEN_STATES, Task
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.selectors.limits import due_of

READER = "review:clocks"
_KINDS = (
    *("clock_started", "clock_paused", "clock_resumed", "clock_reopened", "clock_ended"),
    # A clock that runs on may be over for what was settled; what is found is of an item from then.
    *("item_settled", "location_removed", "location_found"),
    *("case_withdrawn", "case_closed", "case_erased", "minor_closed"),
)
_AT_ONCE = 200


def follow_clocks(now: datetime) -> int:
    """Bring the deadlines of open tasks up to the clocks of their cases.

    It goes by how the clocks stand, not by what happened, so it may be done twice, and needs no
    transaction in which others would wait.

    Returns:
        How many events were dealt with, and tasks that an earlier rule had dated.
    """
    redone = _follow_earlier()
    news = events_after(reader=READER, kinds=_KINDS, limit=_AT_ONCE)
    if not news:
        return redone
    for case_id in dict.fromkeys(event.case_id for event in news if event.case_id):
        for task in _tasks_about(Case(pk=case_id)):
            follow_task(task)
    move_cursor(reader=READER, seq=news[-1].seq)
    return len(news) + redone


def _follow_earlier() -> int:
    """Date open tasks anew whose deadline is by an earlier rule, or by a process of before."""
    tasks = Task.objects.filter(state__in=OPEN_STATES, due_rule__lt=DUE_RULE)[:_AT_ONCE]
    for task in tasks:
        follow_task(task)
    return len(tasks)


def _tasks_about(case: Case) -> list[Task]:
    about = (
        Q(case=case.pk)
        | Q(copies__locations__case=case.pk)
        | Q(copies__hits__entry__claims__item__case=case.pk)
    )
    return list(Task.objects.filter(about, state__in=OPEN_STATES).distinct())


def follow_task(task: Task) -> None:
    """Bring the deadline of a task up to the cases behind it: what is due next."""
    due_at = due_of(task, cases_of(task))
    known = Task.objects.filter(pk=task.pk)
    # Hardly ever another, and looking waits for nobody.
    if known.values_list("due_at", "due_rule").first() != (due_at, DUE_RULE):
        known.update(due_at=due_at, due_rule=DUE_RULE)
