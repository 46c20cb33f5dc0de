"""A task is called by an open case where there is one, and its limit names that one's law."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from review_scene import file_notice, make_copy
from staydown_web.cases.models import Case
from staydown_web.cases.services import close_for_minor
from staydown_web.review import tasks
from staydown_web.review.models import Task
from staydown_web.review.selectors.queue import handed_rows, queue_page

pytestmark = pytest.mark.django_db
LAW = "US"


@pytest.fixture
def both(platform: Any, today: datetime) -> tuple[Task, Case, Case]:
    """A task of case A, which is closed for a minor; case B, of a part of it, is open."""
    first = file_notice(platform, ["coffee.jpg"], today - timedelta(hours=5))
    second = file_notice(platform, ["pagoda.jpg"], today - timedelta(hours=2))
    entries = [case.items.get().claims.get().entry for case in (first, second)]
    copy = make_copy(platform, entries[0], today, group="a", match=("part", 0.9, {}))
    copy.hits.create(
        entry=entries[1], kind="part", score=0.9, response="hold", evidence={}, at=today
    )
    tasks.take_in(today)
    task = copy.tasks.get()
    assert task.case == first
    close_for_minor(case=first, actor="system", now=today)
    tasks.take_in(today)
    first.refresh_from_db()
    task.refresh_from_db()
    return task, first, second


def test_the_queue_names_the_open_case_first_and_its_law(
    both: tuple[Task, Case, Case], reviewer: Any, today: datetime
) -> None:
    _task, _first, second = both
    (row,) = queue_page(tab="all", at=1, user=reviewer, now=today).rows
    assert row.case_number == second.number
    assert row.due
    assert row.time_laws == LAW
    assert row.laws == LAW
    assert row.share > 0
    assert row.more_cases == 0, "of the closed one nothing is left"


def test_its_screen_is_called_by_the_open_case(
    reviewer_client: Client, both: tuple[Task, Case, Case]
) -> None:
    task, first, second = both
    html = reviewer_client.get(reverse("review:task", args=[task.number])).content.decode()
    title = html.split("<h1>", 1)[1].split("</h1>", 1)[0]
    assert second.number in title
    assert first.number not in title
    assert html.index(f"{second.number}</") < html.rindex(first.number)
    limit = html.split('class="clock side"', 1)[1].split("</div>", 1)[0]
    assert LAW in limit


def test_where_all_have_ended_its_own_leads(
    both: tuple[Task, Case, Case], reviewer: Any, today: datetime
) -> None:
    _task, first, second = both
    close_for_minor(case=second, actor="system", now=today)
    tasks.take_in(today)
    (row,) = queue_page(tab="all", at=1, user=reviewer, now=today).rows
    assert row.case_number == first.number


def test_an_open_case_of_its_own_leads_whatever_is_due_before(
    platform: Any, reviewer: Any, today: datetime
) -> None:
    first = file_notice(platform, ["coffee.jpg"], today - timedelta(hours=2))
    entry = first.items.get().claims.get().entry
    copy = make_copy(platform, entry, today, group="a")
    tasks.take_in(today)
    Case.objects.filter(pk=first.pk).update(due_at=today + timedelta(hours=40))
    file_notice(platform, ["coffee.jpg"], today - timedelta(hours=30))
    Task.objects.update(handed_to=reviewer)
    (row,) = handed_rows(reviewer, today)
    assert (row.number, row.case_number) == (copy.tasks.get().number, first.number)
    assert row.more_cases == 1
