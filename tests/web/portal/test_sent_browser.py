"""Back to the page that sends, once something was sent from it, in a real browser."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from barriers import barriers
from kept_pictures import keep
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.portal.services import clear_sendings
from web.portal.test_pages_browser import STEP, Window, window
from web.portal.test_turning_back_browser import enter

__all__ = ["window"]

Error = pytest.importorskip("playwright.sync_api").Error
pytestmark = pytest.mark.django_db(transaction=True)
NOTED = "sessionStorage.getItem('sent')"
"""What the window keeps of it."""


def forward_and_reload(page: Any) -> None:
    """As the page says; the browser first shows a page of its own, which needs a moment."""
    with suppress(Error):
        page.go_forward()
    for _ in range(20):
        with suppress(Error):
            page.reload()
        if page.locator("#number").count():
            return
        page.wait_for_timeout(250)


def test_turning_back_from_the_receipt_says_that_it_was_sent_and_how_to_see_it_again(
    window: Any,
) -> None:
    her: Window = window()
    page = her.to_signed()
    number, phrase = her.send()

    page.go_back()

    page.wait_for_selector("#sent:not([hidden])")
    assert "Your notice was sent" in page.inner_text("#sent h1")
    assert "Nothing was sent" not in page.inner_text("main")
    assert page.locator("#sent a[href='/case/']").is_visible()
    assert barriers(page) == []
    keep(page, "notice-sent-back")
    page.set_viewport_size({"width": 360, "height": 780})
    keep(page, "notice-sent-back")
    forward_and_reload(page)
    assert page.inner_text("#number") == number, "as the page says"
    assert " ".join(page.locator("#phrase li").all_inner_texts()) == phrase
    assert Case.objects.count() == 1


def test_loading_the_receipt_again_shows_the_same_words_and_days_later_files_nothing(
    window: Any,
) -> None:
    her: Window = window()
    page = her.to_signed()
    number, phrase = her.send()

    page.reload()
    page.wait_for_selector("#acts:not([hidden])")

    assert page.inner_text("#number") == number
    assert " ".join(page.locator("#phrase li").all_inner_texts()) == phrase
    clear_sendings(utc_now() + timedelta(days=2))
    page.reload()
    page.wait_for_selector("#sent:not([hidden])")
    assert "Your notice was sent" in page.inner_text("#sent h1")
    assert "was not sent again" in page.inner_text("#sent")
    assert page.is_hidden("#ready")
    assert page.is_hidden("#nothing")
    assert barriers(page) == []
    keep(page, "notice-sent-before")
    page.set_viewport_size({"width": 360, "height": 780})
    keep(page, "notice-sent-before")
    assert Case.objects.count() == 1


def test_who_opens_the_page_of_sending_alone_is_told_neither_that_it_was_sent_nor_that_not(
    window: Any,
) -> None:
    page = window().go("/notice/send/")

    page.wait_for_selector("#nothing:not([hidden])")
    words = page.inner_text("main")
    assert page.locator("#sent").is_hidden()
    assert "Nothing was sent" not in words
    assert "If you have sent one already, we have it" in words
    assert page.locator("#nothing a[href='/case/']").is_visible()
    assert page.locator("#nothing a[href='/']").is_visible()


def test_after_leaving_nothing_in_the_window_says_that_a_notice_was_sent(window: Any) -> None:
    her: Window = window()
    page = her.to_signed()
    her.send()
    assert page.evaluate(NOTED) is not None

    page.click("#exit")
    page.wait_for_url("about:blank")
    page = her.go("/notice/send/")

    page.wait_for_selector("#nothing:not([hidden])")
    assert page.evaluate(NOTED) is None
    assert page.locator("#sent").is_hidden()


def test_with_a_new_draft_the_window_forgets_that_one_was_sent(window: Any) -> None:
    her: Window = window()
    her.to_signed()
    her.send()
    page = her.to_signed()
    page.click(STEP.format(3))
    page.wait_for_selector("#ready:not([hidden])")
    assert page.evaluate(NOTED) is None


def test_turning_back_from_what_was_added_says_that_it_is_on_her_page(
    window: Any, opened: Any
) -> None:
    person, _case = opened()
    page = enter(window(), person, "/case/add/")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.fill("#urls", "http://127.0.0.1:8161/p/2")
    page.click(STEP.format(1))
    page.click(STEP.format(2))
    if "/send/" not in page.url:
        page.click(STEP.format(3))
    page.wait_for_selector("#ready:not([hidden])")
    page.click("#go")
    page.wait_for_selector("#said")
    for _ in range(600):  # until its script has run; a page like this evaluates no text
        if page.evaluate(NOTED) is not None:
            break
        page.wait_for_timeout(100)

    page.go_back()

    page.wait_for_selector("#sent:not([hidden])")
    assert "What you added was sent" in page.inner_text("#sent h1")
    assert "Nothing was sent" not in page.inner_text("main")
    assert page.locator("#sent a[href='/case/page/']").is_visible()
