"""The cases behind many tasks are those behind each of them."""

from __future__ import annotations

import pytest

from review_scene import file_notice
from staydown_web.cases.models import Case
from staydown_web.cases.services import ask_withdrawal, erase_case
from staydown_web.review.models import Task
from staydown_web.review.selectors.claims import cases_of, cases_of_tasks
from staydown_web.review.selectors.queue import rows_of

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


def test_a_line_of_the_queue_counts_the_laws_and_links_of_all_cases_behind_it(
    noticed, platform, reviewer, today
) -> None:
    first, task = noticed("same", "bridge.jpg")
    more = [f"http://127.0.0.1:8161/m/{n}.jpg" for n in (7, 8, 9)]
    second = file_notice(platform, ["bridge.jpg"], today, urls=more)
    second.notices.update(regime="eu-dsa")
    platform.regimes = ["us-tida", "eu-dsa"]
    platform.save()

    (row,) = rows_of(Task.objects.filter(pk=task.pk), reviewer, today)

    assert row.more_cases == 1
    assert row.laws == "EU, US"
    assert row.what == f"Notice, {first.locations.count() + 3} links"

    ask_withdrawal(case=second, now=today)
    (row,) = rows_of(Task.objects.filter(pk=task.pk), reviewer, today)
    assert (row.laws, row.more_cases) == ("US", 0)
