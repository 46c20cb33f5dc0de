"""A place whose copy joins a task that waits for an answer is decided with it, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from review_scene import file_notice, found, make_copy, place_copy
from staydown_web.audit.models import Event
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case, Clock, Location
from staydown_web.review import services, tasks
from staydown_web.review.models import Task, Telling
from staydown_web.review.services.hearing import take_back_answered, take_back_decision
from web.review.test_foretelling import her_client
from web.review.test_hearing import answer, hidden, told

__all__ = ["hidden", "told"]

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def named_by_another(
    platform: Any, task: Task, at: datetime, name: str = "citrus.jpg"
) -> tuple[Case, Location]:
    """Somebody else names an address that shows the same bytes."""
    url = "http://127.0.0.1:8161/p/9"
    case = file_notice(platform, [name], at, urls=[url], name="Berta Beispiel")
    entry = case.items.get().claims.get().entry if name == "citrus.jpg" else None
    copy = make_copy(platform, entry, at, match=found(name, "same"), source="notice", state="seen")
    copy.group = task.group
    copy.save()
    return case, place_copy(case, copy, at)


def test_a_place_that_joined_what_waits_is_taken_in_once(told, platform) -> None:
    _case, task, _made, at = told
    _other, place = named_by_another(platform, task, at + HOUR)
    assert tasks.take_in(at + HOUR) == 1
    assert tasks.take_in(at + 2 * HOUR) == 0, "not again twice a second for two days"
    assert services.take_in_unseen(at + HOUR) == 0, "nor before the decision is noted of it"
    assert place.copy.tasks.get() == task


def test_it_is_told_and_decided_with_the_others_and_makes_no_task_afterwards(
    told, platform
) -> None:
    _case, task, made, at = told
    other, place = named_by_another(platform, task, at + HOUR)
    tasks.take_in(at + HOUR)
    assert services.make_decisions_firm(at + 2 * HOUR) == 0
    assert Telling.objects.filter(decision=made, case=other).exists(), "told, two days of its own"
    assert services.make_decisions_firm(at + 49 * HOUR) == 0
    assert services.make_decisions_firm(at + 50 * HOUR) == 1
    assert tasks.take_in(at + 97 * HOUR) == 0
    assert place.copy.tasks.get() == Task.objects.get() == task
    assert other.items.get().state == "kept"


def test_its_answer_gives_the_task_back(told, platform) -> None:
    _case, task, _made, at = told
    other, _place = named_by_another(platform, task, at + HOUR)
    tasks.take_in(at + HOUR)
    services.make_decisions_firm(at + 48 * HOUR)
    answer(other, at + 49 * HOUR)
    assert take_back_answered(at + 50 * HOUR) == 1
    assert Task.objects.get().state == "open"


def test_a_place_that_is_found_once_it_is_firm_is_looked_at_anew(told, platform) -> None:
    _case, task, _made, at = told
    services.make_decisions_firm(at + 48 * HOUR)
    _other, place = named_by_another(platform, task, at + 49 * HOUR)
    tasks.take_in(at + 49 * HOUR)
    assert Task.objects.count() == 2
    assert place.copy.tasks.get() != task


def test_a_picture_that_the_bytes_do_not_show_is_looked_for_by_itself(told, platform) -> None:
    _case, task, _made, at = told
    other, _place = named_by_another(platform, task, at + HOUR, "pagoda.jpg")
    tasks.take_in(at + HOUR)
    for hours in (48, 96):
        services.make_decisions_firm(at + hours * HOUR)
    services.take_in_unseen(at + 97 * HOUR)
    assert Task.objects.filter(item=other.items.get(), state="open").exists()


def clock_of(case: Case) -> tuple[str, datetime | None]:
    clock = Clock.objects.get(notice__case=case)
    return clock.outcome, clock.ended_at


def test_its_time_limit_does_not_run_out_while_the_others_are_heard(told, platform) -> None:
    case, task, made, at = told
    other, _place = named_by_another(platform, task, at + HOUR)
    tasks.take_in(at + HOUR)
    assert services.make_decisions_firm(at + HOUR) == 0
    assert {one.case: one.until for one in made.tellings.all()} == {
        case: at + 48 * HOUR,
        other: at + 49 * HOUR,
    }
    other.refresh_from_db()
    item = other.items.get()
    assert (item.answer, item.answered_at) == ("kept", made.decided_at)
    assert item.state != "kept", "nothing is carried out"
    assert clock_of(other) == ("kept", other.notices.get().valid_at)
    assert other.due_at is None
    assert services.make_decisions_firm(at + 48 * HOUR) == 0, "both are heard"
    assert services.make_decisions_firm(at + 49 * HOUR) == 1
    assert other.items.get().state == "kept"
    assert clock_of(other)[0] == "kept"
    assert Event.objects.filter(what="answer_noted", case_id=other.pk).count() == 1


@pytest.mark.parametrize("today", [utc_now() - 48.5 * HOUR])
def test_her_page_does_not_say_meanwhile_that_it_is_late(told, platform, reviewer_client) -> None:
    _case, task, _made, at = told
    other, _place = named_by_another(platform, task, at + HOUR)
    for hours in (1, 2, 48):
        tasks.take_in(at + hours * HOUR)
        services.make_decisions_firm(at + hours * HOUR)
        services.follow_clocks(at + hours * HOUR)
    page = her_client(other, utc_now()).get(reverse("portal:page")).text
    assert "a reviewer thinks that it should not be removed" in page
    assert "The time limit is over" not in page
    assert "was not kept" not in page
    shown = reviewer_client.get(reverse("review:task", args=[task.number])).text
    assert "late" not in shown


def test_taken_back_the_rest_of_its_time_runs(told, platform, reviewer) -> None:
    _case, task, made, at = told
    other, _place = named_by_another(platform, task, at + HOUR)
    tasks.take_in(at + HOUR)
    services.make_decisions_firm(at + HOUR)
    take_back_decision(decision=made, user=reviewer, now=at + 2 * HOUR)
    assert other.items.get().answer == ""
    assert clock_of(other) == ("", None)
    other.refresh_from_db()
    assert other.due_at == other.notices.get().valid_at + 48 * HOUR
