"""The person's pages in a real browser: the four steps, the way out, and what stays behind.

Every page and state goes through axe-core, light and dark, wide and narrow.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import override_settings

import staydown
from barriers import LOOKS, barriers
from staydown_web.accounts.models import Platform
from staydown_web.banks.models import Entry
from staydown_web.cases.models import Case, Message
from staydown_web.portal.models import OpenPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)

MEDIA = Path(staydown.__file__).parent / "demo_media"
SEEN = [
    {"width": width, "height": 740 if width == 360 else 900, "scheme": scheme}
    for width, scheme in LOOKS
]
STEP = "[data-step='{}'] [data-go=next]"
STATES = [
    *("step 1", "a wrong address", "step 2", "what is missing", "step 3", "step 4", "receipt"),
    *("wrong words", "case", "taking back"),
]
"""Of a notice and its case, each looked at in every window."""


class Window:
    """Her browser's window: its page, every request it made, and what went wrong in it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)
        page.on("request", lambda request: self.requests.append(request.url))

    def _note(self, message: Any) -> None:
        # An answer of 400 or 403 is what some tests ask for; everything else is a defect.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def begin(self, way: int) -> Page:
        """From the question about age to step 1."""
        page = self.go("/")
        page.check("input[name=a][value='1']")
        page.check(f"input[name=w][value='{way}']")
        page.click("#begin .btn.main")
        page.wait_for_url(f"**/notice/#{way}")
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    def choose_files(self, *names: str) -> None:
        files = [str(MEDIA / name) for name in names]
        self.page.set_input_files("#file-list input[type=file]", files)
        ready = self.page.locator("#file-list .chip[data-status=ready]")
        ready.nth(len(names) - 1).wait_for()

    def sign(self, **more: str) -> None:
        """Fill in step 3 under the law of the United States."""
        page = self.page
        page.check("input[name=acts_as][value=self]")
        page.fill("#email", more.get("email", "ana@mail.example"))
        page.check(f"input[name=withdrawal_mode][value={more.get('mode', 'immediate')}]")
        page.check("input[name=is_good_faith]")
        page.fill("#signature", "Ana Example")

    def to_signed(self, urls: str = "http://127.0.0.1:8161/p/1") -> Page:
        """From the first page to step 3, filled in: one picture and its addresses."""
        page = self.begin(1)
        page.fill("#urls", urls)
        page.click(STEP.format(1))
        self.choose_files("bridge.jpg")
        page.click(STEP.format(2))
        self.sign()
        return page

    def send(self) -> tuple[str, str]:
        """From step 3 to the receipt; gives number and words."""
        page = self.page
        page.click(STEP.format(3))
        page.wait_for_url("**/notice/send/")
        page.click("#go")
        page.wait_for_selector("#acts:not([hidden])")  # it is shown with them
        number = page.inner_text("#number")
        return number, " ".join(page.locator("#phrase li").all_inner_texts())

    def open_case(self, number: str, phrase: str) -> None:
        page = self.go("/case/")
        page.fill("#number", number)
        page.fill("#phrase", phrase)
        page.click("main .btn.main")


@pytest.fixture
def window(
    browser: Browser, live_server: Any, platform: Platform
) -> Iterator[Callable[..., Window]]:
    """``window(width=360)`` opens one; errors of its scripts fail the test at the end."""
    contexts, windows = [], []

    def make(width: int = 1280, height: int = 900, scheme: str = "light", **more: Any) -> Window:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="en-GB",
            reduced_motion="reduce",  # a colour half way between two states is no finding
            **more,
        )
        contexts.append(context)
        windows.append(Window(context.new_page(), live_server.url))
        return windows[-1]

    yield make
    wrong = [error for one in windows for error in one.errors]
    foreign = [u for one in windows for u in one.requests if not _is_ours(u, live_server.url)]
    for context in contexts:
        context.close()
    assert wrong == []
    assert foreign == []


def _is_ours(url: str, address: str) -> bool:
    return url.startswith((f"{address}/", "blob:", "data:", "about:"))


def look(page: Page) -> None:
    """No violation of axe's rules, and nothing wider than the window."""
    assert barriers(page) == [], page.url


def test_from_the_start_to_the_receipt_and_the_page_of_the_case(window) -> None:
    her = window()
    page = her.begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg", "cat.jpg")
    british_date = re.compile(r"\d{1,2} [A-Z][a-z]+ 20\d\d")
    assert british_date.search(page.inner_text("#file-list")), "as the browser writes dates"
    page.click(STEP.format(2))
    her.sign()

    number, phrase = her.send()

    case = Case.objects.get()
    assert (case.number, case.items.count(), case.locations.count()) == (number, 2, 1)
    assert case.due_at is not None
    ends_at = time.monotonic() + 10  # the page forgets the draft once it is there
    while page.evaluate("window.name") and time.monotonic() < ends_at:
        page.wait_for_timeout(20)
    assert page.evaluate("window.name") == ""
    her.open_case(number, phrase)
    page.wait_for_url("**/case/page/")
    assert "hours left" in page.inner_text("main")
    assert "bridge.jpg" in page.inner_text("main")
    # Those in a fold too, which have no inner text while it is closed.
    times = page.locator("time[data-local]").all_text_contents()
    assert times
    assert all(re.search(r"\d [A-Z][a-z]+ 20\d\d, \d\d:\d\d (UTC|GMT)", time) for time in times)


def test_what_was_shown_is_what_arrived(window) -> None:
    her = window()
    page = her.begin(3)
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    page.check("input[name=hide_names]")
    page.click(STEP.format(2))
    her.sign()
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")
    page.click("#raw summary")
    shown = json.loads(page.inner_text("#raw-text"))

    with page.expect_request("**/notice/send/") as sent:
        page.click("#go")

    body = sent.value.post_data or ""
    assert shown["files"][0]["name"] == ""
    assert json.loads(body[body.index('{"version"') : body.rindex("}") + 1]) == shown


def test_while_she_works_no_request_leaves_and_the_network_is_not_needed(window) -> None:
    her = window()
    page = her.begin(1)
    page.context.set_offline(offline=True)
    her.requests.clear()

    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    page.click(STEP.format(2))
    her.sign()

    assert [url for url in her.requests if not url.startswith("blob:")] == []
    assert page.context.cookies() == []
    tried = page.evaluate("fetch('/status').then(() => 'sent', () => 'refused')")
    assert tried == "refused"
    her.errors.clear()  # the browser says that it refused


def test_the_policy_refuses_requests_with_the_network_on_too(window) -> None:
    her = window()
    page = her.begin(1)

    tried = page.evaluate("fetch('/status').then(() => 'sent', () => 'refused')")

    assert tried == "refused"
    assert [error for error in her.errors if "connect-src" in error]
    her.errors.clear()


@pytest.mark.parametrize("seen", SEEN, ids=lambda s: f"{s['width']}-{s['scheme']}")
def test_every_step_has_no_barrier(window, seen) -> None:
    her = window(**seen)
    found: dict[str, list[str]] = {}
    page = her.begin(1)
    found["step 1"] = barriers(page)
    page.fill("#urls", "no address")
    page.click(STEP.format(1))
    found["a wrong address"] = barriers(page)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    found["step 2"] = barriers(page)
    page.click(STEP.format(2))
    page.click(STEP.format(3))
    found["what is missing"] = barriers(page)
    her.sign(mode="immediate")
    page.click("#keep summary")
    found["step 3"] = barriers(page)
    page.click(STEP.format(3))
    page.wait_for_selector("#ready:not([hidden])")
    page.click("#raw summary")
    found["step 4"] = barriers(page)
    page.click("#go")
    page.wait_for_selector("#number")
    found["receipt"] = barriers(page)
    number = page.inner_text("#number")
    phrase = " ".join(page.locator("#phrase li").all_inner_texts())
    her.open_case(number, "some other words")
    page.get_by_text("These do not open a page").wait_for()
    found["wrong words"] = barriers(page)
    her.open_case(number, phrase)
    page.wait_for_url("**/case/page/")
    for summary in page.locator("summary").all():
        summary.click()
    found["case"] = barriers(page)
    page.click("[popovertarget=withdraw] >> nth=0")
    found["taking back"] = barriers(page)
    assert list(found) == STATES
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("seen", SEEN, ids=lambda s: f"{s['width']}-{s['scheme']}")
def test_the_pages_that_inform_have_no_barrier(window, seen) -> None:
    her = window(**seen)
    for path in (
        *("/", "/start/", "/under-18/?c=GB", "/help-lines/?c=US", "/hide-visit/", "/evidence/"),
        *("/your-data/", "/language/", "/notice/plain/", "/notice/send/", "/case/", "/nowhere/"),
    ):
        look(her.go(path))


def test_at_twice_the_text_size_nothing_is_cut_off(window) -> None:
    her = window(width=640)
    for path in ("/", "/notice/plain/", "/case/", "/your-data/"):
        page = her.go(path)
        page.evaluate("document.documentElement.style.setProperty('font-size', '212.5%')")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 640, path


PARTS = """() => [document.documentElement.scrollWidth,
  document.querySelector('.mark svg').getBoundingClientRect().width,
  document.querySelector('#exit').getBoundingClientRect().right]"""


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("language", ["en", "es", "fr", "de"])
def test_in_every_language_the_way_out_and_the_mark_fit_into_the_header(
    window, width: int, language: str
) -> None:
    her = window(width=width, height=640)
    her.page.context.add_cookies(
        [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": her.address}]
    )
    page = her.go("/evidence/")
    assert page.get_attribute("html", "lang") == language
    whole, mark, right = page.evaluate(PARTS)
    assert whole == width
    assert mark >= 28
    assert right <= width - 12


CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(e => {
  const { left, right, width } = e.getBoundingClientRect();
  return width > 1 && !e.closest('svg, .hidden, .skip') && (left < -1 || right > innerWidth + 1);
}).map(e => e.tagName + '.' + e.className + ' ' + Math.round(e.getBoundingClientRect().right))"""


@pytest.mark.parametrize("language", ["es", "fr", "de"])
def test_on_a_phone_at_twice_the_size_no_word_of_the_whole_way_is_cut_off(
    window, language: str
) -> None:
    """A phone of 360 pixels whose page is enlarged to 200 % has room for 180."""
    her = window(width=180, height=370)
    her.page.context.add_cookies(
        [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": her.address}]
    )
    found: dict[str, list[str]] = {}

    def see(name: str) -> None:
        found[name] = page.evaluate(CUT_OFF)

    page = her.go("/start/")
    see("first page")
    her.begin(1)
    page.fill("#urls", "no address")
    page.click(STEP.format(1))
    see("a wrong address")
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    see("step 2")
    page.click(STEP.format(2))
    page.click(STEP.format(3))
    see("what is missing")
    her.sign()
    page.click(STEP.format(3))
    page.wait_for_selector("#ready:not([hidden])")
    see("step 4")
    page.click("#go")
    number = page.inner_text("#number")
    phrase = " ".join(page.locator("#phrase li").all_inner_texts())
    see("receipt")
    her.open_case(number, phrase)
    page.wait_for_url("**/case/page/")
    for summary in page.locator("summary").all():
        summary.click()
    see("case")
    page.click("[popovertarget=withdraw] >> nth=0")
    see("taking back")
    assert {name: cut for name, cut in found.items() if cut} == {}


def test_both_answers_of_taking_back_are_in_sight_at_once(window) -> None:
    her = window(width=360, height=560)
    page = her.begin(3)
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    page.click(STEP.format(2))
    her.sign()
    number, phrase = her.send()
    her.open_case(number, phrase)
    page.wait_for_url("**/case/page/")
    page.click("[popovertarget=withdraw] >> nth=0")
    for button in page.locator("#withdraw form button").all():
        assert button.evaluate(IN_SIGHT)
    page.click("#withdraw form button >> nth=1")
    start, close = page.locator("main .actions > .btn").all()[-2:]
    assert start.bounding_box()["width"] == close.bounding_box()["width"]


def test_by_keys_alone(window) -> None:
    her = window()
    page = her.go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "exit"
    page.focus("input[name=a][value='1']")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/notice/#1")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.focus("#urls")
    page.keyboard.type("bad address")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "urls"
    assert page.get_attribute("#urls", "aria-invalid") == "true"


@pytest.mark.parametrize(("answered", "missing"), [("", "age"), ("1", "way")])
def test_an_answer_that_is_missing_on_the_first_page_is_where_she_is_led(
    window, answered: str, missing: str
) -> None:
    her = window(width=360, height=640)
    page = her.go("/")
    if answered:
        page.check(f"input[name=a][value='{answered}']")
    page.click("#begin .btn.main")
    page.wait_for_url("**/start/**")
    page.wait_for_function(f"document.activeElement.id === '{missing}-error'")
    assert page.locator(f"#{missing}-error").evaluate(IN_SIGHT)
    page.check(f"input[name={missing[0]}][value='1']")
    page.locator(f"#{missing}-error").wait_for(state="hidden")


IN_SIGHT = """e => { const seen = e.getBoundingClientRect();
  return seen.top >= 0 && seen.bottom <= innerHeight; }"""


def test_back_and_forward_move_between_steps_and_keep_what_was_typed(window) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    assert page.title() == "Step 3 of 4"  # a link alone needs no file
    her.sign()

    page.go_back()

    assert page.title() == "Step 1 of 4"
    assert page.input_value("#urls") == "http://127.0.0.1:8161/p/1"
    page.click(STEP.format(1))
    assert page.input_value("#signature") == "Ana Example"


def test_a_look_at_another_page_of_ours_loses_nothing(window) -> None:
    her = window()
    page = her.begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    page.click("footer a >> nth=1")
    page.wait_for_url("**/help-lines/")

    page.go_back()

    page.wait_for_selector("#notice:not([hidden])")
    assert page.title() == "Step 2 of 4"
    assert "bridge.jpg" in page.inner_text("#kept-list")
    assert page.input_value("#urls") == "http://127.0.0.1:8161/p/1"


def test_back_from_checking_mends_and_sends(window) -> None:
    her = window()
    page = her.to_signed()
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")
    page.click("#back")
    page.wait_for_url("**/notice/")
    page.wait_for_selector("[data-step='3']:not([hidden])")
    page.fill("#signature", "Ana B. Example")

    her.send()

    assert Case.objects.get().items.count() == 1


def test_another_site_in_the_same_tab_reads_nothing(window, live_server) -> None:
    her = window()
    page = her.begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/secret")

    # The same server under another name is another site to the browser.
    page.goto(live_server.url.replace("localhost", "127.0.0.1") + "/status")
    other = page.evaluate("window.name")

    her.requests.clear()
    assert "secret" not in other


def test_a_visit_without_the_question_about_age_leads_to_it(window) -> None:
    her = window()
    page = her.go("/notice/")

    page.wait_for_url(f"{her.address}/")


def test_the_draft_is_kept_on_the_device_only_when_asked_and_deleted_when_asked(window) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    assert page.evaluate("localStorage.length") == 0
    page.click("#keep summary")
    page.click("#keep-now")
    assert "8161" in page.evaluate("localStorage.getItem('draft')")

    page.click("#keep-not")

    assert page.evaluate("localStorage.length") == 0


def test_sending_deletes_the_draft_from_the_device(window) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click("#keep summary")
    page.click("#keep-now")
    page.click(STEP.format(1))
    her.sign()

    her.send()

    for _ in range(50):  # the page that follows deletes it as soon as its script runs
        if page.evaluate("[localStorage.length, window.name]") == [0, ""]:
            break
        page.wait_for_timeout(100)
    assert page.evaluate("[localStorage.length, window.name]") == [0, ""]


def test_what_only_the_law_asks_for_may_be_left_out(window) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.sign()
    page.fill("#signature", "")
    page.click(STEP.format(3))
    page.click("#go-on")
    page.wait_for_url("**/notice/send/")
    assert "Not complete yet" in page.inner_text("#law-part")
    page.click("#go")
    page.wait_for_selector("#number")

    assert Case.objects.get().valid_at is None


def test_an_address_that_the_law_asks_for_is_asked_for_at_once_and_once(window) -> None:
    her = window()
    page = her.begin(1)
    page.click(STEP.format(1))

    assert page.title() == "Step 1 of 4"
    assert "Give the full address" in page.inner_text("#summary")
    look(page)
    page.click("#go-on")
    her.choose_files("bridge.jpg")
    page.click(STEP.format(2))
    her.sign()
    page.fill("#signature", "")
    page.click(STEP.format(3))
    points = page.locator("#summary-list a")
    assert [one.get_attribute("href") for one in points.all()] == ["#f-signature"]


def test_what_is_missing_in_an_earlier_step_is_mended_there(window) -> None:
    her = window()
    page = her.begin(1)
    page.fill("#place", "The third picture")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    page.click(STEP.format(2))
    page.evaluate("document.querySelector('#place').value = ''")
    page.click(STEP.format(3))

    page.click("#summary-list a[href='#f-urls']")

    assert page.title() == "Step 1 of 4"
    assert page.evaluate("document.activeElement.id") == "urls"


def test_a_remedy_of_the_server_comes_back_with_the_draft(window, platform) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.sign()
    page.evaluate("document.querySelector('#f-flagger_code').closest('details').open = true")
    page.fill("#flagger_code", "nobody-gave-this")  # only the server knows the codes
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")
    page.click("#go")
    page.wait_for_selector("#summary")

    page.locator("#summary:focus").wait_for()
    page.click("#back")
    page.wait_for_selector("[data-step='3']:not([hidden])")
    assert page.input_value("#signature") == "Ana Example"
    page.evaluate("document.querySelector('#f-flagger_code').closest('details').open = true")
    page.fill("#flagger_code", "")
    her.send()
    assert Case.objects.count() == 1


def test_the_file_to_keep_has_a_neutral_name_and_holds_number_and_words(window) -> None:
    her = window(accept_downloads=True)
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.sign()
    number, phrase = her.send()

    with page.expect_download() as kept:
        page.click("#save")

    assert kept.value.suggested_filename == "notes.txt"
    assert Path(kept.value.path()).read_text() == f"{number}\n{phrase}\n"


def test_who_opened_her_page_before_she_kept_the_words_finds_them_by_going_back(window) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.sign()
    number, phrase = her.send()
    assert "Please keep them first." in page.inner_text("main")
    page.click("text=Open your page >> nth=0")
    page.wait_for_url("**/case/")
    page.click("summary")
    assert "Go back, and load the page again" in page.inner_text("main")

    with suppress(Exception):  # the browser asks before it sends a form again
        page.go_back()
    page.wait_for_function("location.protocol === 'chrome-error:'")
    page.reload()

    page.wait_for_selector("#number")
    assert page.inner_text("#number") == number
    assert page.locator("#phrase li").all_inner_texts() == phrase.split()
    assert Case.objects.count() == 1


def test_the_receipt_prints_number_words_and_time_and_nothing_to_press(window) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.sign()
    her.send()
    page.locator("#print").wait_for()  # a script shows it

    page.emulate_media(media="print")

    for kept in ("#number", "#phrase", ".sheet time"):
        assert page.locator(kept).first.is_visible(), kept
    for gone in (".bar", "#exit", "#print", "#save", "main .btn"):
        assert [one for one in page.locator(gone).all() if one.is_visible()] == [], gone


WORKER = """async () => {
  const script = '/static/js/errors.js'; // one that needs no document
  await navigator.serviceWorker.register(script, { type: 'module' });
}"""
WORKERS = "async () => (await navigator.serviceWorker.getRegistrations()).length"


def test_leaving_takes_a_service_worker_of_the_site_along(window) -> None:
    her = window(bypass_csp=True)  # our own policy lets no page register one
    page = her.go("/evidence/")
    page.evaluate(WORKER)
    assert page.evaluate(WORKERS) == 1

    page.click("#exit")
    page.wait_for_url("about:blank")

    her.go("/evidence/")
    page.wait_for_function(f"async () => await ({WORKERS})() === 0")


STORED = """async () => {
  localStorage.setItem('a', '1');
  sessionStorage.setItem('b', '2');
  await new Promise((done) => {
    const open = indexedDB.open('staydown');
    open.onsuccess = () => { open.result.close(); done(); };
  });
  const cache = await caches.open('c');
  await cache.put('/x', new Response('y'));
}"""
LEFT = """async () => [localStorage.length,
  Object.keys(sessionStorage).filter((key) => key !== 'here').length, window.name,
  (await indexedDB.databases()).length, (await caches.keys()).length]"""


@pytest.mark.parametrize("how", ["link", "shift"])
def test_leaving_replaces_the_page_and_deletes_what_the_site_kept(window, how: str) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/secret")
    page.evaluate(STORED)

    if how == "link":
        page.click("#exit")
    else:
        for _ in range(3):
            page.keyboard.press("Shift")
    page.wait_for_url("about:blank")

    assert page.evaluate("window.name") == ""
    her.go("/evidence/")
    assert page.evaluate(LEFT) == [0, 0, "", 0, 0]
    her.go("/notice/")
    page.wait_for_url(f"{her.address}/")  # no draft came back


def test_shift_in_a_word_does_not_leave(window) -> None:
    her = window()
    page = her.begin(2)
    page.focus("#place")
    for letter in "ABC":
        page.keyboard.press(f"Shift+{letter}")

    assert page.input_value("#place") == "ABC"
    assert page.url.endswith("/notice/#2")


def test_leaving_without_a_network_shows_a_blank_page(window) -> None:
    her = window()
    page = her.begin(2)
    page.context.set_offline(offline=True)

    page.click("#exit")

    page.wait_for_url("about:blank")


def test_leaving_works_without_scripts_and_ends_the_open_case(window, live_server) -> None:
    writer = window()
    page = writer.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    writer.sign()
    number, phrase = writer.send()
    her = window(java_script_enabled=False)
    her.open_case(number, phrase)
    her.page.wait_for_url("**/case/page/")
    assert OpenPage.objects.count() == 1

    her.page.click("#exit")

    her.page.wait_for_url("about:blank")
    assert OpenPage.objects.count() == 0
    assert her.page.context.cookies() == []


def test_leaving_leads_where_the_platform_says(window, live_server) -> None:
    her = window()
    page = her.go("/hide-visit/")
    with override_settings(STAYDOWN_EXIT_URL=f"{her.address}/status"):
        page.click("#exit")
        page.wait_for_url("**/status")


def test_wrong_words_say_what_to_do_and_the_right_ones_open(window) -> None:
    her = window(width=360, height=740)
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.sign()
    number, phrase = her.send()

    her.open_case(number, "not these words at all")
    page.get_by_text("These do not open a page").wait_for()
    assert page.input_value("#number") == number
    assert page.input_value("#phrase") == "not these words at all"
    assert page.evaluate(
        "(e => e.scrollHeight <= e.clientHeight)(document.querySelector('#phrase'))"
    )
    page.fill("#phrase", phrase)
    page.press("#phrase", "Enter")

    page.wait_for_url("**/case/page/")


def test_taking_it_back_asks_once_with_the_safe_choice_first(window) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.sign()
    her.open_case(*her.send())
    page.click("[popovertarget=withdraw] >> nth=0")
    assert page.evaluate("document.activeElement.textContent") == "Keep my request"
    page.keyboard.press("Escape")
    assert Case.objects.get().withdrawal_asked_at is None

    page.click("[popovertarget=withdraw] >> nth=0")
    page.click("#withdraw form .btn.plain")

    page.wait_for_selector("text=You took back your request")
    assert Case.objects.get().state == Case.State.WITHDRAWN


def test_a_picture_is_added_to_an_open_case(window) -> None:
    her = window()
    page = her.to_signed()
    her.open_case(*her.send())
    page.click("text=Add a link or a picture >> nth=0")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.fill("#urls", "http://127.0.0.1:8161/p/2")
    page.click("#keep summary")
    page.click("#keep-now")
    page.click(STEP.format(1))
    her.choose_files("cat.jpg")
    look(page)
    page.click(STEP.format(2))
    page.wait_for_url("**/case/add/send/")
    look(page)
    page.click("#go")

    page.wait_for_selector("#said")
    case = Case.objects.get()
    assert (case.items.count(), case.locations.count()) == (2, 2)
    page.wait_for_function("localStorage.length === 0 && window.name === ''")


def test_a_picture_is_added_to_a_case_that_began_with_a_link(window) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.sign()
    her.open_case(*her.send())
    page.click("text=Add a link or a picture >> nth=0")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.click(STEP.format(1))
    her.choose_files("cat.jpg")
    look(page)
    page.click(STEP.format(2))
    page.wait_for_url("**/case/add/send/")
    assert "cat.jpg" in page.inner_text("main")
    page.click("#go")

    page.wait_for_selector("#said")
    case = Case.objects.get()
    assert (case.items.count(), case.locations.count()) == (2, 1)
    assert Entry.objects.filter(claims__item__case=case).count() == 1


def test_a_picture_that_is_there_is_in_her_list_and_in_her_case_once(window) -> None:
    her = window()
    page = her.begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    page.click("footer a >> nth=1")
    page.wait_for_url("**/help-lines/")
    page.go_back()  # the list of files is new now, and the draft keeps what was read
    page.wait_for_selector("html[data-ready]", state="attached")
    page.set_input_files("#file-list input[type=file]", MEDIA / "bridge.jpg")
    page.wait_for_selector("text=bridge.jpg is already in the list.")
    look(page)
    page.click(STEP.format(2))
    her.sign()
    her.open_case(*her.send())
    page.click("text=Add a link or a picture >> nth=0")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    page.click(STEP.format(2))
    page.wait_for_url("**/case/add/send/")
    page.click("#go")

    said = page.inner_text("#said")
    assert said == "What you chose is in your case already. It is there once, as before."
    assert (Case.objects.get().items.count(), Entry.objects.count()) == (1, 1)
    page.wait_for_function("localStorage.length === 0 && window.name === ''")
    look(page)


@pytest.mark.parametrize("more", ["", "http://127.0.0.1:8161/p/2"])
def test_of_an_address_that_is_there_nothing_waits_to_be_sent(window, more: str) -> None:
    her = window()
    her.open_case(*file_link(her))
    page = her.page
    page.click("text=Add a link or a picture >> nth=0")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.fill("#urls", f"http://127.0.0.1:8161/p/1\n{more}")
    page.click(STEP.format(1))
    page.click(STEP.format(2))
    page.wait_for_url("**/case/add/send/")
    page.click("#go")

    assert "in your case already" in page.inner_text("#said")
    page.wait_for_function("window.name === ''")
    assert page.is_hidden("#unsent")


def add_something(her: Window, url: str) -> None:
    """From her page to step 2 of adding, with a picture."""
    page = her.page
    page.click("text=Add a link or a picture >> nth=0")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.fill("#urls", url)
    page.click(STEP.format(1))
    her.choose_files("cat.jpg")


def file_link(her: Window) -> tuple[str, str]:
    """A notice of a link alone; gives number and words."""
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.sign()
    return her.send()


def file_picture(her: Window) -> tuple[str, str]:
    """A notice of a link and a picture; gives number and words."""
    her.to_signed()
    return her.send()


def test_what_was_being_added_is_there_again_after_the_page_had_closed(window) -> None:
    her = window()
    number, phrase = file_picture(her)
    her.open_case(number, phrase)
    page = her.page
    assert page.is_hidden("#unsent")
    add_something(her, "http://127.0.0.1:8161/p/2")
    OpenPage.objects.all().delete()
    page.click(STEP.format(2))
    page.wait_for_url("**/case/")
    page.fill("#number", number)
    page.fill("#phrase", phrase)
    page.click("main .btn.main")

    page.click("text=Continue what you were adding")

    page.wait_for_selector("[data-step='2']:not([hidden])")
    assert "cat.jpg" in page.inner_text("#kept-list")
    page.click(STEP.format(2))
    page.wait_for_url("**/case/add/send/")
    OpenPage.objects.all().delete()
    page.click("#go")
    page.wait_for_selector("text=Nothing was sent")
    page.fill("#number", number)
    page.fill("#phrase", phrase)
    page.click("main .btn.main")
    page.click("text=Continue what you were adding")
    page.wait_for_selector("[data-step]:not([hidden])")
    assert page.input_value("#urls") == "http://127.0.0.1:8161/p/2"


def test_turning_back_keeps_what_was_being_added_until_it_is_deleted_or_the_page_closed(
    window,
) -> None:
    her = window()
    her.open_case(*file_link(her))
    page = her.page
    page.click("text=Add a link or a picture >> nth=0")
    page.wait_for_selector("#notice:not([hidden])")
    page.click("text=Back to your page")
    page.wait_for_url("**/case/page/")
    assert page.is_hidden("#unsent"), "nothing was typed"
    page.click("text=Add a link or a picture >> nth=0")
    page.wait_for_selector("#notice:not([hidden])")
    page.fill("#urls", "http://127.0.0.1:8161/p/2")
    page.click("text=Back to your page")
    page.wait_for_selector("#unsent:not([hidden])")
    look(page)
    page.click("#unsent-delete")
    assert page.is_hidden("#unsent")
    assert page.evaluate("window.name") == ""

    page.click("text=Add a link or a picture >> nth=0")
    page.wait_for_selector("#notice:not([hidden])")
    page.fill("#urls", "http://127.0.0.1:8161/p/3")
    page.click("text=Back to your page")
    page.wait_for_selector("#unsent:not([hidden])")
    page.click("text=Close this page")

    page.wait_for_selector("text=Your page is closed in this browser.")
    page.wait_for_function("window.name === ''")


def test_what_is_kept_of_one_case_does_not_enter_another_and_can_be_deleted(window) -> None:
    her = window()
    her.open_case(*file_link(her))
    page = her.page
    page.click("text=Add a link or a picture >> nth=0")
    page.wait_for_selector("#notice:not([hidden])")
    page.fill("#urls", "http://127.0.0.1:8161/p/2")
    page.click("#keep summary")
    page.click("#keep-now")
    page.click("text=Back to your page")
    page.click("text=Close this page")
    first = Case.objects.get()
    assert first.number not in page.evaluate("localStorage.getItem('draft')")

    her.open_case(*file_link(her))
    page.wait_for_url("**/case/page/")
    assert page.is_hidden("#unsent")
    page.click("text=Add a link or a picture >> nth=0")
    page.wait_for_selector("#notice:not([hidden])")
    assert page.input_value("#urls") == ""
    page.click("#keep summary")

    page.click("#keep-not")

    assert page.evaluate("localStorage.length") == 0


def test_what_is_added_to_two_cases_waits_for_each_until_the_page_is_closed(window) -> None:
    her = window()
    first, second = file_link(her), file_link(her)
    page = her.page

    def added_to(case: tuple[str, str], text: str) -> str:
        her.open_case(*case)
        page.click("text=Add a link or a picture >> nth=0")
        page.wait_for_selector("#notice:not([hidden])")
        found = page.input_value("#urls")
        if text:
            page.fill("#urls", text)
            page.click("#keep summary")
            page.click("#keep-now")
        page.click("text=Back to your page")
        page.wait_for_selector("#unsent:not([hidden])")
        return found

    assert added_to(first, "http://127.0.0.1:8161/p/1") == ""
    assert added_to(second, "http://127.0.0.1:8161/p/2") == ""
    kept = page.evaluate("localStorage.getItem('draft')")
    assert ("/p/1" in kept, "/p/2" in kept) == (True, True)
    page.evaluate("localStorage.clear()")
    assert added_to(first, "") == "http://127.0.0.1:8161/p/1"
    page.click("#unsent-delete")
    assert added_to(second, "") == "http://127.0.0.1:8161/p/2"
    held = page.evaluate("window.name + localStorage.getItem('draft')")
    assert [case.number for case in Case.objects.all() if case.number in held] == []

    page.click("text=Close this page")

    page.wait_for_selector("text=Your page is closed in this browser.")
    page.wait_for_function("window.name === ''")


def test_the_receipt_is_shown_when_the_draft_is_gone(window) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.sign()
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")

    def come_late(route: Any) -> None:
        time.sleep(1.0)
        route.continue_()

    page.route("**/js/portal/receipt*.js", come_late)
    page.click("#go")
    page.wait_for_selector("#acts:not([hidden])")

    script, shown = page.evaluate(
        """() => new Promise((resolve) => {
          const came = performance.getEntriesByType('resource')
            .find(({ name }) => name.includes('/receipt')).responseEnd;
          new PerformanceObserver((list) => resolve([came, list.getEntries()[0].startTime]))
            .observe({ type: 'paint', buffered: true });
        })"""
    )
    assert script > 1000
    assert shown > script
    assert page.evaluate("window.name") == ""


def test_a_new_answer_on_the_start_page_wins_over_a_draft(window) -> None:
    her = window()
    page = her.begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click("#keep summary")
    page.click("#keep-now")

    her.begin(3)

    page.wait_for_selector("#notice:not([hidden])")
    assert page.is_checked("input[name=way][value=threatened]")
    page.check("input[name=way][value=published]")
    assert page.input_value("#urls") == "http://127.0.0.1:8161/p/1"
    page.reload()
    page.wait_for_selector("#notice:not([hidden])")
    assert page.is_checked("input[name=way][value=published]"), "what she chose on the page stays"


def test_how_to_keep_evidence_leads_back_to_what_was_being_added(window) -> None:
    her = window()
    her.open_case(*file_picture(her))
    page = her.page
    add_something(her, "http://127.0.0.1:8161/p/2")
    page.click("[data-step='2'] [data-go=back]")
    page.wait_for_selector("[data-step='1']:not([hidden])")
    page.click("[data-step='1'] a[href*=evidence]:visible")
    page.wait_for_url("**/evidence/?from=add")

    page.click("text=Back to what you were adding")

    page.wait_for_url("**/case/add/")
    page.wait_for_selector("#notice:not([hidden])")
    assert page.input_value("#urls") == "http://127.0.0.1:8161/p/2"
    page.click(STEP.format(1))
    assert "cat.jpg" in page.inner_text("#kept-list")


def reload(page: Page, until: str = "html[data-ready]") -> None:
    page.wait_for_timeout(400)  # longer than the copy takes that a reload finds
    page.reload()
    page.wait_for_selector(until, state="attached")


def test_a_reload_keeps_a_notice_and_what_is_being_added(window) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    reload(page)
    assert page.input_value("#urls") == "http://127.0.0.1:8161/p/1"
    page.click(STEP.format(1))
    her.sign()
    her.open_case(*her.send())
    add_something(her, "http://127.0.0.1:8161/p/2")
    for _ in range(2):
        reload(page)
        assert page.input_value("#urls") == "http://127.0.0.1:8161/p/2"
        assert "cat.jpg" in (page.text_content("#f-files") or "")
    assert page.is_visible("text=cat.jpg")
    assert not page.is_visible("text=No file chosen yet.")


@pytest.mark.parametrize("path", ["/", "/help-lines/", "/hide-visit/", "/your-data/", "/rules/"])
def test_pages_that_inform_lead_back_to_a_notice_that_was_begun(window, path: str) -> None:
    her = window()
    page = her.go(path)
    assert not page.is_visible("[data-begun]")
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.wait_for_timeout(400)  # an address that is typed hands on the copy, as a reload does
    her.go(path)
    page.click("[data-begun] a")
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.input_value("#urls") == "http://127.0.0.1:8161/p/1"


def test_a_half_written_message_waits_in_the_tab_until_it_is_sent(window) -> None:
    her = window()
    her.open_case(*file_link(her))
    page = her.page
    page.fill("#text", "I wanted to say")
    reload(page, until="#text")
    assert page.input_value("#text") == "I wanted to say"
    page.click("text=Add a link or a picture >> nth=0")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.click("text=Back to your page >> nth=0")
    page.wait_for_selector("#text")
    assert page.input_value("#text") == "I wanted to say"
    page.fill("#text", "I wanted to say it.")
    page.click("text=Send message")
    page.wait_for_selector("#said")
    for _ in range(2):
        assert page.input_value("#text") == ""
        reload(page, until="#text")


def test_a_message_that_was_sent_is_not_in_the_box_after_turning_back(window) -> None:
    her = window()
    her.open_case(*file_link(her))
    page = her.page
    page.fill("#text", "I wanted to say it.")
    page.click("text=Send message")
    page.wait_for_selector("#said")
    page.go_back()
    page.wait_for_selector("#text")
    page.wait_for_function("document.readyState === 'complete'")
    assert page.input_value("#text") == ""
    reload(page, until="#text")
    assert page.input_value("#text") == ""
    page.fill("#text", "And another")
    her.go("/help-lines/")
    page.go_back()
    page.wait_for_selector("#text")
    assert page.input_value("#text") == "And another"


def test_turning_back_past_a_message_that_was_refused_shows_the_page(window) -> None:
    her = window()
    her.open_case(*file_link(her))
    page = her.page
    page.click("text=Send message")
    page.wait_for_selector("#e-text")
    page.wait_for_url("**/case/page/")
    page.fill("#text", "I wanted to say it.")
    page.click("text=Send message")
    page.wait_for_selector("#said")

    page.go_back()

    page.wait_for_selector("#text")
    assert page.url.endswith("/case/page/")
    assert page.input_value("#text") == ""
    assert page.locator(".message.person").count() == 1
    assert Message.objects.count() == 1


def test_a_message_that_did_not_arrive_stays_in_the_box(window) -> None:
    her = window()
    her.open_case(*file_link(her))
    page = her.page
    page.fill("#text", "I wanted to say it.")
    page.route(
        "**/case/**",
        lambda route: (
            route.fulfill(status=200, content_type="text/html", body="<p id=lost>")
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    page.click("text=Send message")
    page.wait_for_selector("#lost", state="attached")
    page.go_back()
    page.wait_for_selector("#text")
    assert page.input_value("#text") == "I wanted to say it."


@pytest.mark.parametrize("has_touch", [False, True])
def test_keys_are_spoken_of_where_there_are_keys(window, has_touch: bool) -> None:
    her = window(has_touch=has_touch, is_mobile=has_touch)
    page = her.go("/hide-visit/")
    assert page.is_visible("text=Quick way out") is not has_touch
    assert page.is_visible("text=three times does the same") is not has_touch


def test_looking_at_an_empty_form_replaces_nothing_that_waits(window) -> None:
    her = window()
    her.open_case(*file_link(her))
    add_something(her, "http://127.0.0.1:8161/p/2")
    page = her.begin(1)
    reload(page)
    her.go("/case/page/")
    page.wait_for_selector("#unsent:not([hidden])")
    page = her.begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/p/3")
    reload(page)
    assert page.input_value("#urls") == "http://127.0.0.1:8161/p/3"


def test_the_page_of_a_notice_leaves_what_is_being_added(window) -> None:
    her = window()
    her.open_case(*file_picture(her))
    page = her.page
    add_something(her, "http://127.0.0.1:8161/p/2")
    her.go("/evidence/")

    page.click("text=Back to your notice")

    page.wait_for_url(f"{her.address}/")
    her.go("/case/add/")
    page.wait_for_selector("#notice:not([hidden])")
    assert page.input_value("#urls") == "http://127.0.0.1:8161/p/2"


def test_a_missing_signature_is_added_and_the_clock_starts(window) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.sign()
    page.fill("#signature", "")
    page.click(STEP.format(3))
    page.click("#go-on")
    page.wait_for_url("**/notice/send/")
    page.click("#go")
    number = page.inner_text("#number")
    her.open_case(number, " ".join(page.locator("#phrase li").all_inner_texts()))
    page.click("text=Add what is missing")
    page.wait_for_selector("[data-step='3']:not([hidden])")
    look(page)
    page.fill("#signature", "Ana Example")
    page.click(STEP.format(3))
    page.wait_for_url("**/case/add/send/")
    page.click("#go")

    page.wait_for_selector("#said")
    assert Case.objects.get().due_at is not None
    assert "1 day and 23 hours left" in page.inner_text("main")


def test_a_threat_that_came_true_is_signed_under_the_platforms_law(window) -> None:
    her = window()
    page = her.begin(3)
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg")
    page.click(STEP.format(2))
    her.sign()
    her.open_case(*her.send())
    assert "We watch for your pictures" in page.inner_text("main")
    page.click("text=Add a link or a picture >> nth=0")
    page.wait_for_selector("#notice:not([hidden])")
    page.fill("#urls", "http://127.0.0.1:8161/p/9")
    page.click(STEP.format(1))
    page.click(STEP.format(2))
    page.check("input[name=is_good_faith]")
    page.fill("#signature", "Ana Example")
    page.click(STEP.format(3))
    page.wait_for_url("**/case/add/send/")
    page.click("#go")

    page.wait_for_selector("#said")
    case = Case.objects.get()
    assert (case.way, case.regimes) == ("published", ["platform-terms", "us-tida"])
    assert case.due_at is not None


def test_without_scripts_a_link_is_reported_on_one_page(window) -> None:
    her = window(java_script_enabled=False)
    page = her.go("/")
    page.check("input[name=a][value='1']")
    page.check("input[name=w][value='2']")
    page.click("#begin .btn.main")
    page.click("noscript a, .note a")
    page.wait_for_url("**/notice/plain/")
    page.check("input[name=age][value=adult]")
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.check("input[name=acts_as][value=self]")
    page.fill("#email", "ana@mail.example")
    page.check("input[name=withdrawal_mode][value=immediate]")
    page.check("input[name=is_good_faith]")
    page.fill("#signature", "Ana Example")
    page.click("main .btn.main")

    assert Case.objects.get().number in page.inner_text("#number")


@pytest.mark.parametrize("seen", SEEN, ids=lambda one: f"{one['width']}-{one['scheme']}")
def test_her_address_is_changed_on_her_page(window, seen: dict[str, Any]) -> None:
    with override_settings(STAYDOWN_MAIL_READY=True):
        her = window(**seen)
        page = her.begin(1)
        page.fill("#urls", "http://127.0.0.1:8161/p/1")
        page.click(STEP.format(1))
        page.click(STEP.format(2))
        her.sign()
        her.open_case(*her.send())
        page.click("#reach summary")
        look(page)
        page.fill("#address", "ana@mail")
        page.click("#reach .btn")
        page.wait_for_selector("#e-address")
        look(page)
        page.fill("#address", "new@mail.example")
        page.click("#reach .btn")
        page.wait_for_selector("#said")
        assert page.evaluate("document.activeElement.id") == "said"
        assert "One letter asks whether this address is yours." in page.inner_text("#reach")


def test_without_mail_a_pause_is_chosen_without_an_address(window) -> None:
    her = window()
    page = her.begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    page.click(STEP.format(2))
    her.sign(mode="cooling")
    assert page.locator("#safe_contact").count() == 0
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")
    assert "After a pause that a help line can stop" in page.inner_text("main")
    page.click("#go")
    page.wait_for_selector("#number")
    assert Case.objects.get().withdrawal_mode == "cooling"
