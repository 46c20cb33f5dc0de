"""Without scripts, in a real browser: from the open page to what is added, and back."""

from __future__ import annotations

from typing import Any

import pytest

from barriers import LOOKS, barriers
from kept_pictures import keep
from staydown_web.cases.models import Case
from web.portal.test_pages_browser import STEP, window

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)


def file_unsigned(window: Any, way: int = 2) -> tuple[str, str]:
    """A notice that lacks a signature; gives number and words."""
    her = window()
    page = her.begin(way)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    page.check("input[name=acts_as][value=self]")
    page.fill("#email", "ana@mail.example")
    page.check("input[name=withdrawal_mode][value=immediate]")
    page.click(STEP.format(3))
    page.click("#go-on")
    page.wait_for_url("**/notice/send/")
    page.click("#go")
    page.wait_for_selector("#number")
    words = " ".join(page.locator("#phrase li").all_inner_texts())
    return page.inner_text("#number"), words


LED = "() => document.activeElement.getAttribute('role')"


def test_without_scripts_too_she_is_led_to_what_is_to_be_mended(window: Any) -> None:
    page = window(width=360, height=740, java_script_enabled=False).go("/notice/plain/")
    page.click("main form .btn.main")
    page.wait_for_selector("main [role=alert]")
    assert page.evaluate(LED) == "alert"


def test_what_is_missing_is_added_on_a_phone_without_scripts(window: Any) -> None:
    number, phrase = file_unsigned(window)
    her = window(width=360, height=740, java_script_enabled=False)
    her.open_case(number, phrase)
    page = her.page
    page.wait_for_url("**/case/page/")
    page.click("text=Add what is missing")
    page.click("main noscript a.main, main .note a.main")
    page.wait_for_url("**/case/add/plain/")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360

    page.fill("#urls", "no address")
    page.check("input[name=is_good_faith]")
    page.fill("#signature", "Ana Example")
    page.click("main .btn.main")
    page.wait_for_selector("main [role=alert]")
    assert page.evaluate(LED) == "alert"
    assert page.evaluate("document.querySelector('#urls').getBoundingClientRect().right") < 350
    assert page.input_value("#urls") == "no address"
    assert page.input_value("#signature") == "Ana Example"
    assert page.is_checked("input[name=is_good_faith]")
    page.fill("#urls", "http://127.0.0.1:8161/p/8\nhttp://127.0.0.1:8161/p/9")
    page.click("main .btn.main")

    page.wait_for_url("**/case/page/**")
    assert "What you added is there." in page.inner_text("main")
    assert "hours left" in page.inner_text("main")
    case = Case.objects.get()
    assert case.locations.count() == 3
    assert case.valid_at is not None


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_page_has_no_barrier(window: Any, opened: Any, width: int, scheme: str) -> None:
    her = window(width=width, height=740, scheme=scheme)  # axe itself is a script
    page = her.page
    lacking = {"signature": "", "is_good_faith": False, "email": ""}
    for name, changes in (
        ("add-without-scripts", {"answers": lacking}),
        ("add-without-scripts-threat", {"way": "threatened"}),
    ):
        person, _case = opened(**changes)
        cookie = {"name": "page", "value": person.cookies["page"].value, "url": her.address}
        page.context.add_cookies([cookie])
        page.goto(her.address + "/case/add/plain/")
        assert barriers(page) == []
        keep(page, name)
        page.fill("#urls", "no address")
        page.click("main .btn.main")
        page.wait_for_selector("main [role=alert]")
        assert barriers(page) == []
