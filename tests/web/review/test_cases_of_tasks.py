"""The cases behind many tasks are those behind each of them."""

from __future__ import annotations

import pytest

from review_scene import file_notice
from staydown_web.cases.models import Case
from staydown_web.cases.services import add_to_case, ask_withdrawal, erase_case
from staydown_web.review.models import Task
from staydown_web.review.selectors.claims import cases_of, cases_of_tasks
from staydown_web.review.selectors.queue import rows_of
from staydown_web.review.selectors.screen import screen_of

pytestmark = pytest.mark.django_db


def test_many_at_once_are_the_same_as_one_by_one(noticed, upload, platform, today) -> None:
    noticed("altered")
    first, _task = noticed("part", "bridge.jpg")
    second = file_notice(platform, ["bridge.jpg"], today, urls=["http://127.0.0.1:8161/m/9.jpg"])
    gone = file_notice(platform, ["bridge.jpg"], today, urls=["http://127.0.0.1:8161/m/8.jpg"])
    ask_withdrawal(case=gone, now=today)
    tasks = list(Task.objects.order_by("number"))

    def agree() -> None:
        many = cases_of_tasks(tasks)
        assert {t.pk: set(cases_of(t)) for t in tasks} == {
            t.pk: many.get(t.pk, set()) for t in tasks
        }

    agree()
    behind = [case.pk for cases in cases_of_tasks(tasks).values() for case in cases]
    assert {first.pk, second.pk} <= set(behind)
    assert gone.pk not in behind
    erase_case(case=first, now=today)
    erase_case(case=Case.objects.get(pk=second.pk), now=today)
    agree()
    assert cases_of_tasks([]) == {}


def test_of_a_notice_of_four_links_a_line_is_about_one(
    noticed, platform, site, reviewer, today
) -> None:
    case, task = noticed("same", "bridge.jpg")
    add_to_case(case=case, urls=[f"{site.origin}/m/{n}.jpg" for n in (7, 8, 9)], now=today)

    (row,) = rows_of(Task.objects.filter(pk=task.pk), reviewer, today)

    assert (row.what, row.copies) == ("Notice, 1 link", 1)
    assert screen_of(task, reviewer, today).where.endswith(", 1 reported post")


def test_a_line_of_the_queue_counts_the_laws_of_all_cases_and_the_links_that_it_is_about(
    noticed, platform, reviewer, today
) -> None:
    _first, task = noticed("same", "bridge.jpg")
    more = [f"http://127.0.0.1:8161/m/{n}.jpg" for n in (7, 8, 9)]
    second = file_notice(platform, ["bridge.jpg"], today, urls=more)
    second.notices.update(regime="eu-dsa")
    platform.regimes = ["us-tida", "eu-dsa"]
    platform.save()

    (row,) = rows_of(Task.objects.filter(pk=task.pk), reviewer, today)

    assert row.more_cases == 1
    assert row.laws == "EU, US"
    assert row.what == "Notice, 1 link", "the other three are looked at by themselves"
    shown = screen_of(task, reviewer, today).row
    assert (shown.what, shown.laws, shown.more_cases) == (row.what, row.laws, row.more_cases)

    ask_withdrawal(case=second, now=today)
    (row,) = rows_of(Task.objects.filter(pk=task.pk), reviewer, today)
    assert (row.laws, row.more_cases) == ("US", 0)
