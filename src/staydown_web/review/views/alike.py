"""Going through the edited copies of what was removed, one after the other."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors.alike import Alike, alike_of, alike_tasks, last_alike, removal
from staydown_web.review.selectors.queue import next_task
from staydown_web.review.views.shared import user_of

_REMOVAL = "alike"


def begin_alike(request: HttpRequest, decision_id: str) -> None:
    """From now on the next task is one of those."""
    if removal(decision_id) is not None:
        request.session[_REMOVAL] = decision_id


def end_alike(request: HttpRequest) -> None:
    """The queue goes on as it stands."""
    request.session.pop(_REMOVAL, None)


def following(request: HttpRequest, now: datetime, *, after: Task | None = None) -> Task | None:
    """What comes next: one of those that are gone through, else what the queue says."""
    user, decision = user_of(request), _gone_through(request)
    if decision is not None:
        found = next_task(user, now, after=after, among=alike_tasks(decision))
        if found is not None:
            return found
        end_alike(request)
    return next_task(user, now, after=after)


def alike_here(
    request: HttpRequest, task: Task, decided: Decision | None, now: datetime
) -> Alike | None:
    """What the page of a task says of edited copies.

    Args:
        request: for it.
        task: that is looked at.
        decided: the decision on it that stands.
        now: the moment.
    """
    user, decision = user_of(request), _gone_through(request)
    if task.state not in OPEN_STATES:
        return alike_of(decided, user, now) if decided else None
    if decision is not None and alike_tasks(decision).filter(pk=task.pk).exists():
        return alike_of(decision, user, now, at=task)
    return last_alike(user, now)


def _gone_through(request: HttpRequest) -> Decision | None:
    return removal(str(request.session.get(_REMOVAL, "")))
