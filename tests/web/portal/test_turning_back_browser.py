"""Back without scripts and past what was refused, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from web.portal.test_pages_browser import Window, window

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)


def enter(her: Window, person: Any, path: str = "/case/page/") -> Any:
    """Go to a page of the case that ``opened`` opened."""
    cookie = {"name": "page", "value": person.cookies["page"].value, "url": her.address}
    her.page.context.add_cookies([cookie])
    return her.go(path)


def test_without_scripts_a_message_that_was_sent_is_not_in_the_box_after_turning_back(
    window: Any, opened: Any
) -> None:
    person, case = opened()
    her = window(width=360, height=740, java_script_enabled=False)
    page = enter(her, person)
    kept = page.request.get(page.url).headers["cache-control"]
    page.fill("#text", "I wanted to say it.")
    page.click("text=Send message")
    page.wait_for_selector("#said")

    page.go_back()

    page.wait_for_selector("#text")
    assert page.input_value("#text") == ""
    assert case.messages.count() == 1
    assert kept == "no-store", "no browser shows the page as it kept it in memory"


def test_without_scripts_what_is_half_written_is_there_after_turning_back(
    window: Any, opened: Any
) -> None:
    person, _case = opened()
    page = enter(window(width=360, height=740, java_script_enabled=False), person)
    page.fill("#text", "I wanted to")
    page.click("footer >> text=Help lines")
    page.wait_for_url("**/help-lines/")

    page.go_back()

    page.wait_for_selector("#text")
    assert page.input_value("#text") == "I wanted to"
