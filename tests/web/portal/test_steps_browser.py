"""The steps of a notice in a real browser: what the page says is so after each order of events."""

from __future__ import annotations

from typing import Any

import pytest

from clips import encode, travel
from staydown_web.accounts.models import Platform
from web.portal.test_pages_browser import MEDIA, STEP, reload, window

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)
PARTS = "#data details details"


def test_what_would_be_sent_names_the_files_that_came_with_the_draft(window: Any) -> None:
    her = window()
    page = her.begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg", "cat.jpg")
    reload(page)
    page.click("#data summary")
    assert not page.is_visible("text=Nothing yet.")
    names = page.locator(f"{PARTS} > summary")
    assert names.all_inner_texts() == ["bridge.jpg", "cat.jpg"]
    names.first.click()
    assert '"signals"' in page.inner_text(f"{PARTS} pre")

    page.set_input_files("#file-list input[type=file]", [str(MEDIA / "bee.jpg")])
    page.locator("#file-list .chip[data-status=ready]").wait_for()
    assert names.all_inner_texts() == ["bridge.jpg", "cat.jpg", "bee.jpg"]

    page.click("#kept-list li:has-text('bridge.jpg') button")
    assert names.all_inner_texts() == ["cat.jpg", "bee.jpg"]
    page.click("#kept-list button")
    page.click("#file-list >> text=Remove")
    assert names.count() == 0
    assert page.is_visible("text=Nothing yet.")


DONE = "All points are done. You can continue."
OPEN = "These points are done. Something else is still open."


def to_points(her: Any) -> Any:
    """Step 3, with the list of what is open."""
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    page.click(STEP.format(3))
    return page


def heard(page: Any) -> tuple[str, bool]:
    """What is said above the foot, and whether the checker calls the notice complete."""
    whole = "complete under every rule" in page.inner_text("#check [data-check-sum]")
    return page.inner_text("#heard"), whole


def test_what_is_undone_after_the_last_point_takes_the_words_back(window: Any) -> None:
    her = window()
    page = to_points(her)
    her.sign()
    assert heard(page) == (DONE, True)

    page.fill("#signature", "")
    assert heard(page) == (OPEN, False)

    page.fill("#signature", "Ana Example")
    assert heard(page) == (DONE, True)


def test_what_opens_while_points_are_done_is_not_called_done(
    window: Any, platform: Platform
) -> None:
    platform.regimes = ["eu-dsa", "us-tida"]
    platform.save()
    page = to_points(window())
    page.check("input[name=acts_as][value=self]")
    page.check("input[name=withdrawal_mode][value=immediate]")

    page.check("input[name=regimes][value=us-tida]")  # which asks for more than the list names

    assert page.is_hidden("#summary")
    assert heard(page) == (OPEN, False)


def test_what_was_left_open_in_another_step_is_not_called_done(window: Any) -> None:
    her = window()
    page = her.begin(1)
    page.click(STEP.format(1))
    page.click("#go-on")
    her.choose_files("bridge.jpg")
    page.click(STEP.format(2))
    page.click(STEP.format(3))
    her.sign()
    assert heard(page) == (OPEN, False)


def test_words_about_one_step_are_not_said_in_another(window: Any) -> None:
    her = window()
    page = to_points(her)
    her.sign()
    page.go_back()
    page.wait_for_selector("[data-step='1']:not([hidden])")
    assert page.inner_text("#heard") == ""


NEXT = STEP.format(2)


def choose(page: Any, **files: bytes) -> None:
    page.set_input_files(
        "#file-list input[type=file]",
        [{"name": name, "mimeType": "", "buffer": body} for name, body in files.items()],
    )


def long_clip(seed: int) -> bytes:
    return encode(travel(seed, 900, width=480, height=320, speed=1), fps=15)


def press(page: Any, button: str) -> None:
    """By its key, as a button that says that it is not ready can be pressed too."""
    page.focus(button)
    page.keyboard.press("Enter")


def shown_step(page: Any) -> str:
    return str(page.get_attribute("[data-step]:not([hidden])", "data-step"))


def test_files_that_are_still_read_hold_the_step_in_whatever_way_it_is_left(window: Any) -> None:
    her = window()
    page = her.begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    choose(page, **{"a.mp4": long_clip(1), "b.mp4": long_clip(2), "c.mp4": long_clip(3)})

    press(page, NEXT)
    assert shown_step(page) == "2"
    assert page.inner_text("#summary-list li").startswith("You can continue when all files are")
    assert page.evaluate("document.activeElement.id") == "summary"  # so that it is read out
    assert page.is_hidden("#summary-soft")

    # Past the button: forward to a step that she saw before.
    page.evaluate("history.pushState({ step: 3 }, '')")
    page.go_back()
    page.go_forward()
    page.wait_for_selector("[data-step='3']:not([hidden])")
    her.sign()
    press(page, STEP.format(3))
    assert page.locator("#summary-list li").first.inner_text().startswith("You can continue when")
    page.click("#summary-list a >> nth=0")
    assert shown_step(page) == "2"


def test_files_that_were_stopped_or_cannot_be_read_are_said_once_and_keep_nobody(
    window: Any,
) -> None:
    her = window()
    page = her.begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    choose(page, **{"bad.jpg": b"x" * 300, "a.mp4": long_clip(1), "b.mp4": long_clip(2)})
    page.locator("#file-list .chip[data-status=unreadable]").wait_for()
    page.click("#file-list button.plain:text-is('Stop')")
    page.locator("#file-list .chip[data-status=stopped]").nth(1).wait_for()

    page.click(NEXT)
    assert shown_step(page) == "2"
    assert page.inner_text("#summary-list li") == (
        "Ready: 1 of 4. The others have no fingerprint, so no copies of them are looked for."
    )
    assert page.locator("#summary-laws li").count() == 0
    page.click("#go-on")
    assert shown_step(page) == "3"
    her.sign()
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")
