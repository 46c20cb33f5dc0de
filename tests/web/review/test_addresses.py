"""Addresses at which nothing can be looked at: who has them, what she reads, how her time runs."""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

import staydown
from review_scene import file_notice
from staydown_web.accounts.models import Platform
from staydown_web.banks.services import catch_up
from staydown_web.base.clock import utc_now
from staydown_web.cases import tasks as case_tasks
from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.selectors.clocks import clocks_of
from staydown_web.cases.services import add_to_case, settle_location
from staydown_web.portal.services import open_page
from staydown_web.portal.views.session import COOKIE
from staydown_web.review import services, tasks
from staydown_web.review.models import Task
from staydown_web.review.selectors.addresses import given_of, kin_of
from staydown_web.review.selectors.queue import queue_page
from staydown_web.review.selectors.screen import screen_of

pytestmark = pytest.mark.django_db
MEDIA = Path(staydown.__file__).parent / "demo_media"
AGO = timedelta(hours=8)
"""So long ago she gave the address: a website that does not answer is tried for some hours."""
LOOKS, LOOKED = "A reviewer looks at it.", "A reviewer has decided."
PAGE = "text/html"
ANSWERS: dict[str, tuple[int, str, bytes]] = {
    "a page of a hidden post": (200, PAGE, b"<h1>This post is waiting</h1>"),
    "a page of a removed post": (410, PAGE, b"<h1>This post was removed</h1>"),
    "nothing there": (404, PAGE, b""),
    "kept back by law": (451, PAGE, b""),
    "not allowed": (403, PAGE, b""),
    "sign in first": (401, PAGE, b""),
    "to the page to sign in": (302, PAGE, b"/login"),
    "to another website": (302, PAGE, b"http://other.example/login"),
    "several pictures": (200, PAGE, b'<img src="/found.jpg"><img src="/m/2.jpg">'),
    "a video by a script": (200, PAGE, b'<script src="/player.js"></script>'),
    "a picture that is gone": (200, PAGE, b'<meta property="og:image" content="/m/gone.jpg">'),
    "no picture": (200, "image/jpeg", b"this is no picture"),
    "a text": (200, "text/plain", b"robots may not"),
    "too large": (200, "image/jpeg", b"x" * 2_000_000),
    "out of order": (500, PAGE, b""),
    "too many": (429, PAGE, b""),
    "no answer": (0, "", b""),
}


class Forum:
    """A website of the platform: path -> status, type and body."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str, bytes]] = {
            "/found.jpg": (200, "image/jpeg", (MEDIA / "citrus.jpg").read_bytes()),
            "/login": (200, PAGE, b"<form>Sign in</form>"),
        }
        forum = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, kind, body = forum.pages.get(self.path, (404, PAGE, b""))
                if not status:
                    self.close_connection = True
                    return
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", body.decode())
                    body = b""
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def forum(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forum]:
    made = Forum()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    platform.media_origins = [made.origin]
    platform.save()
    monkeypatch.setattr(case_tasks, "MAX_MEDIA_BYTES", 1_000_000)
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def work(now: datetime) -> None:
    """All that the worker does for addresses, until nothing more is due within seven hours."""
    catch_up()
    for hours in (0, 0.1, 0.5, 1, 2, 4, 7):
        moment = now + timedelta(hours=hours, seconds=5)
        while case_tasks.look_at_locations(moment):
            pass
        while tasks.take_in(moment) + services.take_in_unseen(moment):
            pass


def decide(task: Task, outcome: str, ground: str, reviewer: Any, now: datetime) -> None:
    """And past all that can stop it."""
    services.decide(task=task, outcome=outcome, grounds=[ground], facts="", user=reviewer, now=now)
    services.make_decisions_firm(now + timedelta(minutes=2))
    services.make_decisions_firm(now + timedelta(days=3))


def removed(case: Case, now: datetime) -> None:
    """The website says so."""
    for place in case.locations.filter(state=Location.State.FOUND):
        settle_location(location=place, state=Location.State.REMOVED, now=now)


def words_of(case: Case) -> str:
    """Her page, as it is read."""
    her = Client()
    her.cookies[COOKIE] = open_page(case=Case.objects.get(pk=case.pk), now=utc_now())
    page = her.get(reverse("portal:page")).text
    main = page[page.index("<main") : page.index("</main>")]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", main).split()))


def is_running(case: Case) -> bool:
    return any(clock.is_open for clock in clocks_of(case, now=utc_now()))


@pytest.fixture
def given(platform: Platform, forum: Forum, reviewer: Any) -> Callable[[str, str], Case]:
    """``given("beside a copy", url)``: her case, in which the address was looked at."""

    def make(shape: str, url: str) -> Case:
        began, found = utc_now() - AGO, f"{forum.origin}/found.jpg"
        match shape:
            case "a picture of it":
                case = file_notice(platform, ["citrus.jpg"], began, urls=[url])
            case "several pictures":
                case = file_notice(platform, ["citrus.jpg", "bridge.jpg"], began, urls=[url])
            case "beside a copy":
                case = file_notice(platform, ["citrus.jpg"], began, urls=[found, url])
            case "what another reported":
                first = file_notice(platform, ["citrus.jpg"], began - AGO, urls=[found])
                work(began - AGO)
                decide(Task.objects.get(case=first), "remove", "us-tida", reviewer, began - AGO)
                case = file_notice(platform, ["citrus.jpg"], began, urls=[url])
            case _:  # after the decision
                case = file_notice(platform, ["citrus.jpg"], began - AGO, urls=[found])
                work(began - AGO)
                decide(Task.objects.get(case=case), "remove", "us-tida", reviewer, began - AGO)
                removed(case, began - AGO)
                add_to_case(case=case, urls=[url], now=began)
        work(began)
        return case

    return make


SHAPES = (
    "a picture of it",
    "several pictures",
    "beside a copy",
    "what another reported",
    "after the decision",
)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("answer", ["a page of a hidden post", "nothing there", "out of order"])
def test_each_notice_of_it_comes_to_a_person_and_ends_with_one(
    shape: str, answer: str, forum: Forum, given: Any, reviewer: Any
) -> None:
    forum.pages["/p/1"] = ANSWERS[answer]
    case = given(shape, f"{forum.origin}/p/1")

    place = case.locations.get(copy=None, state__in=("not_found", "unreachable"))
    waiting = Task.objects.filter(case=case, state=Task.State.OPEN, copies=None)
    assert place.item is not None
    task = waiting.get(item=place.item)
    case.refresh_from_db()
    assert task.due_at is not None
    assert task.due_at >= case.due_at
    assert is_running(case)
    assert LOOKS in words_of(case)

    for one in Task.objects.filter(case=case, state=Task.State.OPEN):
        services.decide(
            task=one, outcome="remove", grounds=["us-tida"], facts="", user=reviewer,
            now=utc_now() - timedelta(hours=1),
        )  # fmt: skip
    services.make_decisions_firm(utc_now())
    removed(case, utc_now())
    work(utc_now())
    assert not Task.objects.filter(case=case, state=Task.State.OPEN).exists()
    assert not case.items.exclude(state=Item.State.REMOVED).exists()
    assert LOOKS not in words_of(case)


@pytest.mark.parametrize("answer", ANSWERS)
def test_whatever_a_website_answers_a_person_looks_until_somebody_decided(
    answer: str, forum: Forum, given: Any, reviewer: Any
) -> None:
    forum.pages["/p/1"] = ANSWERS[answer]
    case = given("after the decision", f"{forum.origin}/p/1")
    task = Task.objects.get(case=case, state=Task.State.OPEN)
    assert (task.item, task.copies.count()) == (case.items.get(position=2), 0)
    assert is_running(case)
    assert LOOKS in words_of(case)
    case.refresh_from_db()
    assert task.due_at == case.due_at > utc_now() + timedelta(hours=39)

    decide(task, "remove", "us-tida", reviewer, utc_now() - timedelta(days=4))

    assert not is_running(case)
    said = words_of(case)
    assert "It was removed there. If it is there again, please write to the reviewer." in said
    assert "Nothing found" not in said
    assert LOOKS not in said
    assert "You can help" not in said


@pytest.mark.parametrize("shape", ["after the decision", "a picture of it"])
def test_of_a_website_that_did_not_join_it_is_not_said_that_somebody_looks(
    forum: Forum, given: Any, shape: str
) -> None:
    case = given(shape, "http://other.example/p/1")
    assert not Task.objects.filter(case=case, state=Task.State.OPEN).exists()
    assert not is_running(case)
    assert LOOKS.removesuffix(".") not in words_of(case)


def bare_task(given: Any, forum: Forum) -> Task:
    forum.pages["/p/bridge"] = ANSWERS["a page of a hidden post"]
    case = given("after the decision", f"{forum.origin}/p/bridge")
    return Task.objects.get(case=case, state=Task.State.OPEN)


def test_a_reviewer_says_where_the_picture_lies_and_it_joins_the_task(
    forum: Forum, given: Any, reviewer_client: Client
) -> None:
    task = bare_task(given, forum)
    lies = f"{forum.origin}/held/bridge.jpg"
    forum.pages["/held/bridge.jpg"] = (200, "image/jpeg", (MEDIA / "bridge.jpg").read_bytes())
    place = Location.objects.get(item=task.item)

    sent = {"place": str(place.pk), "url": lies}
    response = reviewer_client.post(reverse("review:point", args=[task.number]), sent)

    assert response.status_code == 302
    work(utc_now())
    place.refresh_from_db()
    assert (place.state, place.item) == (Location.State.FOUND, task.item)
    assert [one.pk for one in task.copies.all()] == [place.copy_id]
    assert not Task.objects.filter(case=task.case, copies=None, state=Task.State.OPEN).exists()
    assert is_running(task.case)
    page = reviewer_client.get(reverse("review:task", args=[task.number])).text
    assert "because a reviewer said where it lies" in page
    (given_,) = [one for one in given_of(task) if one.id == str(place.pk)]
    assert given_.words == "Found where a reviewer said that it lies, at another address"
    assert given_.words in page
    # Of this address no picture was given: nothing that could be copied.
    says = "A picture or video was found at another address of this website."
    assert says in words_of(task.case)
    assert "/held/bridge.jpg" not in words_of(task.case)
    assert "/p/bridge" in words_of(task.case)


@pytest.mark.parametrize("names", [[], ["citrus.jpg"]])
def test_what_is_pointed_to_may_be_in_another_task_and_then_nobody_looks_any_more(
    platform: Platform, forum: Forum, reviewer: Any, reviewer_client: Client, names: list[str]
) -> None:
    began, lies = utc_now() - AGO - AGO, f"{forum.origin}/found.jpg"
    file_notice(platform, ["citrus.jpg"], began, urls=[lies])
    work(began)
    other = Task.objects.get()
    forum.pages["/p/cat"] = ANSWERS["a page of a hidden post"]
    case = file_notice(platform, names, utc_now() - AGO, urls=[f"{forum.origin}/p/cat"])
    work(utc_now() - AGO)
    task = Task.objects.get(case=case)
    place = case.locations.get()

    sent = {"place": str(place.pk), "url": lies}
    said = reviewer_client.post(reverse("review:point", args=[task.number]), sent, follow=True)
    assert "this one leads there" in said.text
    work(utc_now())

    task.refresh_from_db()
    assert task.state == Task.State.DROPPED
    assert list(Task.objects.filter(state=Task.State.OPEN)) == [other]
    page = reviewer_client.get(reverse("review:task", args=[task.number])).text
    assert "a copy was found, and is decided in a task of its own" in page
    assert page.count("A copy was found, and lies in a task of its own.") == 2
    assert "No copy of it was found" not in page
    assert "nobody has found a copy" not in page
    assert reverse("review:task", args=[other.number]) in page
    assert LOOKS in words_of(case)
    at = utc_now() + timedelta(minutes=1)
    services.decide(
        task=other, outcome="remove", grounds=["us-tida"], facts="", user=reviewer, now=at
    )
    work(at)
    services.make_decisions_firm(at + timedelta(minutes=2))
    removed(case, at)
    assert not Task.objects.filter(state=Task.State.OPEN).exists()
    assert {item.state for item in case.items.all()} == {Item.State.REMOVED}


def test_what_joined_an_older_task_is_decided_with_it_and_nobody_looks_again(
    platform: Platform, forum: Forum, reviewer: Any
) -> None:
    began, lies = utc_now() - AGO - AGO, f"{forum.origin}/found.jpg"
    file_notice(platform, ["citrus.jpg"], began, urls=[lies])
    work(began)
    file_notice(platform, [], utc_now() - AGO, urls=[lies])
    work(utc_now() - AGO)
    task, at = Task.objects.get(), utc_now()
    assert task.copies.count() == 2
    made = services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="", user=reviewer, now=at
    )
    assert services.take_in_unseen(at + timedelta(seconds=5)) == 0
    services.undo_decision(decision=made, user=reviewer, now=at + timedelta(seconds=6))
    assert services.take_in_unseen(at + timedelta(seconds=7)) == 0
    assert Task.objects.get().state == Task.State.OPEN


@pytest.mark.parametrize("url", ["", "no address", "http://other.example/bridge.jpg"])
def test_an_address_that_the_platform_does_not_list_is_not_fetched(
    forum: Forum, given: Any, reviewer_client: Client, url: str
) -> None:
    task = bare_task(given, forum)
    place = Location.objects.get(item=task.item)
    sent = {"place": str(place.pk), "url": url}
    response = reviewer_client.post(reverse("review:point", args=[task.number]), sent)
    assert response.status_code == 400
    assert 'aria-invalid="true"' in response.text
    place.refresh_from_db()
    assert (place.state, place.media_box) == (Location.State.NOT_FOUND, None)


def test_an_address_of_another_task_is_not_looked_at(
    forum: Forum, given: Any, reviewer_client: Client
) -> None:
    task = bare_task(given, forum)
    found = task.case.locations.get(state=Location.State.REMOVED)
    sent = {"place": str(found.pk), "url": f"{forum.origin}/found.jpg"}
    response = reviewer_client.post(reverse("review:point", args=[task.number]), sent)
    assert response.status_code == 404


def test_a_colleagues_task_is_theirs_and_a_decided_one_nobodys(
    forum: Forum, given: Any, reviewer_client: Client, lead: Any
) -> None:
    task = bare_task(given, forum)
    place = Location.objects.get(item=task.item)
    sent = {"place": str(place.pk), "url": f"{forum.origin}/found.jpg"}
    for values in ({"taken_by": lead}, {"taken_by": None, "state": Task.State.DONE}):
        Task.objects.filter(pk=task.pk).update(**values)
        response = reviewer_client.post(reverse("review:point", args=[task.number]), sent)
        assert response.status_code == 409
    place.refresh_from_db()
    assert place.media_box is None


def test_the_screen_says_what_is_known_of_each_address_and_what_may_be_the_same(
    forum: Forum, given: Any, reviewer: Any
) -> None:
    began = utc_now() - AGO - AGO
    forum.pages["/m/bridge.jpg"] = (200, "image/jpeg", (MEDIA / "bridge.jpg").read_bytes())
    other = file_notice(
        Platform.objects.get(), ["bridge.jpg"], began, urls=[f"{forum.origin}/m/bridge.jpg"]
    )
    work(began)
    kin = Task.objects.get(case=other)

    task = bare_task(given, forum)

    assert [(one.number, one.words) for one in kin_of(task)] == [
        (kin.number, "waits in the queue"),
        (Task.objects.get(case=task.case, state=Task.State.DONE).number, "Remove and keep down"),
    ]
    first, second = given_of(task)
    assert (first.is_unseen, second.is_unseen) == (True, False)
    assert first.url.endswith("/p/bridge")
    assert first.words == "The address of a page, not of the picture or video itself"


@pytest.mark.parametrize("answer", ["nothing there", "a page of a removed post"])
def test_where_nothing_is_nobody_says_that_there_was_something(
    forum: Forum, given: Any, reviewer_client: Client, answer: str
) -> None:
    forum.pages["/p/1"] = ANSWERS[answer]
    case = given("beside a copy", f"{forum.origin}/p/1")
    place = case.locations.get(copy=None)
    page = reviewer_client.get(
        reverse("review:task", args=[Task.objects.get(item=place.item).number])
    ).text
    assert ">Nothing is there<" in page
    assert "Nothing is there any more" not in page
    assert "Only if you saw it there, and you or a colleague took it down." in page
    assert "it is down already" not in page


def test_what_is_not_where_a_reviewer_pointed_is_not_said_of_her_address(
    forum: Forum, given: Any, reviewer_client: Client
) -> None:
    task = bare_task(given, forum)
    place = Location.objects.get(item=task.item)
    sent = {"place": str(place.pk), "url": f"{forum.origin}/held/nothing.jpg"}
    reviewer_client.post(reverse("review:point", args=[task.number]), sent)
    work(utc_now())
    (given_,) = [one for one in given_of(task) if one.id == str(place.pk)]
    assert given_.words == "At the address where a reviewer said that it lies: Nothing is there"
    assert "The website says that nothing is there." not in words_of(task.case)
    assert LOOKS in words_of(task.case)


def test_a_short_name_of_a_post_is_a_name(platform: Platform, forum: Forum, reviewer: Any) -> None:
    began = utc_now() - AGO - AGO
    forum.pages["/m/cat.jpg"] = (200, "image/jpeg", (MEDIA / "bridge.jpg").read_bytes())
    file_notice(platform, ["bridge.jpg"], began, urls=[f"{forum.origin}/m/cat.jpg"])
    forum.pages["/p/cat"] = ANSWERS["a page of a hidden post"]
    case = file_notice(platform, [], began, urls=[f"{forum.origin}/p/cat"])
    work(began)
    (kin,) = kin_of(Task.objects.get(case=case))
    assert kin.why == "Its post has the same name"


@pytest.mark.parametrize("names", [["citrus.jpg"], []])
def test_what_lies_at_another_address_is_a_copy_only_of_a_picture_that_was_given(
    platform: Platform, forum: Forum, reviewer: Any, names: list[str]
) -> None:
    began = utc_now() - AGO - AGO
    forum.pages["/p/2"] = ANSWERS["a page of a hidden post"]
    urls = [f"{forum.origin}/found.jpg", f"{forum.origin}/p/2"]
    case = file_notice(platform, names, began, urls=urls)
    work(began)
    work(utc_now())
    places = case.locations.order_by("position")
    task = Task.objects.get(item=places.last().item, copies=None)

    (kin,) = kin_of(task)

    given, other = "A copy of a picture that this case gave", "It lies at another address"
    assert kin.why.startswith(given if names else other)
    says = "A copy was found" if names else "A picture or video was found"
    page = words_of(case)
    assert f"{says} there." in page
    assert f"{says} at Forum Example" in page
    assert ("A copy was found" in page) == bool(names)


def test_a_task_with_a_copy_asks_for_no_address(forum: Forum, given: Any) -> None:
    case = given("beside a copy", f"{forum.origin}/p/bridge")
    task = Task.objects.get(case=case, copies__isnull=False)
    assert not any(one.is_unseen for one in given_of(task))


@pytest.mark.parametrize("answer", ["a page of a hidden post", "out of order"])
def test_the_last_moment_for_an_address_without_an_item_is_on_her_page(
    platform: Platform, forum: Forum, given: Any, answer: str
) -> None:
    forum.pages["/p/1"] = ANSWERS[answer]
    case = given("after the decision", f"{forum.origin}/p/1")
    assert "Last moment for the website" in words_of(case)
    add_to_case(case=case, urls=[f"{forum.origin}/p/2"], now=utc_now())
    Item.objects.filter(case=case).update(state=Item.State.REMOVED)
    said = words_of(case)
    assert "Last moment for the website" in said
    assert "the person who uploaded can be told of it" not in said


def test_the_time_of_what_is_looked_at_comes_first_and_that_of_others_is_marked(
    platform: Platform, forum: Forum, reviewer: Any, reviewer_client: Client
) -> None:
    began = utc_now() - AGO
    case = file_notice(platform, ["citrus.jpg"], began, urls=[f"{forum.origin}/found.jpg"])
    work(began)
    add_to_case(case=case, urls=[f"{forum.origin}/p/2"], now=utc_now())
    work(utc_now())
    late = case.locations.order_by("position").last()
    assert late.item is not None
    later = Task.objects.get(item=late.item)

    limits = screen_of(later, reviewer, utc_now()).limits

    assert [(one.state.value, one.is_of_others) for one in limits] == [
        ("running", False), ("running", True),
    ]  # fmt: skip
    assert "For what was added" in limits[0].more[0]
    case.refresh_from_db()
    assert later.due_at > case.due_at
    first = Task.objects.get(case=case, copies__isnull=False)
    assert first.due_at == case.due_at
    assert [one.is_of_others for one in screen_of(first, reviewer, utc_now()).limits] == [
        False, True,
    ]  # fmt: skip
    page = reviewer_client.get(reverse("review:task", args=[later.number])).text
    assert "other items of the case" in page


def test_the_queue_says_that_more_than_one_case_stands_behind_a_task(
    platform: Platform, forum: Forum, reviewer: Any, reviewer_client: Client
) -> None:
    began, found = utc_now() - AGO, f"{forum.origin}/found.jpg"
    cases = [file_notice(platform, ["citrus.jpg"], began, urls=[found]) for _ in range(2)]
    work(began)
    (row,) = queue_page(tab="all", at=1, user=reviewer, now=utc_now()).rows
    assert row.case_number in {case.number for case in cases}
    assert row.more_cases == 1
    page = " ".join(reviewer_client.get(reverse("review:queue")).text.split())
    assert "and 1 more" in page


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("a page of a hidden post", "nothing was found there. We look there again now."),
        ("found", "This address was in your case already. It is there once, as before."),
        ("two", "A part of it was in your case already"),
        ("new", "What you added is there."),
    ],
)
@pytest.mark.parametrize("way", ["plain", "sent"])
def test_an_address_that_is_given_again_was_there_and_what_is_known_is_said(
    platform: Platform, forum: Forum, answer: str, said: str, way: str
) -> None:
    began, page = utc_now() - AGO, f"{forum.origin}/p/1"
    url = f"{forum.origin}/found.jpg" if answer == "found" else page
    case = file_notice(platform, ["citrus.jpg"], began, urls=[url])
    forum.pages["/p/1"] = ANSWERS["a page of a hidden post"]
    work(began)
    urls = {"two": [url, f"{page}2"], "new": [f"{page}2"]}.get(answer, [url])
    her = Client()
    her.cookies[COOKIE] = open_page(case=Case.objects.get(pk=case.pk), now=utc_now())
    if way == "plain":
        sent = her.post(reverse("portal:add_plain"), {"urls": "\n".join(urls)})
    else:
        document = {"version": 1, "token": "a" * 32, "urls": urls}
        sent = her.post(reverse("portal:add_send"), {"document": json.dumps(document)})
    assert sent.status_code == 302, sent.text

    shown = html.unescape(her.get(sent.headers["Location"].partition("#")[0]).text)

    assert said in shown
    assert ('<details id="addresses" open>' in shown) == (answer != "new")
    assert 'data-added="/case/add/send/" hidden' in shown, "the draft is deleted"
    later = her.get(reverse("portal:page")).text
    assert "data-added" not in later
    assert case.locations.count() == len({*urls, url})


def test_a_copy_elsewhere_that_is_decided_meanwhile_says_nothing_of_the_address(
    platform: Platform, forum: Forum, reviewer: Any
) -> None:
    began, found = utc_now() - AGO, f"{forum.origin}/found.jpg"
    first = file_notice(platform, ["citrus.jpg"], began, urls=[found])
    work(began)
    services.decide(
        task=Task.objects.get(case=first), outcome="remove", grounds=["us-tida"], facts="",
        user=reviewer, now=began + timedelta(hours=7),
    )  # fmt: skip
    forum.pages["/p/1"] = ANSWERS["a page of a hidden post"]
    filed_at = began + timedelta(hours=7, seconds=20)
    case = file_notice(platform, ["citrus.jpg"], filed_at, urls=[f"{forum.origin}/p/1"])
    while case_tasks.look_at_locations(filed_at + timedelta(seconds=20)):
        pass
    while tasks.take_in(filed_at) + services.take_in_unseen(filed_at):
        pass
    task = Task.objects.get(case=case)
    assert task.item == case.items.get()

    services.make_decisions_firm(began + timedelta(hours=7, minutes=2))
    assert case.items.get().state == Item.State.REMOVED, "by the copy that is like it"
    removed(first, utc_now())
    work(utc_now())

    task.refresh_from_db()
    case.refresh_from_db()
    second = case.items.get(position=2)
    assert (task.state, task.item) == (Task.State.OPEN, second)
    assert case.locations.get().item == second
    assert task.due_at == case.due_at == filed_at + timedelta(hours=48)
    assert is_running(case)
    assert LOOKS in words_of(case)
    decide(task, "remove", "us-tida", reviewer, utc_now() - timedelta(days=4))
    assert not is_running(case)
    assert LOOKS not in words_of(case)


def test_while_she_can_answer_nobody_is_said_to_look(
    forum: Forum, given: Any, reviewer: Any
) -> None:
    task, at = bare_task(given, forum), utc_now() - timedelta(minutes=5)
    services.decide(
        task=task, outcome="restore", grounds=["not_here"], facts="", user=reviewer, now=at
    )
    services.make_decisions_firm(at + timedelta(minutes=2))
    task.refresh_from_db()
    assert task.state == Task.State.DONE
    said = words_of(task.case)
    assert "Please answer, if you do not agree" in said
    assert LOOKED in said
    assert LOOKS not in said
