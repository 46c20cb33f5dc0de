"""Pages that few see, in a real browser: no barrier, nothing sideways, and their pictures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from barriers import LOOKS, barriers
from kept_pictures import keep
from review_scene import file_notice, make_copy, make_entry
from staydown_web.review import services, tasks
from staydown_web.screening.models import Copy
from web.base.test_outages import database_is_silent
from web.review.test_complaints_in_a_browser import window

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)


def look(page: Any, name: str) -> None:
    """In every width and colour: what is wrong fails, what is right is kept."""
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert barriers(page) == [], name
        keep(page, name)


def test_what_a_reviewer_opens_on_request(
    window: Callable[..., Any], reviewer: Any, noticed: Callable[..., Any]
) -> None:
    _case, task = noticed(email="ana@mail.example")
    page = window(reviewer)
    here = reverse("review:task", args=[task.number])
    page.goto(here)
    page.get_by_role("button", name="Show contact").click()
    page.wait_for_url("**/contact/")
    look(page, "contact-details")
    page.goto(here)
    page.check("input[name=outcome][value=remove]")
    page.check("input[name=grounds][value=us-tida]")
    page.fill("#facts", "It shows a person who did not agree that it is shown.")
    page.evaluate(
        "(at) => { const form = document.querySelector('form[data-form], form:has(#facts)');"
        " form.action = at; form.submit(); }",
        reverse("reports:preview", args=[task.number]),
    )
    page.wait_for_url(f"**{reverse('reports:preview', args=[task.number])}")
    look(page, "preview-of-statements")


def test_what_a_reviewer_sees_where_somebody_may_be_under_18(
    window: Callable[..., Any],
    reviewer: Any,
    noticed: Callable[..., Any],
    platform: Any,
    today: datetime,
) -> None:
    _case, task = noticed()
    other = file_notice(platform, ["bridge.jpg"], today).items.get().claims.get().entry
    task.copies.get().hits.create(
        entry=other, kind="part", score=0.9, response="hold", evidence={}, at=today
    )
    page = window(reviewer)
    page.goto(reverse("review:task", args=[task.number]))
    page.locator(f"form[action='{reverse('review:minor', args=[task.number])}'] button").click()
    page.wait_for_url("**/minor/")
    assert page.get_by_text("that case stays open").is_visible()
    look(page, "minor-asked")
    page.locator("button[name=sure]").click()
    page.wait_for_load_state()
    assert page.locator("button[name=sure]").count() == 0
    look(page, "minor-closed")


def test_what_a_reviewer_sees_of_a_closed_file_that_comes_again(
    window: Callable[..., Any],
    reviewer: Any,
    noticed: Callable[..., Any],
    platform: Any,
    bank: Any,
    today: datetime,
) -> None:
    _case, task = noticed(how="same")
    group = task.copies.get().group
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    copy = make_copy(
        platform, make_entry(bank, "maple.jpg", today), today, url="http://127.0.0.1:1/again.jpg"
    )
    Copy.objects.filter(pk=copy.pk).update(group=group)
    tasks.take_in(today)
    page = window(reviewer)
    page.goto(reverse("review:task", args=[copy.tasks.get().number]))
    assert page.locator(".veil .reveal").count() == 0
    page.keyboard.press("1")
    page.keyboard.press("3")
    assert page.locator(".veil img").count() == 0
    page.keyboard.press("s")
    assert page.get_by_text("Grounds that ask you to have looked at it").is_visible()
    look(page, "closed-file-again")


def test_pages_of_what_is_not_there_now(
    window: Callable[..., Any], reviewer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = window(reviewer)
    for name, path in {"staff-not-found": "/staff/nothing-here/", "busy": "/busy"}.items():
        page.goto(path)
        look(page, name)
    path = reverse("portal:plain")
    with database_is_silent(monkeypatch):
        answer = Client(raise_request_exception=False).get(path)
    assert answer.status_code == 503
    html = answer.content.decode()
    kind = "text/html; charset=utf-8"
    page.route(f"**{path}", lambda route: route.fulfill(status=503, body=html, content_type=kind))
    page.goto(path)
    look(page, "unavailable")
