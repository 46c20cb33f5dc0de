"""Her page in a browser, in every state: no barrier, by keyboard alone, and the focus where it is
said what was done or what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from barriers import LOOKS, barriers
from case_page_states import FACTS, STATES, Stage, fresh
from helpline_scene import make_team
from kept_pictures import keep
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Access, Case
from staydown_web.portal.services import open_page
from staydown_web.portal.views.session import COOKIE
from staydown_web.regimes.schemas import Pause
from staydown_web.regimes.selectors import regimes
from staydown_web.review.models import Complaint

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)

FOCUSED = "document.activeElement"
IN_VIEW = """(one => { const at = one.getBoundingClientRect();
  return at.top >= 0 && at.bottom <= window.innerHeight; })(document.activeElement)"""


@pytest.fixture(autouse=True)
def _a_law_that_pauses() -> Iterator[None]:
    """No shipped law with hours lets its time stand still."""
    law = regimes()["uk-osa"]
    pause = Pause("waiting_for_notifier", "The website asked you a question.", "a test")
    regimes()["uk-osa"] = replace(law, pauses=(pause,))
    yield
    regimes()["uk-osa"] = law


@pytest.fixture
def page_of(browser: Browser, live_server: LiveServer) -> Iterator[Callable[[Case], Page]]:
    """``page_of(case)`` opens her page; what goes wrong in a script fails the test at the end."""
    context = browser.new_context(
        locale="en-GB", viewport={"width": 360, "height": 740}, reduced_motion="reduce"
    )
    errors: list[str] = []

    def show(case: Case) -> Page:
        fresh = Case.objects.get(pk=case.pk)
        token = open_page(case=fresh, now=utc_now())
        context.add_cookies([{"name": COOKIE, "value": token, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{live_server.url}/case/page/")
        return page

    yield show
    context.close()
    assert errors == []


def look(page: Page, name: str = "") -> None:
    """In both widths and both schemes, with every part opened; kept where it has a name."""
    page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
    found = {}
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found[width, scheme] = barriers(page)
        if name:
            keep(page, name)
    assert {seen: wrong for seen, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("state", STATES)
def test_no_state_has_a_barrier(page_of, stage: Stage, state: str) -> None:
    page = page_of(STATES[state](stage))

    assert page.title() == "Your page"
    look(page, f"page-{state.replace('_', '-')}")


def test_by_keyboard_she_asks_for_another_look_and_hears_that_it_was_sent(
    page_of, stage: Stage
) -> None:
    page = page_of(STATES["kept"](stage))
    page.focus("#again a.btn")
    page.keyboard.press("Enter")
    page.wait_for_url("**/case/again/**")
    assert page.title() == "Your page"
    look(page)
    page.set_viewport_size({"width": 360, "height": 740})

    page.focus("#text")
    page.keyboard.press("Tab")  # in which language it is written
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_selector("#e-text")
    assert page.evaluate(f"{FOCUSED}.id") == "text"
    assert page.evaluate(IN_VIEW)
    assert page.locator("input[name=basis]:checked").count() == 0, "she has chosen nothing"
    page.keyboard.type("It is me.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/case/page/**")
    assert page.evaluate(f"{FOCUSED}.id") == "said"
    assert page.evaluate(IN_VIEW)
    assert page.inner_text("#said").strip() == "Another reviewer will look at it."
    assert Complaint.objects.get().basis == "other"


def test_her_answer_is_found_from_the_headline_down(page_of, stage: Stage) -> None:
    page = page_of(STATES["stands"](stage))

    assert page.inner_text("h1") == "It was not removed"
    assert page.inner_text(".lead").strip() == "Another reviewer has decided."
    part = page.inner_text("#again")
    assert "The decision stays: it is not removed." in part
    assert FACTS in part
    assert "authority or a court" in part


def test_sharing_without_the_tick_keeps_the_part_open_and_leads_to_it(
    page_of, stage: Stage
) -> None:
    case = STATES["fresh"](stage)
    make_team("Helpline One", utc_now())
    page = page_of(case)
    page.focus("#helpline summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_selector("#e-agree")
    assert page.locator("#helpline details[open]").count() == 1
    assert page.evaluate(f"{FOCUSED}.name") == "agree"
    assert page.evaluate(IN_VIEW)
    assert page.get_attribute("[name=agree]", "aria-describedby") == "e-agree"
    assert page.locator("#said").count() == 0
    look(page)
    assert not Access.objects.exists()
    page.focus("[name=agree]")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#helpline #said")
    assert page.evaluate(f"{FOCUSED}.id") == "said"
    assert Access.objects.get().case_id == case.pk


def test_a_message_says_at_its_place_that_it_was_sent(page_of, stage: Stage) -> None:
    page = page_of(STATES["told"](stage))
    page.click("main .note a[href='#write']")
    assert page.evaluate(f"{FOCUSED}.id") == "write"
    page.focus("#text")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#e-text")
    assert page.evaluate(f"{FOCUSED}.id") == "text"

    page.keyboard.type("It is me.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_selector("#write #said")
    assert page.evaluate(f"{FOCUSED}.id") == "said"
    assert "Please answer, if you do not agree" not in page.inner_text("main")


def test_by_keyboard_she_lets_partners_look_and_hears_that_it_is_so(page_of, stage: Stage) -> None:
    page = page_of(STATES["partners_asked"](stage))
    page.get_by_role("button", name="Yes, let them look too").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#partners #said:has-text('may now look')")
    assert page.evaluate(f"{FOCUSED}.id") == "said"
    page.get_by_role("button", name="Take this back").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#partners #said:has-text('asked to delete')")
    assert page.evaluate(f"{FOCUSED}.id") == "said"


def test_on_paper_there_is_what_is_known_and_nothing_to_fill_in(
    stage: Stage, page_of: Callable[[Case], Page]
) -> None:
    page = page_of(fresh(stage))
    address, limits = page.locator("#addresses li"), page.locator("ul.limits li")
    assert not address.first.is_visible()
    assert not limits.first.is_visible()

    page.emulate_media(media="print")

    for kept in (address, limits, page.locator(".timeline li")):
        assert kept.first.is_visible()
        assert kept.first.bounding_box()["height"] > 0  # type: ignore[index]
    for gone in ("#text", "#land", "#land-go", "main .btn"):
        assert [one for one in page.locator(gone).all() if one.is_visible()] == [], gone
