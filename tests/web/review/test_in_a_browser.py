"""The console in a real browser: by keys alone, two reviewers, undo, limits, without scripts.

Every page and state goes through axe-core, light and dark, wide and narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from barriers import LOOKS, axe, barriers
from kept_pictures import keep
from staydown_web.accounts.models import User
from staydown_web.banks.models import Bank, Entry
from staydown_web.cases.models import Case
from staydown_web.cases.services import send_message
from staydown_web.portal.services import open_page
from staydown_web.portal.views.session import COOKIE
from staydown_web.review import services
from staydown_web.review.models import Decision, Exposure, Pause, Task
from staydown_web.review.selectors.tellings import asked_of
from staydown_web.review.services import approving
from staydown_web.screening.models import Copy

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


class Seat:
    """A reviewer's window: their page, and what went wrong in it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address, self.errors = page, address, []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: Any) -> None:
        # A refused preview is what some tests ask for; everything else is a defect.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def open(self, name: str, *args: str, query: str = "") -> Page:
        self.page.goto(self.address + reverse(name, args=args) + query)
        return self.page


@pytest.fixture
def seat(browser, live_server, client_of) -> Iterator[Callable[..., Seat]]:
    """``seat(user)`` opens a window in which the user is signed in."""
    contexts, seats = [], []

    def make(user: User | None, **options: Any) -> Seat:
        context = browser.new_context(reduced_motion="reduce", **options)
        contexts.append(context)
        if user is not None:
            key = client_of(user).session.session_key
            context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
        seats.append(Seat(context.new_page(), live_server.url))
        return seats[-1]

    yield make
    wrong = [error for one in seats for error in one.errors]
    for context in contexts:
        context.close()
    assert wrong == []


def test_a_reviewer_decides_by_keys_alone(seat, reviewer, noticed) -> None:
    case, task = noticed("part", "bridge.jpg")
    page = seat(reviewer).open("review:queue")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{task.number}/")
    page.keyboard.press("1")
    page.wait_for_selector("img[data-level=shapes]", state="visible")
    assert page.locator(".cover").is_hidden()
    page.keyboard.press("0")
    assert page.locator(".cover").is_visible()
    page.keyboard.press("r")
    page.keyboard.press("g")
    page.keyboard.press("Space")
    page.keyboard.press("f")
    page.keyboard.type("It is a part of a reported picture. hrs0123")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/queue/")
    made = Decision.objects.get()
    assert (made.outcome, made.grounds) == ("remove", ["us-tida", "platform-terms"])
    assert Entry.objects.get(hits__copy__tasks=task).state == Entry.State.CONFIRMED
    assert Exposure.objects.filter(level="clear").count() == 0
    assert case.number in page.locator("[data-toast]").inner_text()
    page.keyboard.press("u")
    page.wait_for_url(f"**/{task.number}/")
    made.refresh_from_db()
    assert made.undone_at is not None
    assert Entry.objects.get(hits__copy__tasks=task).state == Entry.State.SEED


def test_the_first_j_goes_to_the_first_line_and_the_next_one_on(
    seat, reviewer, held, today
) -> None:
    from staydown_web.review import tasks

    for group in "abc":
        held(group=group)
    tasks.take_in(today)
    page = seat(reviewer).open("review:queue")
    where = "[...document.querySelectorAll('tr[data-row]')].indexOf("
    where += "document.activeElement.closest('tr'))"
    found = []
    for key in "jjjjk":
        page.keyboard.press(key)
        found.append(page.evaluate(where))
    assert found == [0, 1, 2, 2, 1]


def test_keys_take_skip_list_and_break(seat, reviewer, held, today) -> None:
    from staydown_web.review import tasks

    for group in "ab":
        held(group=group)
    tasks.take_in(today)
    page = seat(reviewer).open("review:queue")
    page.keyboard.press("t")
    page.wait_for_selector("tr[data-mine]")
    taken = Task.objects.get(taken_by=reviewer)
    page.keyboard.press("n")
    page.wait_for_url("**/review/R-*/")
    first = page.url
    page.keyboard.press("n")
    page.wait_for_url(lambda url: url != first and "/review/R-" in url)
    page.keyboard.press("Shift+?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("q")
    assert page.locator("#keys").is_visible(), "keys rest under the list"
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    page.wait_for_url("**/queue/")
    page.keyboard.press("b")
    page.wait_for_url("**/break/")
    assert Pause.objects.get(user=reviewer).ended_at is None
    assert taken.number


COVERED = """() => {
  const bar = document.querySelector('.decide'), here = document.activeElement;
  if (bar.contains(here) || !here.closest('[data-decision]')) return null;
  return here.getBoundingClientRect().bottom > bar.getBoundingClientRect().top
    ? here.name || here.tagName : '';
}"""


def test_what_has_the_focus_is_never_behind_the_bar(seat, reviewer, noticed) -> None:
    _case, task = noticed()
    window = seat(reviewer, viewport={"width": 1280, "height": 900})
    page = window.open("review:task", task.number)
    page.keyboard.press("s")
    page.keyboard.press("g")
    found = []
    for _ in range(12):
        found.append(page.evaluate(COVERED))
        page.keyboard.press("Tab")
    looked = [one for one in found if one is not None]
    assert len(looked) >= 5
    assert [one for one in looked if one] == []


def test_the_second_of_two_windows_meets_a_conflict(seat, reviewer, lead, upload) -> None:
    pages = [seat(user).open("review:task", upload.number) for user in (reviewer, lead)]
    for page in pages:
        page.check("[name=outcome][value=remove]")
        page.check("[name=grounds][value=platform-terms]")
        page.fill("#facts", "It is held by a seed.")
    pages[0].click("[data-decide]")
    pages[0].wait_for_url("**/queue/")
    pages[1].click("[data-decide]")
    pages[1].wait_for_selector("text=Somebody was quicker")
    assert Decision.objects.count() == 1


def test_the_veil_opens_by_step_counts_clear_and_closes(seat, reviewer, noticed) -> None:
    _case, task = noticed()
    page = seat(reviewer).open("review:task", task.number)
    assert page.locator("img").count() == 0
    for key, level in (("1", "shapes"), ("2", "softer"), ("3", "clear")):
        page.keyboard.press(key)
        page.wait_for_selector(f"img[data-level={level}]", state="visible")
    assert page.locator("[data-opened]").inner_text() == "1"
    assert page.locator("polygon.cell").count() > 5
    page.keyboard.press("Escape")
    assert page.locator(".cover").is_visible()
    page.keyboard.press("3")
    page.wait_for_selector("img[data-level=clear]", state="visible")
    assert Exposure.objects.filter(level="clear").count() == 1, "one look is one look"
    page.reload()
    assert page.locator("img").count() == 0, "it is covered again"


def test_at_the_limit_the_veil_asks_first(seat, reviewer, noticed) -> None:
    _case, task = noticed()
    User.objects.filter(pk=reviewer.pk).update(exposure_limit=0)
    page = seat(reviewer).open("review:task", task.number)
    page.keyboard.press("3")
    assert page.locator("[data-limit-note]").is_visible()
    assert Exposure.objects.count() == 0
    page.click("[data-anyway]")
    page.wait_for_selector("img[data-level=clear]", state="visible")
    assert Exposure.objects.count() == 1


def test_a_copy_that_is_gone_says_so(seat, reviewer, noticed, site) -> None:
    _case, task = noticed()
    site.files.clear()
    page = seat(reviewer).open("review:task", task.number)
    page.keyboard.press("1")
    page.wait_for_selector("text=It cannot be shown")
    assert Exposure.objects.count() == 0


def test_a_whole_decision_works_without_scripts(seat, reviewer, noticed) -> None:
    case, _task = noticed("part", "bridge.jpg")
    page = seat(reviewer, java_script_enabled=False).open("review:queue")
    page.click("text=hours left")
    page.click("button:has-text('Shapes')")
    page.wait_for_selector("img[data-level=shapes]", state="visible")
    page.check("[name=outcome][value=remove]")
    page.fill("#facts", "It is a part of a reported picture.")
    page.click("[data-decide]")
    assert case.number in page.locator("[data-toast]").inner_text()
    assert "until" in page.locator("[data-toast]").inner_text()
    page.click("[data-toast] button")
    assert Decision.objects.get().undone_at is not None


def test_the_toast_counts_its_minute_down(seat, reviewer, upload) -> None:
    page = seat(reviewer).open("review:task", upload.number)
    page.check("[name=outcome][value=restore]")
    page.check("[name=grounds][value=other_picture]")
    page.check("[name=needs][value='other_picture:compared']")
    page.select_option("#unopened", "on_site")
    page.click("[data-decide]")
    page.wait_for_selector("[data-toast]")
    assert "second" in page.locator("[data-seconds]").inner_text()


STATES: list[tuple[str, str, Callable[[Page], Any] | None]] = [
    ("review:queue", "", None),
    ("review:queue", "?tab=library", None),
    ("review:task", "", None),
    ("review:task", "", lambda page: page.keyboard.press("s")),
    ("review:task", "", lambda page: page.click("[data-decide]")),
    ("review:task", "", lambda page: [one.click() for one in page.locator("summary").all()]),
    ("review:task", "", lambda page: page.keyboard.press("Shift+?")),
    ("review:break", "", None),
    ("review:care", "", None),
    ("review:keys", "", None),
    ("review:messages", "", None),
    ("review:conversation", "", None),
    ("review:banks", "", None),
    ("review:banks", "?case=C-2222-2222", None),
    ("review:entries", "?bank=reported", None),
    ("review:policy", "", None),
    ("review:export", "", None),
    ("review:entry", "", lambda page: [one.click() for one in page.locator("summary").all()]),
    ("review:approvals", "", None),
    ("review:platforms", "", None),
    ("review:new_platform", "", None),
    ("accounts:people", "", None),
    ("accounts:keys", "", None),
    ("accounts:me", "", None),
    ("accounts:set_up_factor", "", None),
]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_page_has_a_barrier_or_scrolls_sideways(
    seat, admin, reviewer, noticed, upload, width, scheme
) -> None:
    case, task = noticed()
    send_message(case=case, sender="person", text="Is it gone?", now=case.filed_at)
    entry = Entry.objects.get(hits__copy__tasks=task)
    args = {
        "review:task": [task.number],
        "review:policy": ["reported"],
        "review:export": ["reported"],
        "review:conversation": [case.number],
        "review:entry": [str(entry.pk)],
    }
    window = seat(admin, viewport={"width": width, "height": 900}, color_scheme=scheme)
    wrong = []
    for name, query, act in STATES:
        page = window.open(name, *args.get(name, []), query=query)
        if act is not None:
            act(page)
            page.wait_for_load_state()
        wrong += [f"{name}{query}: {found}" for found in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{name}{query}: scrolls sideways")
    assert wrong == []


CUT_OFF = """[...document.querySelectorAll('.tabs a')].filter((tab) => {
    const box = tab.getBoundingClientRect();
    return box.left < 0 || box.right > innerWidth || tab.scrollWidth > tab.clientWidth + 1;
}).length"""


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("name", ["review:queue", "review:messages", "escalation:list"])
def test_no_tab_is_cut_off(seat, admin, name, width, scheme) -> None:
    window = seat(admin, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = window.open(name)
    keep(page, f"tabs-{name.replace(':', '-')}")
    assert page.locator(".tabs a").count() > 3
    assert page.evaluate(CUT_OFF) == 0
    assert axe(page) == []


@pytest.fixture
def told(noticed, reviewer, today) -> tuple[Case, Task]:
    """Decided to be shown again; the person was told and can answer."""
    case, task = noticed("same", "citrus.jpg")
    Copy.objects.filter(tasks=task).update(state=Copy.State.HELD)
    made = today - timedelta(minutes=1)
    services.decide(
        task=task,
        outcome="restore",
        grounds=["not_intimate"],
        facts="",
        user=reviewer,
        now=made,
    )
    assert services.make_decisions_firm(today) == 0
    assert asked_of(case) != []
    return case, task


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_told_before_a_restore_has_no_barrier_on_either_side(
    seat, reviewer, told, today, width, scheme
) -> None:
    case, task = told
    size = {"width": width, "height": 900}
    colleague = seat(reviewer, viewport=size, color_scheme=scheme)
    her = seat(None, viewport=size, color_scheme=scheme)
    her.page.context.add_cookies(
        [{"name": COOKIE, "value": open_page(case=case, now=today), "url": her.address}]
    )
    pages = {
        "her page": her.open("portal:page"),
        "the queue": colleague.open("review:queue"),
    }
    assert pages["her page"].inner_text("h1") == "Please answer, if you do not agree"
    assert "Waiting for an answer" in pages["the queue"].inner_text("main")
    found = {name: _wrong(page, width) for name, page in pages.items()}
    page = colleague.open("review:task", task.number)
    assert page.is_visible("text=Take the decision back")
    found["the decided case"] = _wrong(page, width)
    her.page.fill("#text", "It is of me.")
    her.page.click("#write .btn")
    her.page.wait_for_selector("#said")
    found["her page, answered"] = _wrong(her.page, width)
    services.make_decisions_firm(timezone.now())
    page = colleague.open("review:task", task.number)
    assert page.is_visible("text=The person answered")
    found["the answered case"] = _wrong(page, width)
    assert len(found) == 5
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def _wrong(page: Page, width: int) -> list[str]:
    """What axe finds, and a page that is wider than its window."""
    wide = int(page.evaluate("document.documentElement.scrollWidth"))
    return axe(page) + ([f"{wide} px wide"] if wide > width else [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_door_has_no_barrier(seat, reviewer, live_server, scheme) -> None:
    from staydown_web.accounts.services import invite

    token = invite(role="reviewer", now=timezone.now())
    window = seat(None, viewport={"width": 360, "height": 800}, color_scheme=scheme)
    wrong = [f"sign-in: {found}" for found in axe(window.open("accounts:login"))]
    wrong += [f"join: {found}" for found in axe(window.open("accounts:join", token))]
    wrong += [f"used: {found}" for found in axe(window.open("accounts:join", "used"))]
    page = window.open("accounts:login")
    page.fill("[name=name]", "rita")
    page.fill("[name=password]", "wrong")
    page.click("button.main")
    page.wait_for_selector(".note.heed")
    wrong += [f"wrong: {found}" for found in axe(page)]
    page.fill("[name=password]", "correct horse battery")
    page.click("button.main")
    page.wait_for_selector("[name=code]")
    wrong += [f"code: {found}" for found in axe(page)]
    assert wrong == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_lawful_exceptions_stand_on_the_page_of_the_bank_and_their_own(
    seat, held, entry, lead, admin, today, width, scheme
) -> None:
    copy = held(account_blind="a" * 64)
    asked = approving.ask_lawful_entry(
        entry=entry,
        copy=copy,
        span=timedelta(days=30),
        reason="A performer on her own page.",
        user=lead,
        now=today,
    )
    approving.grant(approval_id=asked.pk, user=admin, now=today)
    lawful = Entry.objects.get(bank__kind=Bank.Kind.LAWFUL)
    Entry.objects.filter(pk=entry.pk).update(is_exact_only=True, collisions=3)
    window = seat(lead, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = window.open("review:banks")
    assert "A performer on her own page." in page.inner_text("main")
    wrong = barriers(page)
    keep(page, "bank-exceptions")
    Entry.objects.filter(pk=lawful.pk).update(expires_at=today - timedelta(days=1))
    for name, shown in (("entry-lawful", lawful), ("entry-common", entry)):
        page = window.open("review:entry", str(shown.pk))
        wrong += barriers(page)
        keep(page, name)
    assert wrong == []
