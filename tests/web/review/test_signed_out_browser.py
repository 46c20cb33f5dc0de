"""Signed out amid a decision, in a real browser: what was typed is there again."""

from __future__ import annotations

from typing import Any

import pytest

from barriers import LOOKS, barriers
from kept_pictures import keep
from staydown_web.review.models import Decision
from web.review.test_in_a_browser import seat

__all__ = ["seat"]

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)

WHY = "It shows a landscape and nobody at all."


def decide_signed_out(page: Any, *gone: str) -> list[Any]:
    """Decide while cookies are gone; gives them."""
    page.check("[name=outcome][value=restore]")
    page.check("[name=grounds][value=not_intimate]")
    page.fill("#why-kept", WHY)
    lost = [one for one in page.context.cookies() if one["name"] in gone]
    for one in lost:
        page.context.clear_cookies(name=one["name"])
    page.click("[data-decide]")
    page.wait_for_load_state()
    return lost


def test_what_was_typed_is_there_again_once_the_reviewer_is_in(
    seat: Any, reviewer: Any, noticed: Any
) -> None:
    _case, task = noticed("part", "bridge.jpg")
    page = seat(reviewer).open("review:task", task.number)

    lost = decide_signed_out(page, "session")

    assert "nothing was decided" in page.inner_text("main")
    page.context.add_cookies(lost)  # as signing in does
    page.reload()
    page.wait_for_selector("[data-typed-again]:not([hidden])")
    assert page.input_value("#why-kept") == WHY
    assert page.is_checked("[name=outcome][value=restore]")
    assert page.is_checked("[name=grounds][value=not_intimate]")
    assert not Decision.objects.exists()
    assert page.evaluate("sessionStorage.length") == 0, "taken once"
    page.reload()
    page.wait_for_selector("[data-typed-again]", state="hidden")


def test_a_decision_that_was_carried_out_leaves_nothing_in_the_tab(
    seat: Any, reviewer: Any, upload: Any
) -> None:
    page = seat(reviewer).open("review:task", upload.number)
    page.check("[name=outcome][value=remove]")
    page.check("[name=grounds][value=platform-terms]")
    page.fill("#facts", "It is held by a seed.")
    page.click("[data-decide]")
    page.wait_for_url("**/queue/")
    page.wait_for_function("sessionStorage.length === 0")
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_page_for_who_lost_both_cookies_has_no_barrier(
    seat: Any, reviewer: Any, noticed: Any, width: int, scheme: str
) -> None:
    _case, task = noticed("part", "bridge.jpg")
    window = seat(reviewer, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = window.open("review:task", task.number)

    lost = decide_signed_out(page, "session", "form")

    assert page.inner_text("h1") == "You were signed out"
    assert barriers(page) == []
    keep(page, "signed-out")
    page.context.add_cookies(lost)
    page.click("main .btn.main")
    page.wait_for_selector("[data-typed-again]:not([hidden])")
    assert page.input_value("#why-kept") == WHY
