"""An address that nobody could open waits for a person, whatever copies join, in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from review_scene import file_notice, make_copy
from staydown_web.accounts.models import Platform
from staydown_web.banks.services import catch_up
from staydown_web.base.clock import utc_now
from staydown_web.cases import tasks as case_tasks
from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.services import settle_location
from staydown_web.cases.services.places import url_of
from staydown_web.review import services, tasks
from staydown_web.review.models import Task
from web.review.test_addresses import (
    ANSWERS,
    LOOKED,
    LOOKS,
    PAGE,
    Forum,
    decide,
    forum,
    is_running,
    removed,
    words_of,
    work,
)

__all__ = ["forum"]

pytestmark = pytest.mark.django_db
AGO = timedelta(hours=8)
NOT_YET = timedelta(days=3)


@pytest.fixture
def told(platform: Platform, forum: Forum) -> Callable[..., Case]:
    """``told("r", "a")``: her case, with an address that leads elsewhere, and one of a copy."""
    forum.pages["/r"] = (302, PAGE, b"http://127.0.0.1:9/login")
    forum.pages["/r2"] = forum.pages["/r"]
    forum.pages["/a"] = forum.pages["/found.jpg"]

    def make(*names: str) -> Case:
        urls = [f"{forum.origin}/{name}" for name in names]
        return file_notice(platform, ["citrus.jpg"], utc_now() - AGO, urls=urls)

    return make


def upload(case: Case, group: str = "up") -> None:
    """Somebody uploads her picture, and it is held."""
    entry = case.items.get(position=1).claims.get(ended_at=None, entry__origin="notice").entry
    make_copy(case.platform, entry, utc_now() - AGO, group=group)


def look_at(case: Case, name: str) -> None:
    """The worker looks at this address alone, and nobody makes tasks meanwhile."""
    catch_up()
    place = place_of(case, name)
    others = case.locations.exclude(pk=place.pk).filter(next_try_at__isnull=False)
    later = list(others)
    others.update(next_try_at=utc_now() + NOT_YET)
    while case_tasks.look_at_locations(utc_now() - AGO + timedelta(minutes=1)):
        pass
    for one in later:
        Location.objects.filter(pk=one.pk).update(next_try_at=one.next_try_at)
    place.refresh_from_db()
    assert place.state != Location.State.NEW, "it was looked at, and is not tried again"


def place_of(case: Case, name: str) -> Location:
    (found,) = [one for one in case.locations.all() if url_of(one).endswith(f"/{name}")]
    return found


def take_in() -> None:
    moment = utc_now() - AGO + timedelta(minutes=1)
    jobs = (tasks.take_in, services.take_in_left, services.take_in_unseen)
    while sum(job(moment) for job in jobs):
        pass


def waiting(case: Case) -> list[Task]:
    """The open tasks without a copy of her case."""
    return list(Task.objects.filter(case=case, state__in=("open", "second"), copies=None))


def assert_it_waits_to_the_end(case: Case, reviewer: Any, *names: str) -> None:
    """Copies are decided first; then somebody decides with the address before them."""
    places = [place_of(case, name) for name in names]
    with_copies = Task.objects.filter(state__in=("open", "second"), copies__isnull=False)
    at = utc_now() - timedelta(hours=7)
    for task in with_copies.distinct():
        services.decide(
            task=task, outcome="remove", grounds=["us-tida"], facts="", user=reviewer, now=at
        )
    take_in()
    services.make_decisions_firm(at + timedelta(minutes=2))
    removed(case, at)
    work(utc_now() - timedelta(hours=7))

    assert not with_copies.exists()
    assert {one.item for one in waiting(case)} == {
        Location.objects.get(pk=place.pk).item for place in places
    }
    assert {one.item.answer for one in waiting(case)} == {""}, "nobody decided about it"
    assert is_running(case)
    said = words_of(case)
    assert LOOKS in said
    assert LOOKED not in said
    assert "was not kept" not in said

    for task in waiting(case):
        decide(task, "remove", "us-tida", reviewer, utc_now() - timedelta(hours=1))
    work(utc_now())
    assert waiting(case) == []
    assert not is_running(case)
    assert LOOKS not in words_of(case)
    assert {item.state for item in case.items.all()} == {Item.State.REMOVED}


def refused_then_upload(case: Case) -> None:
    look_at(case, "r")
    take_in()
    upload(case)
    take_in()


def upload_then_refused(case: Case) -> None:
    upload(case)
    take_in()
    look_at(case, "r")
    take_in()


def both_at_once(case: Case) -> None:
    look_at(case, "r")
    upload(case)
    take_in()


@pytest.mark.parametrize("order", [refused_then_upload, upload_then_refused, both_at_once])
def test_beside_an_upload(told: Any, reviewer: Any, order: Callable[[Case], None]) -> None:
    case = told("r")
    order(case)
    assert_it_waits_to_the_end(case, reviewer, "r")


def refused_first(case: Case) -> None:
    look_at(case, "r")
    take_in()
    look_at(case, "a")
    take_in()


def found_first(case: Case) -> None:
    look_at(case, "a")
    take_in()
    look_at(case, "r")
    take_in()


def found_and_not_taken_in_yet(case: Case) -> None:
    look_at(case, "a")
    look_at(case, "r")
    services.take_in_addresses(utc_now() - AGO)
    take_in()


def looked_for_first(case: Case) -> None:
    """The copy lay elsewhere a moment ago, so that somebody looks for the picture already."""
    Location.objects.filter(pk=place_of(case, "a").pk).update(next_try_at=None)
    look_at(case, "r")
    take_in()
    Location.objects.filter(pk=place_of(case, "a").pk).update(next_try_at=utc_now() - AGO)
    look_at(case, "a")
    take_in()


def upload_between(case: Case) -> None:
    look_at(case, "r")
    take_in()
    upload(case)
    take_in()
    look_at(case, "a")
    take_in()


@pytest.mark.parametrize(
    "order",
    [refused_first, found_first, found_and_not_taken_in_yet, looked_for_first, upload_between],
)
def test_beside_a_link_at_which_a_copy_is(
    told: Any, reviewer: Any, order: Callable[[Case], None]
) -> None:
    case = told("a", "r")
    order(case)
    assert Task.objects.filter(copies__isnull=False, state="open").exists()
    assert_it_waits_to_the_end(case, reviewer, "r")


def test_several_of_them_wait_together(told: Any, reviewer: Any) -> None:
    case = told("r", "r2")
    look_at(case, "r")
    look_at(case, "r2")
    take_in()
    upload(case)
    take_in()
    assert len(waiting(case)) == 1
    assert_it_waits_to_the_end(case, reviewer, "r", "r2")


def test_one_that_a_reviewer_pointed_from_leaves_the_other(
    told: Any, forum: Forum, reviewer: Any, reviewer_client: Client
) -> None:
    case = told("r", "r2")
    look_at(case, "r")
    look_at(case, "r2")
    take_in()
    (task,) = waiting(case)
    sent = {"place": str(place_of(case, "r").pk), "url": f"{forum.origin}/a"}
    reviewer_client.post(reverse("review:point", args=[task.number]), sent)
    Location.objects.filter(pk=sent["place"]).update(next_try_at=utc_now() - AGO)
    look_at(case, "r")
    take_in()
    assert task.copies.count() == 1
    assert_it_waits_to_the_end(case, reviewer, "r2")


def test_while_a_second_reviewer_is_waited_for(told: Any, reviewer: Any, lead: Any) -> None:
    case = told("r")
    look_at(case, "r")
    take_in()
    (task,) = waiting(case)
    at = utc_now() - AGO + timedelta(minutes=2)
    services.decide(task=task, outcome="hold", grounds=[], facts="", user=lead, now=at)
    services.make_decisions_firm(at + timedelta(minutes=2))
    upload(case)
    take_in()
    assert_it_waits_to_the_end(case, reviewer, "r")


def test_a_decision_of_before_that_was_undone_is_none(told: Any, reviewer: Any, lead: Any) -> None:
    case = told("r")
    look_at(case, "r")
    take_in()
    (task,) = waiting(case)
    at = utc_now() - AGO + timedelta(minutes=2)
    made = services.decide(
        task=task, outcome="restore", grounds=["not_here"], facts="", user=lead, now=at
    )
    services.undo_decision(decision=made, user=lead, now=at + timedelta(seconds=9))
    services.free_left_tasks(utc_now())
    upload(case)
    take_in()
    assert_it_waits_to_the_end(case, reviewer, "r")


def test_what_was_decided_with_it_before_them_stays_decided(told: Any, reviewer: Any) -> None:
    case = told("r")
    look_at(case, "r")
    take_in()
    (task,) = waiting(case)
    decide(task, "remove", "us-tida", reviewer, utc_now() - AGO + timedelta(minutes=2))
    upload(case)
    take_in()
    assert waiting(case) == []
    assert LOOKS not in words_of(case)


def test_an_address_at_another_platform_is_looked_at_there(
    told: Any, forum: Forum, platform: Platform, other_platform: Platform
) -> None:
    other_platform.media_origins, other_platform.regimes = ["https://away.example"], ["us-tida"]
    other_platform.save()
    urls = [f"{forum.origin}/r", "https://away.example/p/1"]
    case = file_notice(platform, ["citrus.jpg"], utc_now() - AGO, urls=urls)
    look_at(case, "r")
    take_in()
    settle_location(
        location=place_of(case, "p/1"), state="not_found", reason="gone", now=utc_now() - AGO
    )
    take_in()
    assert {task.platform for task in waiting(case)} == {platform, other_platform}


def test_those_that_were_lost_long_ago_are_left(told: Any, reviewer: Any) -> None:
    case = told("r")
    look_at(case, "r")
    take_in()
    (task,) = waiting(case)
    upload(case)
    services.take_in_copies(utc_now() - AGO)
    assert task.copies.count() == 1
    Location.objects.update(state_at=utc_now() - timedelta(days=9))
    take_in()
    assert waiting(case) == []


def moment_of(case: Case) -> datetime | None:
    case.refresh_from_db()
    return case.due_at


def test_its_time_limit_is_that_of_the_notice(told: Any, reviewer: Any) -> None:
    case = told("r")
    before = moment_of(case)
    refused_then_upload(case)
    (task,) = waiting(case)
    assert task.due_at == moment_of(case) == before is not None


@pytest.mark.parametrize("answer", ["nothing there", "a page of a hidden post"])
def test_so_it_is_for_whatever_an_address_answers(
    told: Any, forum: Forum, reviewer: Any, answer: str
) -> None:
    case = told("r")
    forum.pages["/r"] = ANSWERS[answer]
    work(utc_now() - AGO)
    upload(case)
    take_in()
    assert_it_waits_to_the_end(case, reviewer, "r")


def test_how_many_links_could_not_be_looked_at_is_said_outside_the_folded_list(
    told: Any, reviewer_client: Client
) -> None:
    case = told("a", "r")
    found_first(case)
    own = "1 of 2 links could not be looked at"
    elsewhere = "Elsewhere in this case: 1 link could not be looked at"
    queue = reviewer_client.get(reverse("review:queue")).text
    rows = {row for row in queue.split("<tr") if "could not be looked at" in row}
    assert len(rows) == 2, "of the copy, and of the link"
    for row in rows:
        said, other = (own, elsewhere) if "no copy found" in row else (elsewhere, own)
        assert said in row
        assert other not in row, "it is not this link that nobody could open"
    for task in Task.objects.filter(case=case):
        page = reviewer_client.get(reverse("review:task", args=[task.number])).text
        said, other = (elsewhere, own) if task.copies.exists() else (own, elsewhere)
        assert said in page
        assert other not in page


@pytest.mark.parametrize("names", [["a"], ["r"], ["a", "r"]])
def test_where_all_were_looked_at_or_there_is_one_alone_nothing_is_said(
    told: Any, reviewer_client: Client, names: list[str]
) -> None:
    case = told(*names)
    for name in names:
        look_at(case, name)
    if len(names) > 1:
        case.locations.filter(copy=None).update(state=Location.State.ELSEWHERE)
    take_in()
    assert "could not be looked at" not in reviewer_client.get(reverse("review:queue")).text
