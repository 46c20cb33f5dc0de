"""The order of the queue, and how its deadlines follow the clocks of the cases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from case_world import WAITS, laws_that_pause
from staydown_web.accounts.models import Flagger
from staydown_web.cases.models import Case
from staydown_web.cases.services import add_to_case, ask_withdrawal, pause_clock, resume_clock
from staydown_web.cases.services.clock_warnings import advance_clocks
from staydown_web.review import services
from staydown_web.review.models import Task
from staydown_web.review.selectors.calendar import open_limits
from staydown_web.review.selectors.limits import at_in_words
from staydown_web.review.selectors.queue import queue_page, waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


def test_trusted_flaggers_then_deadline_then_severity(noticed, held, reviewer, today) -> None:
    _near, first = noticed("part", "bridge.jpg", hours_ago=40)
    far, second = noticed("altered", hours_ago=3)
    held(group="upload", match=("same", 0.97, {}))
    services.take_in_copies(today)
    upload = Task.objects.get(source="upload")
    assert list(waiting_tasks(today)) == [first, second, upload]
    flagger = Flagger.objects.create(name="Watch", awarded_by="X", digest="f" * 64, made_at=today)
    Case.objects.filter(pk=far.pk).update(flagger=flagger)
    assert list(waiting_tasks(today)) == [second, first, upload]
    rows = queue_page(tab="all", at=1, user=reviewer, now=today).rows
    assert [row.is_flagged for row in rows] == [True, False, False]


def test_a_deadline_stands_still_goes_on_and_goes_with_its_case(noticed, reviewer, today) -> None:
    case, task = noticed("part", "bridge.jpg", hours_ago=10)
    notice = case.notices.get()
    with laws_that_pause():
        pause_clock(notice=notice, reason=WAITS, actor="system", now=today)
        assert services.follow_clocks(today) > 0
        task.refresh_from_db()
        assert task.due_at is None
        (row,) = queue_page(tab="all", at=1, user=reviewer, now=today).rows
        assert row.left == "Stands still"
        resume_clock(notice=notice, reason=WAITS, actor="system", now=today + 5 * HOUR)
    services.follow_clocks(today)
    task.refresh_from_db()
    assert task.due_at == today + 43 * HOUR
    assert services.follow_clocks(today) == 0, "each news once"
    ask_withdrawal(case=case, now=today + 6 * HOUR)
    services.follow_clocks(today)
    task.refresh_from_db()
    assert task.due_at is None


def test_the_latest_warning_stands_in_the_queue(noticed, reviewer, today) -> None:
    noticed("part", "bridge.jpg", hours_ago=0)
    said = {}
    for hours in (23, 24, 36, 46, 48):
        advance_clocks(today + hours * HOUR)
        (row,) = queue_page(tab="all", at=1, user=reviewer, now=today).rows
        said[hours] = row.warned
    assert said == {
        23: "",
        24: "Half of the time is gone",
        36: "Less than 12 hours left",
        46: "Less than 2 hours left",
        48: "The time limit is over",
    }
    assert [one.tone for one in open_limits(today + 48 * HOUR)] == ["heed"]


def test_an_addition_is_a_limit_of_its_own_on_the_page(noticed, today) -> None:
    case, _task = noticed("part", "bridge.jpg", hours_ago=10)
    url = f"{case.platform.media_origins[0]}/more.jpg"
    add_to_case(case=case, urls=[url], now=today)
    first, later = open_limits(today)
    assert [first.limit.state, later.limit.state] == ["running", "running"]
    assert first.limit.more == ()
    assert later.limit.more == (f"For what was added on {at_in_words(today)}",)
