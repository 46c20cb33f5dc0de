"""Another notice of an address at which something was hidden or removed by an order of ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from review_scene import file_notice, fingerprint_of_file
from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.base.clock import utc_now
from staydown_web.cases.forms import FiledFile
from staydown_web.cases.models import Case, Clock, Location
from staydown_web.cases.services import add_to_case
from staydown_web.cases.services.erasing import erase_case
from staydown_web.review import services, tasks
from staydown_web.review.models import Task, Telling
from staydown_web.screening.models import Copy
from web.review.test_addresses import ANSWERS, Forum, forum, is_running, words_of, work
from web.review.test_complaints import answer, by_uploader
from web.review.test_hearing import answer as say_no

__all__ = ["forum"]

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BEGAN = timedelta(hours=30)
PAGE, GONE = ANSWERS["a page of a hidden post"], ANSWERS["a page of a removed post"]
SHOWS = (200, "text/html", b'<meta property="og:image" content="/found.jpg">')
DEAD_ENDS = (
    "You can help",
    "We found no picture",
    "nothing is there",
    "Nothing found",
    "Nothing was",
)


@pytest.fixture
def second(user_named: Callable[..., User]) -> User:
    return user_named("sara")


class Post:
    """A post of the forum that somebody reported, and what becomes of it."""

    def __init__(self, forum: Forum, platform: Platform, now: datetime) -> None:
        self.forum, self.platform, self.now = forum, platform, now
        self.url = f"{forum.origin}/p/1"
        self.forum.pages["/p/1"] = SHOWS
        self.first = file_notice(platform, ["citrus.jpg"], now, urls=[self.url])
        work(now)
        self.task = Task.objects.get(case=self.first)

    def decide(self, outcome: str, user: User, now: datetime, *grounds: str) -> Any:
        return services.decide(
            task=Task.objects.get(pk=self.task.pk),
            outcome=outcome,
            grounds=list(grounds),
            facts="",
            user=user,
            now=now,
        )

    def carried_out(self, now: datetime, page: tuple[int, str, bytes]) -> None:
        """The minute is over, and the site has done what it was told to."""
        services.make_decisions_firm(now)
        make_orders(now)
        for order in Order.objects.filter(state="waiting").order_by("seq"):
            answer_order(
                order_id=order.pk, platform_id=order.platform_id, state="done", note="",
                actor="system", now=now,
            )  # fmt: skip
        self.forum.pages["/p/1"] = page
        self.forum.pages.pop("/found.jpg", None)

    def held(self, user: User, now: datetime) -> None:
        self.decide("hold", user, now)
        self.carried_out(now + MINUTE, PAGE)

    def removed(self, user: User, now: datetime) -> None:
        self.decide("remove", user, now, "us-tida")
        self.carried_out(now + MINUTE, GONE)

    def named(self, now: datetime, *, names: tuple[str, ...] = (), url: str = "") -> Case:
        """Somebody else names it."""
        urls = [url or self.url]
        case = file_notice(self.platform, list(names), now, urls=urls, name="Berta Beispiel")
        work(now)
        services.follow_clocks(now)
        return case


@pytest.fixture
def post(forum: Forum, platform: Platform) -> Post:
    return Post(forum, platform, utc_now() - BEGAN)


def has_no_dead_end(case: Case) -> bool:
    said = words_of(case)
    return not any(words in said for words in DEAD_ENDS)


def outcome_of(case: Case) -> str:
    return Clock.objects.filter(notice__case=case).order_by("began_at").last().outcome


NAMES = pytest.mark.parametrize("names", [(), ("citrus.jpg",), ("bridge.jpg",)])


@pytest.mark.parametrize("names", [(), ("citrus.jpg",)])
def test_what_is_hidden_for_a_second_reviewer_is_hidden_for_her_too(
    post: Post, reviewer: User, second: User, names: tuple[str, ...]
) -> None:
    post.held(reviewer, post.now + HOUR)
    case = post.named(post.now + 2 * HOUR, names=names)
    place = case.locations.get()
    assert (place.state, place.copy) == ("found", post.first.locations.get().copy)
    assert place.item == case.items.get()
    assert Task.objects.get() == post.task, "one task, whose reviewer decides for both"
    said = words_of(case)
    assert "It is hidden until a second reviewer has decided." in said
    assert has_no_dead_end(case)
    assert is_running(case), "somebody can meet it"

    post.decide("remove", second, post.now + 3 * HOUR, "us-tida")
    post.carried_out(post.now + 3 * HOUR + MINUTE, GONE)
    assert (case.items.get().state, case.locations.get().state) == ("removed", "removed")
    assert outcome_of(case) == "kept"
    assert has_no_dead_end(case)
    work(utc_now())
    assert not Task.objects.filter(state__in=("open", "second")).exists()


def test_undone_and_removed_it_is_removed_for_her_too(post: Post, reviewer: User) -> None:
    post.decide("hold", reviewer, post.now + HOUR)
    post.forum.pages["/p/1"] = PAGE
    case = post.named(post.now + HOUR + MINUTE / 2)
    made = post.task.decisions.get()
    services.undo_decision(decision=made, user=reviewer, now=post.now + HOUR + MINUTE * 3 / 4)
    assert Task.objects.get().state == "open"
    post.removed(reviewer, post.now + 2 * HOUR)
    assert (case.items.get().state, case.locations.get().state) == ("removed", "removed")
    assert outcome_of(case) == "kept"
    assert has_no_dead_end(case)


@NAMES
def test_what_was_removed_needs_no_task_and_no_time(
    post: Post, reviewer: User, names: tuple[str, ...]
) -> None:
    post.removed(reviewer, post.now + HOUR)
    case = post.named(utc_now() - 2 * HOUR, names=names)
    assert case.locations.get().state == "removed"
    assert case.locations.get().item.state == "removed"
    said = words_of(case)
    assert "It was removed there. If it is there again, please write to the reviewer." in said
    assert has_no_dead_end(case)
    if names != ("bridge.jpg",):
        assert case.items.get().state == "removed"
        assert not Task.objects.filter(state="open").exists()
        assert outcome_of(case) == "kept"
        assert not is_running(case)
    else:
        assert Task.objects.get(state="open").item.position == 1, "another picture: looked for"
    assert not Telling.objects.exists()


def test_an_address_that_she_adds_later_is_known_as_well(post: Post, reviewer: User) -> None:
    post.forum.pages["/p/2"] = (200, "image/jpeg", post.forum.pages["/found.jpg"][2])
    hers = post.named(post.now, names=("citrus.jpg",), url=f"{post.forum.origin}/p/2")
    post.removed(reviewer, post.now + HOUR)
    assert hers.items.get().state == "removed"
    add_to_case(case=hers, urls=[post.url], now=utc_now() - HOUR)
    work(utc_now() - HOUR)
    place = hers.locations.order_by("position").last()
    assert (place.state, place.item) == ("removed", hers.items.get())
    assert not Task.objects.filter(state="open").exists()
    assert not is_running(hers)
    assert has_no_dead_end(hers)


def test_the_address_of_the_picture_itself_is_known_too(post: Post, reviewer: User) -> None:
    post.removed(reviewer, post.now + HOUR)
    case = post.named(utc_now() - HOUR, url=f"{post.forum.origin}/found.jpg")
    assert case.locations.get().state == "removed"


def test_what_is_ordered_and_not_done_yet_waits_for_the_website_alone(
    post: Post, reviewer: User
) -> None:
    post.decide("remove", reviewer, post.now + HOUR, "us-tida")
    post.forum.pages["/p/1"] = PAGE
    case = post.named(post.now + HOUR + MINUTE / 2)
    assert (case.items.get().state, case.items.get().answer) == ("received", "removed")
    services.make_decisions_firm(post.now + HOUR + MINUTE)
    make_orders(post.now + HOUR + MINUTE)
    work(post.now + 2 * HOUR)
    assert "It is to be removed; we wait for that." in words_of(case)
    assert is_running(case)
    assert not Task.objects.filter(state="open").exists()
    post.carried_out(post.now + 2 * HOUR, GONE)
    assert case.locations.get().state == "removed"
    assert outcome_of(case) == "kept"


def test_what_waits_to_be_shown_again_is_told_to_her_at_once(
    post: Post, reviewer: User, second: User
) -> None:
    post.held(reviewer, post.now + HOUR)
    made = post.decide("restore", second, post.now + 2 * HOUR, "not_intimate")
    services.make_decisions_firm(post.now + 2 * HOUR + MINUTE)
    case = post.named(post.now + 3 * HOUR)
    services.make_decisions_firm(post.now + 3 * HOUR + MINUTE)
    assert Telling.objects.filter(decision=made, case=case).exists()
    assert outcome_of(case) == "kept"
    assert tasks.take_in(post.now + 4 * HOUR) == 0
    services.make_decisions_firm(post.now + 60 * HOUR)
    make_orders(post.now + 60 * HOUR)
    for order in Order.objects.filter(what="restore"):
        answer_order(
            order_id=order.pk, platform_id=order.platform_id, state="done", note="",
            actor="system", now=post.now + 61 * HOUR,
        )  # fmt: skip
    assert case.items.get().state == "kept"
    assert tasks.take_in(post.now + 62 * HOUR) == 0, "she was heard: nobody has to look again"


def test_a_reversal_because_of_who_had_asked_is_none_of_hers(
    post: Post, reviewer: User, second: User
) -> None:
    post.held(reviewer, post.now + HOUR)
    made = post.decide("restore", second, post.now + 2 * HOUR, "not_the_person")
    services.make_decisions_firm(post.now + 2 * HOUR + MINUTE)
    case = post.named(post.now + 3 * HOUR)
    services.make_decisions_firm(post.now + 3 * HOUR + MINUTE)
    made.refresh_from_db()
    assert made.undone_at is not None
    assert not Telling.objects.filter(case=case).exists()
    assert is_running(case)
    assert Task.objects.get().state == "second"


def test_what_is_shown_again_is_no_known_one(post: Post, reviewer: User) -> None:
    post.removed(reviewer, post.now + HOUR)
    Copy.objects.update(state=Copy.State.RESTORED)
    case = post.named(utc_now() - HOUR)
    assert case.locations.get().state == "not_found"


def test_nothing_is_known_of_another_address_of_what_is_there_nor_of_an_erased_one(
    post: Post, reviewer: User
) -> None:
    post.removed(reviewer, post.now + HOUR)
    post.forum.pages["/p/3"] = GONE
    other = post.named(utc_now() - HOUR, url=f"{post.forum.origin}/p/3")
    assert other.locations.get().state == "not_found"
    erase_case(case=Case.objects.get(pk=post.first.pk), now=utc_now())
    place = Location.objects.get(case=post.first)
    assert (place.url_blind, place.media_blind) == ("", "")
    assert post.named(utc_now() - HOUR).locations.get().state == "not_found"


def test_what_is_there_and_is_something_else_is_looked_at(post: Post, reviewer: User) -> None:
    post.removed(reviewer, post.now + HOUR)
    post.forum.pages["/p/1"] = ANSWERS["no picture"]
    assert post.named(utc_now() - HOUR).locations.get().state == "not_found"


def test_another_file_that_comes_with_it_is_not_said_to_be_there(
    post: Post, reviewer: User
) -> None:
    post.forum.pages["/p/2"] = (200, "image/jpeg", post.forum.pages["/found.jpg"][2])
    hers = post.named(post.now, names=("citrus.jpg",), url=f"{post.forum.origin}/p/2")
    post.removed(reviewer, post.now + HOUR)
    other = FiledFile(fingerprint_of_file("bridge.jpg"), name="bridge.jpg")
    add_to_case(case=hers, urls=[post.url], files=[other], now=utc_now() - HOUR)
    work(utc_now() - HOUR)
    place = hers.locations.order_by("position").last()
    assert (place.state, place.item) == ("removed", hers.items.get(position=1))
    assert Task.objects.get(state="open").item == hers.items.get(position=2)
    assert hers.items.count() == 2


@pytest.mark.parametrize("ground", ["not_intimate", "not_the_person"])
@pytest.mark.parametrize("after", [HOUR, 60 * HOUR], ids=["while it waits", "shown again"])
def test_her_picture_and_its_address_are_one_after_a_reversal(
    post: Post, reviewer: User, second: User, ground: str, after: timedelta
) -> None:
    picture = post.forum.pages["/found.jpg"]
    post.now -= 3 * 24 * HOUR
    post.removed(reviewer, post.now + HOUR)
    first = post.task.decisions.get()
    at = post.now + 2 * HOUR
    reversal = answer(by_uploader(first, at), second, at, "reversed", ground).reversal
    services.make_decisions_firm(at + MINUTE)
    if after > 48 * HOUR:
        post.carried_out(at + 50 * HOUR, SHOWS)
        reversal.refresh_from_db()
        assert reversal.made_firm_at is not None
        post.forum.pages["/found.jpg"] = picture
    case = post.named(at + after, names=("citrus.jpg",))
    services.make_decisions_firm(at + after + MINUTE)
    if Telling.objects.filter(case=case).exists():
        say_no(case, at + after + HOUR)
        services.make_decisions_firm(at + after + HOUR + MINUTE)
    work(at + after + 2 * HOUR)
    assert case.locations.get().item == case.items.get()
    assert case.locations.get().copy is not None
    assert Task.objects.filter(state="open").count() <= 1
