"""What only keys can do is not spoken of where there are none."""

from __future__ import annotations

from typing import Any

import pytest

from web.review.test_in_a_browser import seat

__all__ = ["seat"]

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)

WIDE = {"width": 1280, "height": 900}


@pytest.mark.parametrize(
    ("options", "are_shown"),
    [
        ({"viewport": WIDE}, True),
        ({"viewport": {"width": 390, "height": 844}}, False),
        ({"viewport": WIDE, "has_touch": True, "is_mobile": True}, False),
    ],
    ids=["a desk", "narrow", "a tablet"],
)
def test_the_queue_names_its_keys_where_there_are_some(
    seat: Any, reviewer: Any, upload: Any, options: dict[str, Any], *, are_shown: bool
) -> None:
    page = seat(reviewer, **options).open("review:queue")
    assert page.locator("main .keys").is_visible() == are_shown


@pytest.mark.parametrize(
    ("options", "are_shown"),
    [
        ({"viewport": WIDE}, True),
        ({"viewport": {"width": 393, "height": 727}, "has_touch": True, "is_mobile": True}, False),
    ],
    ids=["a desk", "a phone"],
)
def test_no_button_names_a_key_where_there_is_none(
    seat: Any, reviewer: Any, noticed: Any, options: dict[str, Any], *, are_shown: bool
) -> None:
    _case, task = noticed("part", "bridge.jpg")
    desk = seat(reviewer, **options)
    page = desk.open("review:task", task.number)
    take = page.get_by_role("button", name="Take it")
    assert take.is_visible()
    assert take.locator("kbd").is_visible() == are_shown
    shown = [cap.is_visible() for cap in page.locator(".reveal kbd").all()]
    assert shown == [are_shown] * 4
    assert page.locator("footer").get_by_text("All keys").is_visible() == are_shown
    assert any(cap.is_visible() for cap in page.locator("kbd").all()) == are_shown
    page = desk.open("review:keys")
    assert page.locator("main kbd").first.is_visible(), "the list itself is of keys"
