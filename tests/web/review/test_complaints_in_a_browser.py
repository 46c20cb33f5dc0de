"""Complaints and suspensions in a real browser: by keys alone, each screen through axe-core."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from barriers import LOOKS, axe
from kept_pictures import keep
from statement_scene import make_task
from staydown_web.cases.models import Contact, Suspension
from staydown_web.portal.services import open_page
from staydown_web.portal.views.session import COOKIE
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services.stating import make_statement
from staydown_web.review import services
from staydown_web.review.models import Complaint, Decision, Task

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)

MINUTE, HOUR, DAY = timedelta(seconds=60), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def window(browser, live_server, client_of) -> Iterator[Callable[..., Page]]:
    """``window(user)`` or ``window(case=case)``: a page of somebody signed in, or of a person."""
    contexts: list[Any] = []

    def make(user: Any = None, *, case: Any = None, now: Any = None, **options: Any) -> Page:
        context = browser.new_context(reduced_motion="reduce", base_url=live_server.url, **options)
        contexts.append(context)
        cookies = {}
        if user is not None:
            cookies["session"] = client_of(user).session.session_key
        if case is not None:
            cookies[COOKIE] = open_page(case=case, now=now)
        context.add_cookies(
            [{"name": k, "value": v, "url": live_server.url} for k, v in cookies.items()]
        )
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def looked_at(page: Page, name: str) -> None:
    """Nothing is wrong with the page in any width and scheme, and nothing sticks out of it."""
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert axe(page) == [], (name, width, scheme)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (name, width, "sticks out")
        keep(page, name)


def removal(task: Task, user, at) -> Decision:
    made = services.decide(
        task=task, outcome="remove", grounds=["us-tida"],
        facts="It shows a person in an intimate way.", user=user, now=at,
    )  # fmt: skip
    services.make_decisions_firm(at + MINUTE)
    made.refresh_from_db()
    return made


@pytest.fixture
def removed(noticed, lead, today) -> tuple[Any, Decision, str]:
    """A case, a firm removal of two days ago, and the token of its statement."""
    case, task = noticed("same", "citrus.jpg")
    made = removal(task, lead, today - 2 * DAY)
    statement = make_statement(decision=made, now=today - 2 * DAY, copy=task.copies.get())
    return case, made, said_by(statement).token


@pytest.fixture
def kept(noticed, lead, today) -> tuple[Any, Decision]:
    """A case, and a firm decision not to remove."""
    case, task = noticed("same", "pagoda.jpg")
    at = today - 4 * DAY
    services.decide(
        task=task, outcome="restore", grounds=["not_intimate"], facts="", user=lead, now=at
    )
    for later in (MINUTE, 49 * HOUR):
        services.make_decisions_firm(at + later)
    return case, Decision.objects.get(task=task)


def test_that_another_decision_keeps_it_off_is_read_without_a_barrier(
    window, removed, reviewer, user_named, today
) -> None:
    _case, made, _token = removed
    copy = made.task.copies.get()
    again = make_task(copy.platform, today, copy)
    removal(again, user_named("sara"), today - DAY)
    complaint = services.file_complaint(
        decision=made, side="uploader", text="It is a garden.", now=today, key="k"
    )
    page = window(reviewer)
    page.goto(reverse("review:complaint", args=[complaint.pk]))
    assert page.get_by_text("It stays off, whatever you decide here.").is_visible()
    looked_at(page, "complaint-kept-off")


def test_a_complaint_is_answered_by_keys_alone(window, removed, reviewer, today) -> None:
    _case, made, _token = removed
    complaint = services.file_complaint(
        decision=made, side="uploader", text="It is a garden.", now=today, key="k"
    )
    page = window(reviewer)
    page.goto(reverse("review:queue"))
    page.get_by_role("link", name="Complaints").click()
    page.wait_for_url("**/complaints/")
    page.keyboard.press("n")
    page.wait_for_url("**/complaints/*/")
    assert "It is a garden." not in page.content()
    page.keyboard.press("o")
    page.wait_for_url("**/?open=1**")
    page.get_by_text("It is a garden.").wait_for()
    page.keyboard.press("Control+Enter")
    page.get_by_text("Not answered yet.").wait_for()
    assert page.evaluate("document.activeElement.matches('.note.heed')"), "led to what says so"
    for key in ("r", "s"):  # on the screen of a task: remove, restore
        page.keyboard.press(key)
        assert page.locator("input[name=outcome]:checked").count() == 0
    page.keyboard.press("l")
    assert not page.get_by_text("On which ground").is_visible()
    page.keyboard.press("v")
    assert page.get_by_text("On which ground").is_visible()
    page.keyboard.press("l")
    page.keyboard.press("f")
    page.keyboard.type("We looked again: it shows a person.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/complaints/")
    complaint.refresh_from_db()
    assert (complaint.state, complaint.outcome) == ("decided", "stands")
    page.keyboard.press("u")
    page.get_by_text("Your answer is taken back.").wait_for()
    complaint.refresh_from_db()
    assert complaint.state == "open"


def test_without_scripts_it_is_answered_too(window, removed, reviewer, today) -> None:
    complaint = services.file_complaint(
        decision=removed[1], side="uploader", text="No.", now=today, key="k"
    )
    page = window(reviewer, java_script_enabled=False)
    page.goto(reverse("review:complaint", args=[complaint.pk]))
    page.get_by_role("radio", name="The decision stays").check()
    page.get_by_label("What you answer to them").fill("We looked again.")
    page.get_by_role("button", name="Answer").click()
    complaint.refresh_from_db()
    assert complaint.state == "decided"


def test_the_consoles_screens_in_every_width_and_scheme(
    window, removed, kept, reviewer, lead, user_named, today
) -> None:
    case, made, _token = removed
    first = services.file_complaint(
        decision=made, side="uploader", text="It is art.", now=today, key="k"
    )
    other = services.file_complaint(
        decision=kept[1], side="notifier", text="It is of me.", now=today, case=kept[0]
    )
    services.decide_complaint(
        complaint=other, outcome="reversed", grounds=["us-tida"], facts="It is intimate.",
        user=user_named("sara"), now=today,
    )  # fmt: skip
    page = window(reviewer)
    screen = reverse("review:complaint", args=[first.pk])
    page.goto(reverse("review:complaints"))
    looked_at(page, "complaints")
    page.goto(screen)
    looked_at(page, "complaint")
    page.goto(screen + "?open=1")
    page.keyboard.press("v")
    looked_at(page, "complaint-reversing")
    page.get_by_role("button", name="Answer").click()
    page.get_by_text("Not answered yet.").wait_for()
    looked_at(page, "complaint-wrong")
    page.goto(reverse("review:complaint", args=[other.pk]))
    looked_at(page, "complaint-answered")
    contact = Contact.objects.filter(case=case)
    contact.update(state=Contact.State.CONFIRMED)
    Suspension.objects.create(
        blind=contact.get().blind, case=case, filed=3, refused=2, warned_by=lead,
        warned_at=today - 5 * DAY, until=today + 90 * DAY,
    )  # fmt: skip
    page = window(lead)
    page.goto(reverse("review:notifiers"))
    looked_at(page, "notifiers")
    page.goto(reverse("review:notifier", args=[case.number]))
    looked_at(page, "notifier-warned")
    page.goto(reverse("review:task", args=[made.task.number]))
    page.get_by_text("What came before").wait_for()
    looked_at(page, "task-with-hint")


def test_the_persons_pages_in_every_width_and_scheme(window, kept, lead, user_named, today) -> None:
    case, _decision = kept
    page = window(case=case, now=today)
    page.goto(reverse("portal:page"))
    page.get_by_role("link", name="Ask for another look").click()
    page.get_by_label("Why do you not agree?").wait_for()
    looked_at(page, "complain-case")
    page.get_by_role("button", name="Ask for another look").click()
    page.get_by_text("Please say why, in a sentence or two.").wait_for()
    looked_at(page, "complain-case-wrong")
    page.get_by_text("Whether it is intimate").check()
    page.get_by_label("Why do you not agree?").fill("It is of me, and it is intimate.")
    page.get_by_role("button", name="Ask for another look").click()
    page.wait_for_url("**/case/page/?s=8#said")
    assert Complaint.objects.get().basis == "intimate"
    Contact.objects.filter(case=case).update(state=Contact.State.CONFIRMED)
    one = Suspension.objects.create(
        blind=case.contacts.get().blind, case=case, filed=3, refused=3, warned_by=lead,
        warned_at=today - 5 * DAY, until=today + 30 * DAY,
    )  # fmt: skip
    page.goto(reverse("portal:page"))
    page.get_by_text("You were warned").wait_for()
    looked_at(page, "page-asked")
    Suspension.objects.filter(pk=one.pk).update(
        state="suspended", asked_by=lead, granted_by=user_named("leo"), suspended_at=today
    )
    page.goto(reverse("portal:page"))
    page.get_by_role("link", name="Complain about this limit").click()
    page.get_by_role("button", name="Send").click()
    page.wait_for_selector("#e-text")
    looked_at(page, "complain-limit-wrong")
    page.get_by_label("Why do you not agree?").fill("They were of me.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("You complained.").wait_for()
    looked_at(page, "page-limited")


def test_the_uploaders_page_in_every_width_and_scheme(window, removed, reviewer, today) -> None:
    _case, made, token = removed
    page = window()
    address = reverse("portal:complain", args=[token])
    page.goto(address)
    looked_at(page, "complain")
    page.get_by_label("Why do you not agree?").fill("It is art.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Another reviewer looks at it").wait_for()
    looked_at(page, "complain-waits")
    complaint = Complaint.objects.get()
    services.decide_complaint(
        complaint=complaint, outcome="stands", facts="It shows a person.", user=reviewer,
        now=today - HOUR,
    )  # fmt: skip
    services.settle_complaints(today)
    page.goto(address)
    page.get_by_text("It shows a person.").wait_for()
    looked_at(page, "complain-settled")
    page.goto(reverse("portal:complain", args=["unknown"]))
    looked_at(page, "complain-gone")
    assert Statement.objects.get().decision == made
