"""A picture that comes later with an address that the case has: one item, one clock, one task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

import staydown
from review_scene import Site, edited, fingerprint_of_file, serve_site
from staydown_web.accounts.models import Platform, User
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import catch_up
from staydown_web.cases.forms import Answers, FiledFile
from staydown_web.cases.models import Case, Claim, Clock, Item, Location
from staydown_web.cases.selectors import items_of
from staydown_web.cases.services import Filed, add_to_case
from staydown_web.cases.tasks import look_at_locations
from staydown_web.review import services, tasks
from staydown_web.review.models import Task
from staydown_web.review.selectors.screen import screen_of
from staydown_web.screening.models import Copy

from .conftest import URL

pytestmark = pytest.mark.django_db
SOON = timedelta(seconds=3)
LATER = timedelta(hours=5)
PICTURE = "bridge.jpg"


@pytest.fixture
def site(platform: Platform) -> Iterator[Site]:
    with serve_site() as served:
        Platform.objects.filter(pk=platform.pk).update(
            media_origins=[served.origin], public_url="http://forum.example"
        )
        yield served


@pytest.fixture
def link(filed: Callable[..., Filed]) -> Callable[..., Case]:
    """``link(urls=[…])``: a valid notice of addresses alone."""

    def make(**changes: object) -> Case:
        return filed(**{"way": "link", "files": [], **changes}).case

    return make


def its_file(name: str = PICTURE, how: str = "") -> FiledFile:
    if not how:
        return FiledFile(fingerprint_of_file(name), name="mine.jpg", size_bytes=7)
    return FiledFile(staydown.fingerprint(edited(name, how)), name=f"{how}.jpg")


def found_at(site: Site, link: Callable[..., Case], now: datetime, name: str = PICTURE) -> Case:
    """A case whose only address shows a smaller copy of a picture, and was looked at."""
    case = link(urls=[site.put("a.jpg", edited(name, "same"))])
    assert look_at_locations(now + SOON) == 1
    catch_up()
    return case


def test_the_picture_belongs_to_the_item_that_names_the_address(
    link: Callable[..., Case], files: Callable[..., list[FiledFile]], now: datetime
) -> None:
    case = link()
    due = case.due_at

    case = add_to_case(case=case, urls=[URL + "#again"], files=files(1), now=now + LATER)

    (item,) = items_of(case)
    assert [label.name for label in item.labels] == ["holiday 1.jpg"]
    assert (item.added_at, item.content_kind) == (now, "photo")
    assert (case.due_at, Clock.objects.count()) == (due, 1)
    entry = Entry.objects.get()
    assert (entry.state, entry.origin) == (Entry.State.SEED, Entry.Origin.NOTICE)
    assert Claim.objects.get(entry=entry).item_id == item.id
    added = Event.objects.get(what="items_added")
    assert added.facts == {"items": 0, "locations": 0, "joined": 1}


def test_a_notice_that_is_not_valid_keeps_the_picture_for_its_item(
    link: Callable[..., Case], files: Callable[..., list[FiledFile]], now: datetime
) -> None:
    case = add_to_case(case=link(signature=""), urls=[URL], files=files(1), now=now + LATER)
    assert Entry.objects.count() == 0
    add_to_case(case=case, answers=Answers(signature="Ada Example"), now=now + 2 * LATER)
    assert Claim.objects.get().item == Item.objects.get()
    assert Clock.objects.get().began_at == now + 2 * LATER


def test_it_comes_to_one_reviewer_once(
    site: Site, link: Callable[..., Case], now: datetime
) -> None:
    case = link(urls=[site.origin + "/gone.jpg"])
    look_at_locations(now + SOON)
    services.take_in_unseen(now + SOON)
    add_to_case(case=case, urls=[site.origin + "/gone.jpg"], files=[its_file()], now=now + LATER)
    look_at_locations(now + LATER + SOON)
    tasks.take_in(now + LATER + SOON)
    services.take_in_unseen(now + LATER + SOON)
    task = Task.objects.get()
    assert (task.item, task.due_at) == (Item.objects.get(), now + timedelta(hours=48))


def test_what_was_found_there_before_is_this_picture_and_is_decided_with_it(
    site: Site, link: Callable[..., Case], reviewer: User, now: datetime
) -> None:
    case = found_at(site, link, now)
    tasks.take_in(now + SOON)

    case = add_to_case(
        case=case, urls=[site.origin + "/a.jpg"], files=[its_file()], now=now + LATER
    )

    tasks.take_in(now + LATER)
    services.take_in_unseen(now + LATER)
    assert (case.items.count(), Clock.objects.count()) == (1, 1)
    services.decide(
        task=Task.objects.get(),
        outcome="remove",
        grounds=["us-tida"],
        facts="",
        user=reviewer,
        now=now + LATER,
    )
    assert list(Entry.objects.values_list("state", flat=True)) == [Entry.State.CONFIRMED] * 2
    assert {claim.item_id for claim in Claim.objects.all()} == {case.items.get().pk}


def test_a_picture_that_came_after_what_was_found_is_said_to_be_in_the_case(
    site: Site, link: Callable[..., Case], reviewer: User, now: datetime
) -> None:
    case = found_at(site, link, now)
    tasks.take_in(now + SOON)
    task = Task.objects.get()
    assert screen_of(task, reviewer, now + SOON).has_later is False
    add_to_case(case=case, files=[its_file("citrus.jpg")], now=now + LATER)
    catch_up()
    shown = screen_of(task, reviewer, now + LATER)
    assert (shown.whys, shown.has_later) == ([], True)
    Claim.objects.update(ended_at=now)
    assert screen_of(task, reviewer, now + LATER).has_later is False


def test_what_was_found_there_is_another_picture(
    site: Site, link: Callable[..., Case], now: datetime
) -> None:
    case = found_at(site, link, now, "bee.jpg")
    add_to_case(case=case, urls=[site.origin + "/a.jpg"], files=[its_file()], now=now + LATER)
    tasks.take_in(now + LATER)
    services.take_in_unseen(now + LATER)
    assert (case.items.count(), Task.objects.count()) == (2, 2), "somebody looks for hers"


def test_what_is_found_there_later_is_another_picture(
    site: Site, link: Callable[..., Case], now: datetime
) -> None:
    url = site.put("a.jpg", edited("bee.jpg", "same"))
    case = link(urls=[url])
    add_to_case(case=case, urls=[url], files=[its_file()], now=now)
    catch_up()
    look_at_locations(now + SOON)
    assert Location.objects.get().item == case.items.get(position=2)
    assert Copy.objects.get().locations.get().item == case.items.get(position=2)
    assert Clock.objects.count() == 1, "what is found is no receipt"


def test_a_decided_item_takes_no_more(
    link: Callable[..., Case], files: Callable[..., list[FiledFile]], now: datetime
) -> None:
    case = link()
    case.items.update(answer=Item.Answer.REMOVED, answered_at=now)
    add_to_case(case=case, urls=[URL], files=files(1), now=now + LATER)
    assert case.items.count() == 2
    assert Clock.objects.count() == 2


@pytest.mark.parametrize("given", ["two pictures", "a new address", "two items"])
def test_where_it_could_be_either_a_person_looks_for_it(
    link: Callable[..., Case], files: Callable[..., list[FiledFile]], now: datetime, given: str
) -> None:
    other = URL + "?2"
    case = link(urls=[URL, other])
    urls = {"two pictures": [URL], "a new address": [URL, URL + "?3"], "two items": [URL, other]}
    some = files(1, 2) if given == "two pictures" else files(1)
    add_to_case(case=case, urls=urls[given], files=some, now=now + LATER)
    assert case.items.count() == 2 + len(some)
    assert Entry.objects.count() == len(some)


def test_likeness_tells_which_of_several_it_is(
    site: Site, link: Callable[..., Case], now: datetime
) -> None:
    case = found_at(site, link, now)
    some = [its_file("bee.jpg"), its_file(), its_file(how="part")]
    add_to_case(case=case, urls=[site.origin + "/a.jpg", URL + "?9"], files=some, now=now + LATER)
    labels = [[label.name for label in row.labels] for row in items_of(case)]
    assert labels == [["mine.jpg", "part.jpg"], ["mine.jpg"]]


def test_the_same_twice_in_a_first_notice_is_one(
    filed: Callable[..., Filed], files: Callable[..., list[FiledFile]], now: datetime
) -> None:
    twice = [*files(1), FiledFile(files(1)[0].fingerprint, name="copy of it.jpg")]
    case = filed(urls=[URL, URL + "#x"], files=twice).case
    (item,) = items_of(case)
    assert [label.name for label in item.labels] == ["holiday 1.jpg", "copy of it.jpg"]
    assert (case.locations.count(), Entry.objects.count(), Clock.objects.count()) == (1, 1, 1)
