"""Back to a page that came as the answer to what was refused, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case, Contact, Suspension
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services.stating import make_statement
from web.portal.test_complaining import decided, page_of, site, task
from web.portal.test_pages_browser import STEP, Window, window
from web.portal.test_turning_back_browser import enter

__all__ = ["site", "task", "window"]

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
WORDS = "I wanted to say it."


def elsewhere_and_back(page: Any, to: str) -> None:
    """Follow a link of the page that says what was refused, and turn back."""
    path = page.evaluate("location.pathname")
    page.click(f"footer a[href*='{to}']")
    page.wait_for_url(f"**{to}**")
    page.go_back()
    page.wait_for_selector("main")
    assert page.evaluate("location.pathname") == path


def refuse_empty(page: Any) -> None:
    """Send the form of a complaint empty, and only then write into it."""
    page.click("main form .btn.main")
    page.wait_for_selector("#e-text")
    page.fill("#text", WORDS)


def of_decision(task: Any, reviewer: Any, _leads: Any) -> tuple[Case, str]:
    made = decided(task, reviewer, "restore", "not_intimate")
    return task.case, reverse("portal:complain_case", args=[made.pk])


def of_limit(task: Any, _reviewer: Any, leads: Any) -> tuple[Case, str]:
    now, contact = utc_now(), task.case.contacts.get()
    Suspension.objects.create(
        blind=contact.blind, case=task.case, filed=4, refused=3, warned_by=leads[0],
        warned_at=now - 5 * DAY, asked_by=leads[0], granted_by=leads[1], suspended_at=now - DAY,
        until=now + 30 * DAY, state="suspended",
    )  # fmt: skip
    Contact.objects.update(state=Contact.State.CONFIRMED)
    return task.case, reverse("portal:complain_limit")


def of_statement(task: Any, reviewer: Any, _leads: Any) -> tuple[Case, str]:
    made = decided(task, reviewer, "remove", "us-tida")
    statement = make_statement(decision=made, now=utc_now() - 8 * DAY, copy=task.copies.get())
    return task.case, reverse("portal:complain", args=[said_by(statement).token])


@pytest.mark.parametrize("scene", [of_decision, of_limit, of_statement])
def test_turning_back_to_a_refused_complaint_shows_it_with_what_was_typed(
    window: Any,
    task: Any,
    reviewer: Any,
    lead: Any,
    user_named: Any,
    scene: Callable[..., tuple[Case, str]],
) -> None:
    case, path = scene(task, reviewer, (lead, user_named("leo")))
    page = enter(window(), page_of(case), path)
    refuse_empty(page)

    elsewhere_and_back(page, "/language/")

    assert page.input_value("#text") == WORDS


def test_turning_back_to_her_page_after_a_refusal_keeps_what_was_typed(
    window: Any, opened: Any
) -> None:
    person, _case = opened()
    page = enter(window(), person)
    page.click("text=Send message")
    page.wait_for_selector("#e-text")
    page.fill("#text", WORDS)

    elsewhere_and_back(page, "/language/")

    assert page.input_value("#text") == WORDS


def test_turning_back_to_a_refused_notice_shows_the_draft(window: Any) -> None:
    her: Window = window()
    page = her.begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/p/1\nhttps://elsewhere.example/p/1")
    page.click(STEP.format(1))
    page.click("#go-on")
    her.choose_files("bridge.jpg")
    page.click(STEP.format(2))
    her.sign()
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")
    page.wait_for_selector("#ready:not([hidden])")
    urls = page.inner_text("#facts dt[data-part=urls] + dd")
    note = "This website has not joined, so we cannot act there."
    assert urls.split("\n") == [
        "http://127.0.0.1:8161/p/1", "https://elsewhere.example/p/1", note,
    ]  # fmt: skip
    page.evaluate("document.querySelector('#document').value = '{}'")  # as no page sends it
    page.click("#go")
    page.wait_for_selector("#summary")

    elsewhere_and_back(page, "/your-data/")

    page.wait_for_selector("#ready:not([hidden])")
    assert "http://127.0.0.1:8161/p/1" in page.inner_text("#facts")


def test_turning_back_to_a_refused_addition_shows_the_draft(window: Any, opened: Any) -> None:
    person, _case = opened()
    page = enter(window(), person, "/case/add/")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.fill("#urls", "http://127.0.0.1:8161/p/2")
    assert page.title() == "Step 1 of 3"
    assert page.locator("#steps").count() == 0
    page.click(STEP.format(1))
    assert page.title() == "Step 2 of 3"
    page.click(STEP.format(2))
    if "/send/" not in page.url:
        page.click(STEP.format(3))
    page.wait_for_url("**/case/add/send/")
    page.wait_for_selector("#ready:not([hidden])")
    assert page.title() == "Step 3 of 3"
    page.evaluate("document.querySelector('#document').value = '{}'")
    page.click("#go")
    page.wait_for_selector("#summary")

    elsewhere_and_back(page, "/your-data/")

    page.wait_for_selector("#ready:not([hidden])")
    assert "http://127.0.0.1:8161/p/2" in page.inner_text("#facts")
