"""Addresses of websites that nobody here serves are nobody's task; each other has its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from review_scene import file_notice
from staydown_web.cases.models import Case, Clock, Item
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import settle_location
from staydown_web.portal.selectors.addresses import is_settled, living_states
from staydown_web.review import services, tasks
from staydown_web.review.models import Task
from staydown_web.review.selectors.addresses import given_of
from staydown_web.review.services.making import make_bare_task

pytestmark = pytest.mark.django_db
FOREIGN = ["http://169.254.169.254/x", "https://elsewhere.example/p/2"]


def take_in(now) -> list[Task]:
    """All that the worker does, until it finds nothing more; the open tasks, by item."""
    while tasks.take_in(now) + services.take_in_unseen(now):
        pass
    return list(Task.objects.filter(state=Task.State.OPEN).order_by("made_at", "item__position"))


def file_links(platform, urls: list[str], now) -> Case:
    """A notice of addresses alone; at those of platforms nothing can be looked at."""
    case = file_notice(platform, [], now, urls=urls, way=Case.Way.LINK)
    here = case.locations.filter(platform__isnull=False)
    for place in here:
        settle_location(location=place, state="not_found", reason="gone", now=now)
    return case


def test_addresses_of_websites_that_nobody_serves_are_no_task_of_a_platform(
    platform, site, reviewer, today
) -> None:
    case = file_links(platform, [f"{site.origin}/1.jpg", *FOREIGN], today)

    (task,) = take_in(today)

    assert task.item == case.locations.get(platform=platform).item
    services.decide(
        task=task, outcome="restore", grounds=["not_here"], facts="", user=reviewer, now=today
    )
    for later in (timedelta(minutes=2), timedelta(days=3)):
        services.make_decisions_firm(today + later)
    assert take_in(today + timedelta(days=3)) == []
    case.refresh_from_db()
    assert case.state == Case.State.DECIDED, "for nothing else is decided here"
    assert Clock.objects.get().outcome == Clock.Outcome.KEPT, "nobody here can act there"
    states = [item.state for item in case.items.order_by("position")]
    assert states == [Item.State.KEPT, Item.State.RECEIVED, Item.State.RECEIVED]


def test_her_page_asks_no_answer_about_an_address_where_nobody_looks(
    platform, site, reviewer, today
) -> None:
    case = file_links(platform, [f"{site.origin}/1.jpg", *FOREIGN], today)
    (task,) = take_in(today)
    services.decide(
        task=task, outcome="restore", grounds=["not_here"], facts="", user=reviewer, now=today
    )
    for later in (timedelta(minutes=2), timedelta(days=3)):
        services.make_decisions_firm(today + later)

    fresh = Case.objects.get(pk=case.pk)
    view = person_view(case=fresh, is_unveiled=True, now=today + timedelta(days=3))
    assert living_states(view) == {Item.State.KEPT}
    assert is_settled(view)


def test_of_several_platforms_each_gets_the_task_of_its_own_address(
    platform, other_platform, site, today
) -> None:
    other_platform.media_origins, other_platform.regimes = ["https://other.example"], ["us-tida"]
    other_platform.save()
    urls = [f"{site.origin}/1.jpg", "https://other.example/2.jpg"]
    case = file_links(platform, urls, today)

    found = {task.item.position: task.platform for task in take_in(today)}

    assert found == {1: platform, 2: other_platform}
    assert case.items.count() == 2


@pytest.mark.parametrize("kind", ["photo", ""])
def test_a_picture_that_was_seen_elsewhere_is_still_looked_for_here(
    platform, site, today, kind
) -> None:
    case = file_links(platform, [f"{site.origin}/1.jpg", FOREIGN[1]], today)
    second = case.items.get(position=2)
    Item.objects.filter(pk=second.pk).update(content_kind=kind)
    assert (second in [task.item for task in take_in(today)]) == bool(kind)


def test_tasks_of_such_addresses_that_were_made_before_leave_the_queue(
    platform, site, today
) -> None:
    case = file_links(platform, [f"{site.origin}/1.jpg", FOREIGN[0]], today)
    (task,) = take_in(today)
    away = case.items.get(position=2)
    make_bare_task(platform=platform, case=case, item=away, now=today)

    assert services.drop_found(today) == 1

    assert Task.objects.get(item=away).state == Task.State.DROPPED
    assert Task.objects.get(pk=task.pk).state == Task.State.OPEN


def test_the_screen_names_the_address_of_what_it_is_about(platform, site, today) -> None:
    urls = [f"{site.origin}/{n}.jpg" for n in (1, 2)]
    case = file_links(platform, urls, today)
    take_in(today)
    for position, url in enumerate(urls, 1):
        task = Task.objects.get(item__position=position, case=case)
        assert [one.url for one in given_of(task) if one.is_own] == [url]
