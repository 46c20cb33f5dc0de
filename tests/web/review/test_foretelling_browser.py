"""Told before the uploader, in a real browser: her page, and the reviewer who reads her answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from barriers import LOOKS, barriers
from kept_pictures import keep
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_waiting_statements
from staydown_web.review.models import StatementTelling
from web.review.test_complaints_in_a_browser import window
from web.review.test_foretelling import answer, decided

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)


def look(page: Any, name: str) -> None:
    """In every width and colour: what is wrong fails, what is right is kept."""
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert barriers(page) == [], name
        keep(page, name)


def tab_to(page: Any, wanted: Any) -> None:
    """Press Tab until something has the focus, as somebody without a mouse does."""
    for _ in range(40):
        if wanted.evaluate("(wanted) => wanted === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not come there")


def test_she_writes_a_reviewer_reads_and_changes_it_and_then_it_goes_out(
    window: Callable[..., Any],
    noticed: Callable[..., Any],
    reviewer: Any,
    today: datetime,
) -> None:
    case, task = noticed("same", "citrus.jpg")
    made = decided(task, reviewer, today)
    page = window(reviewer, case=case, now=today)
    page.goto(reverse("portal:page"))
    look(page, "told-before-uploader")
    page.get_by_label("Your message").fill("Please not yet: he will hurt me.")
    page.get_by_role("button", name="Send message").click()
    page.get_by_text("You wrote to us.").wait_for()
    look(page, "told-before-uploader-answered")

    page.goto(reverse("review:queue"))
    page.get_by_role("link", name="Statements 1").click()
    page.wait_for_url(f"**{reverse('review:statements')}")
    look(page, "statements-that-wait")
    page.get_by_role("link", name="Read what they wrote").click()
    page.wait_for_url(f"**{reverse('review:statement', args=[made.pk])}")
    page.get_by_text("he will hurt me").wait_for()
    look(page, "statement-that-waits")
    page.get_by_label("Facts for the uploader").fill("Anna Beispiel asked for it.")
    page.get_by_role("button", name="Tell the uploader now").click()
    page.locator(".field.wrong").wait_for()
    assert make_waiting_statements(today) == 0
    page.get_by_label("Facts for the uploader").fill("It shows a person. A person decided.")
    page.get_by_role("button", name="Tell the uploader now").click()
    page.get_by_text("The statement goes out now.").wait_for()
    assert make_waiting_statements(today) == 1
    assert said_by(Statement.objects.get()).facts == "It shows a person. A person decided."
    page.goto(reverse("portal:page"))
    page.get_by_text("the person who uploaded it may be told now").wait_for()


def test_what_nobody_read_for_a_day_stands_above_the_queue(
    window: Callable[..., Any],
    noticed: Callable[..., Any],
    reviewer: Any,
    today: datetime,
) -> None:
    case, task = noticed("same", "citrus.jpg")
    decided(task, reviewer, today)
    answer(case, today)
    make_waiting_statements(today)
    StatementTelling.objects.update(answered_at=today - timedelta(days=2))
    page = window(reviewer, now=today)
    page.goto(reverse("review:queue"))
    page.get_by_text("1 statement has waited for a reviewer for more than a day.").wait_for()
    look(page, "queue-statement-unread")
    page.get_by_role("link", name="Read what they wrote").click()
    page.wait_for_url(f"**{reverse('review:statements')}")


def test_by_keyboard_alone_she_says_that_they_may_be_told(
    window: Callable[..., Any],
    noticed: Callable[..., Any],
    reviewer: Any,
    today: datetime,
) -> None:
    case, task = noticed("same", "citrus.jpg")
    decided(task, reviewer, today)
    page = window(reviewer, case=case, now=today)
    page.goto(reverse("portal:page"))
    tab_to(page, page.get_by_text("I need no more time"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="They may be told now"))
    page.keyboard.press("Enter")
    page.get_by_text("For your part, they may be told now.").wait_for()
    assert make_waiting_statements(today) == 1
