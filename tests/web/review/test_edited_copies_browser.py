"""Going through edited copies by keys alone; what the pages say has no barrier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from review_scene import found, make_copy
from staydown_web.review import tasks
from staydown_web.review.models import Decision, Task
from web.review.test_complaints_in_a_browser import window
from web.review.test_rare_pages_browser import look

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)


def decide(page: Any, task: Task) -> None:
    page.keyboard.press("r")
    page.get_by_role("button", name="Decide").click()
    page.wait_for_url(lambda address: task.number not in address)


def test_they_are_offered_and_gone_through_by_keys(
    window: Callable[..., Any], reviewer: Any, noticed: Any, platform: Any, upload: Any, today: Any
) -> None:
    case, task = noticed("same", "bridge.jpg")
    entry = case.items.get().claims.get().entry
    for how in ("mirrored", "part"):
        make_copy(platform, entry, today, match=found("bridge.jpg", how), group=how)
    tasks.take_in(today)
    page = window(reviewer)
    page.goto(reverse("review:task", args=[task.number]))
    decide(page, task)
    page.goto(reverse("review:task", args=[upload.number]))
    assert page.get_by_text("2 edited copies of what was removed").is_visible()
    look(page, "edited-copies-offered")
    page.keyboard.press("e")
    page.wait_for_url(lambda address: upload.number not in address)
    assert page.get_by_text("1 more waits after this one.").is_visible()
    look(page, "edited-copies-gone-through")
    first = Task.objects.get(number=page.url.rstrip("/").rsplit("/", 1)[-1])
    decide(page, first)
    assert page.get_by_text("This is the last one.").is_visible()
    page.get_by_role("link", name="Leave them and go to the queue").click()
    page.wait_for_url(f"**{reverse('review:queue')}")
    assert page.get_by_text("1 edited copy of what was removed").is_visible()
    assert Decision.objects.count() == 2
