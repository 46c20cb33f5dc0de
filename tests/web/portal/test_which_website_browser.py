"""In a real browser: of several websites, which one a notice without an address is for."""

from __future__ import annotations

from typing import Any

import pytest

from kept_pictures import keep
from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case
from web.portal.test_pages_browser import SEEN, STEP, look, window

__all__ = ["window"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("forum")]


def laws_shown(page: Any) -> list[str]:
    boxes = page.locator("#laws label:visible input").all()
    return [box.get_attribute("value") for box in boxes]


@pytest.mark.parametrize("seen", SEEN, ids=lambda s: f"{s['width']}-{s['scheme']}")
def test_without_an_address_she_chooses_one_website_and_its_laws_are_offered(
    window: Any, forum: Platform, seen: dict[str, Any]
) -> None:
    her = window(**seen)
    page = her.begin(1)
    assert page.is_visible("text=Without an address, you choose one of them in step 3.")
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.fill("#place", "The third picture")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    page.click(STEP.format(2))
    assert not page.is_visible("#f-website"), "the address says it"
    assert not page.is_visible("#f-regimes"), "one law alone is no question"
    page.go_back()
    page.go_back()
    page.fill("#urls", "")
    page.click(STEP.format(1))
    if page.is_visible("#go-on"):
        page.click("#go-on")
    page.click(STEP.format(2))

    assert page.is_visible("#f-website")
    page.check("input[name=acts_as][value=self]")
    page.click(STEP.format(3))
    assert page.locator("#summary-list a[href='#f-website']").count() == 1
    page.check("input[name=website][value=forum-example]")
    assert page.locator("#summary-list a[href='#f-website']").count() == 0
    assert not page.is_visible("#f-regimes"), "one law alone is no question"
    page.check("input[name=website][value=eu-forum]")
    assert laws_shown(page) == ["eu-dsa", "platform-terms"]
    look(page)
    keep(page, "notice-which-website")
    page.check("input[name=website][value=forum-example]")
    her.sign()
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")
    assert "Forum Example" in page.inner_text("#facts dt[data-part=website] + dd")
    page.click("#go")
    page.wait_for_selector("#number")
    assert "Forum Example" in page.inner_text("dt:has-text('Your notice went to') + dd")
    assert Case.objects.get().platform == Platform.objects.get(slug="forum-example")
