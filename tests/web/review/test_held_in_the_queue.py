"""What is held waits under a limit of our own where no law sets a time: it is shown as such."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from case_world import WAITS, laws_that_pause
from review_scene import found, make_copy
from staydown_web.cases.models import Location
from staydown_web.cases.services import pause_clock, settle_location
from staydown_web.review import services, tasks
from staydown_web.review.models import Task
from staydown_web.review.selectors.queue import queue_page, waiting_tasks
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def wait_since(task: Task, at: Any) -> None:
    """As if its copies had been held then."""
    Copy.objects.filter(tasks=task).update(state_at=at)


def row_at(task: Task, user: Any, now: Any) -> Any:
    rows = queue_page(tab="all", at=1, user=user, now=now).rows
    return next(row for row in rows if row.number == task.number)


@pytest.fixture
def noticed_and_held(noticed: Any, platform: Any, today: Any) -> tuple[Task, Task]:
    """A notice of 40 hours ago, and an upload that was cut and is held because of the same case."""
    case, task = noticed("same", "bridge.jpg", hours_ago=40)
    entry = case.items.get().claims.get().entry
    copy = make_copy(platform, entry, today, match=found("bridge.jpg", "part"), group="cut")
    tasks.take_in(today)
    return task, copy.tasks.get()


def test_a_held_copy_keeps_a_limit_when_the_clocks_of_its_case_have_ended(
    noticed_and_held: Any, reviewer: Any, today: Any
) -> None:
    task, cut = noticed_and_held
    assert cut.due_at == task.due_at, "while it runs, the time limit of the law"
    assert row_at(cut, reviewer, today).is_ours is False
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="", user=reviewer, now=today
    )
    services.make_decisions_firm(today + HOUR)
    settle_location(location=Location.objects.get(), state=Location.State.REMOVED, now=today + HOUR)
    services.follow_clocks(today + HOUR)
    cut.refresh_from_db()
    assert cut.due_at is None, "no law sets it a time any more"
    row = row_at(cut, reviewer, today + 2 * HOUR)
    assert row.is_ours
    assert row.left == "Held for 2 hours"
    assert row.due
    assert row.time_laws == ""
    assert 0 < row.share < 100


def test_its_place_rises_before_its_limit_and_never_before_what_a_law_wants_within_a_day(
    noticed: Any, upload: Task, held: Any, today: Any
) -> None:
    _soon, soon = noticed("part", "bridge.jpg", hours_ago=40)
    _late, late = noticed("altered", hours_ago=3)
    grave = held(group="grave", match=("identical", 1.0, {}))
    tasks.take_in(today)
    grave = grave.tasks.get()
    assert list(waiting_tasks(today)) == [soon, late, grave, upload], "the most severe first"
    wait_since(upload, today - 23 * HOUR)
    assert list(waiting_tasks(today)) == [soon, late, grave, upload]
    wait_since(upload, today - 24 * HOUR)
    assert list(waiting_tasks(today)) == [soon, upload, late, grave]
    wait_since(upload, today - 480 * HOUR)
    wait_since(grave, today - 24 * HOUR)
    assert list(waiting_tasks(today)) == [soon, grave, upload, late]


def test_over_its_limit_it_is_marked_and_nothing_is_called_late(
    upload: Task, reviewer: Any, today: Any
) -> None:
    wait_since(upload, today - 74 * HOUR)
    row = row_at(upload, reviewer, today)
    assert (row.left, row.tone, row.share) == ("Held for 3 days and 2 hours", "heed", 100)


def test_what_is_not_held_or_stands_still_has_no_limit_of_ours(
    upload: Task, noticed_and_held: Any, reviewer: Any, today: Any
) -> None:
    Copy.objects.filter(tasks=upload).update(state="seen")
    row = row_at(upload, reviewer, today)
    assert (row.left, row.due, row.is_ours) == ("No time limit", "", False)
    _task, cut = noticed_and_held
    wait_since(cut, today - 30 * HOUR)
    wait_since(upload, today - 30 * HOUR)
    assert list(waiting_tasks(today))[-1] == upload
    with laws_that_pause():
        pause_clock(notice=cut.case.notices.get(), reason=WAITS, actor="system", now=today)
        services.follow_clocks(today)
        row = row_at(cut, reviewer, today)
    assert (row.left, row.due, row.is_ours) == ("Stands still", "", False)


def test_the_pages_say_whose_limit_it_is(upload: Task, reviewer_client: Any) -> None:
    wait_since(upload, timezone.now() - 3 * HOUR)
    for page in (
        reviewer_client.get(reverse("review:queue")).text,
        reviewer_client.get(reverse("review:task", args=[upload.number])).text,
    ):
        assert "Held for 3 hours" in page
        assert "our own limit; no law sets one" in page
