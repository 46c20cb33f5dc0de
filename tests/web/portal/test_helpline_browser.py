"""The console of a helpline in a real browser: keys, boxes, undo; axe in four variants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.test import Client as Browser_
from django.urls import reverse
from django.utils import timezone

from barriers import LOOKS, axe
from helpline_scene import (
    give_case,
    make_case,
    make_caseworker,
    make_client,
    make_crowd,
    make_team,
    tell,
)
from kept_pictures import keep
from staydown_web.accounts.models import Platform, User
from staydown_web.cases.models import Access, Case, Client, Telling
from staydown_web.cases.services.accesses import share_case
from staydown_web.cases.services.handing import offer_case
from staydown_web.review import services
from staydown_web.review.models import Complaint, Decision, Task

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


class Desk:
    """A caseworker's window on a helpline with a crowd of cases."""

    def __init__(self, page: Page, address: str, mia: User, access: Access) -> None:
        self.page, self.address, self.mia, self.access = page, address, mia, access
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, name: str, query: str = "", **kwargs: Any) -> Page:
        self.page.goto(self.address + reverse(f"portal:{name}", kwargs=kwargs) + query)
        return self.page


@pytest.fixture
def desk(
    browser: Browser,
    live_server: Any,
    platform: Platform,
    reviewer: User,
    client_of: Callable[..., Browser_],
) -> Iterator[Desk]:
    """Twelve cases, one of them told, one offered by a colleague, one shared by a person."""
    now = timezone.now()
    team = make_team("Helpline One", now)
    mia = make_caseworker("mia", team, leads=True)
    noa = make_caseworker("noa", team)
    accesses = make_crowd(mia, platform, now, 12)
    tell(accesses[2], mia, now)
    decided_against(accesses[2], reviewer, now)
    theirs = give_case(make_case(platform, now), make_client(noa, "File 20", now), noa, now)
    offer_case(access=theirs, user=noa, taker=mia, note="She prefers mornings.", now=now)
    share_case(case=make_case(platform, now), team=team, now=now)
    context = browser.new_context(reduced_motion="reduce")
    key = client_of(mia).session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    made = Desk(context.new_page(), live_server.url, mia, accesses[2])
    yield made
    context.close()
    assert made.errors == []


def decided_against(access: Access, reviewer: User, now: datetime) -> None:
    """A reviewer decided nine days ago not to remove anything in a case."""
    at = now - timedelta(days=9)
    # Her addresses were there before the decision; later ones would be an answer to it.
    access.case.locations.update(added_at=now - timedelta(days=10))
    task = Task.objects.create(
        number="R-2222-4444", source="notice", platform=access.case.platform, case=access.case,
        group="", made_at=at,
    )  # fmt: skip
    services.decide(
        task=task, outcome="restore", grounds=["not_intimate"], facts="It shows fruit.",
        user=reviewer, now=at,
    )  # fmt: skip
    for later in (timedelta(minutes=1), timedelta(hours=49)):
        services.make_decisions_firm(at + later)


def test_cases_are_chosen_and_opened_by_keys_alone(desk: Desk) -> None:
    page = desk.open("caseload")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("input[name=case]:checked").count() == 2
    page.keyboard.press("k")
    assert page.locator("tr.here").count() == 1
    page.keyboard.press("s")
    page.keyboard.type("file 001")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=file**")
    rows = page.locator("tr[data-row]")
    assert rows.count() == 2  # every tenth of twelve
    number = page.locator("tr[data-row] a").first.inner_text()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{number}/")


def test_places_are_marked_and_taken_back_with_one_press_each(desk: Desk) -> None:
    page = desk.open("untold")
    boxes = page.locator("input[name=place]:not([disabled])")
    before = boxes.count()
    assert before > 1
    for at in range(before):
        boxes.nth(at).check()
    page.get_by_role("button", name="Mark as told").click()
    page.wait_for_selector(".note.done")
    assert Telling.objects.filter(undone_at=None).count() == before  # one was told before
    page.keyboard.press("u")
    page.locator("input[name=place]").nth(1).wait_for(state="attached")
    # What was told before was asked again, which is no slip: it waits for its day.
    assert page.locator("input[name=place]:not([disabled])").count() == before - 1


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_page_is_sound_and_fits(desk: Desk, width: int, scheme: str) -> None:
    case, wrong = desk.access.case, {}
    client = desk.access.client
    assert client is not None
    pages: list[tuple[str, dict[str, Any]]] = [
        ("caseload", {}),
        ("untold", {}),
        ("clients", {}),
        ("client", {"client_id": client.pk}),
        ("file_link", {"client_id": client.pk}),
        ("file_notice", {"client_id": client.pk}),
        ("helpline_case", {"case_number": case.number}),
        ("helpline_add", {"case_number": case.number}),
        ("helpline_complain", {"case_number": case.number, "decision_id": decision_of(case)}),
        ("change_helpline_feed", {}),
        ("take_on", {"access_id": Access.objects.get(state="offered").pk}),
        ("team", {}),
    ]
    desk.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    desk.page.set_viewport_size({"width": width, "height": 900})
    for name, kwargs in pages:
        page = desk.open(name, "#1" if name == "file_notice" else "", **kwargs)
        for summary in page.locator("details:not([open]) > summary:visible").all():
            summary.click()
        if found := axe(page):
            wrong[name] = found
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, f"{name} scrolls sideways at {width}"
        if name in {"helpline_complain", "take_on"}:
            keep(page, name.replace("_", "-"))
    assert not wrong


def decision_of(case: Case) -> UUID:
    return Decision.objects.get(task__case=case).pk


def test_a_calendar_address_and_another_look_are_asked_for_and_sound(desk: Desk) -> None:
    page = desk.open("change_helpline_feed")
    page.get_by_role("button", name="Make an address to subscribe to").click()
    page.wait_for_selector("text=Your private calendar address")
    assert axe(page) == []
    desk.open("helpline_case", case_number=desk.access.case.number)
    page.get_by_role("link", name="Ask for another look").click()
    page.get_by_label("Whether it is intimate").check()
    page.get_by_role("button", name="Ask for another look").click()
    page.wait_for_selector("#e-text")
    assert axe(page) == []
    assert page.get_by_label("Whether it is intimate").is_checked()
    page.get_by_label("Why do you not agree?").fill("It shows her.")
    page.get_by_role("button", name="Ask for another look").click()
    page.wait_for_selector("text=Another reviewer will look at it.")
    assert Complaint.objects.get().case == desk.access.case
    assert axe(page) == []


@pytest.mark.parametrize(("name", "boxes"), [("caseload", "case"), ("team", "case")])
def test_one_box_chooses_all_of_the_page(desk: Desk, name: str, boxes: str) -> None:
    page = desk.open(name)
    every, chosen = (
        page.locator(f"input[name={boxes}]"),
        page.locator(f"input[name={boxes}]:checked"),
    )
    page.get_by_label("Choose all on this page").check()
    assert chosen.count() == every.count() > 2
    page.get_by_label("Choose all on this page").uncheck()
    assert chosen.count() == 0


def test_places_that_cannot_be_marked_are_not_chosen_with_all(desk: Desk) -> None:
    page = desk.open("untold")
    page.get_by_label("Choose all on this page").check()
    free = page.locator("input[name=place]:not([disabled])")
    assert page.locator("input[name=place]:checked").count() == free.count() > 2
    assert page.locator("input[name=place][disabled]").count() > 0


def test_a_draft_of_one_client_is_not_taken_up_for_another(desk: Desk) -> None:
    first = desk.access.client
    assert first is not None
    other = Client.objects.exclude(pk=first.pk).filter(holder=desk.mia)[0]
    page = desk.open("file_notice", "#1", client_id=first.pk)
    written = "https://board.example/of-the-first"
    page.locator("#urls").fill(written)

    def go_to(client: Client) -> str:
        address = reverse("portal:file_notice", kwargs={"client_id": client.pk})
        # As a press on a link does: the draft goes along in this tab.
        page.evaluate(
            "to => { dispatchEvent(new Event('beforeunload')); location.assign(to); }",
            address + "?again#1",
        )
        page.wait_for_url(f"**{address}?again#1")
        page.wait_for_selector("#notice:not([hidden])")
        return page.locator("#urls").input_value()

    assert go_to(first) == written
    assert page.locator("input[name=acts_as][value=representative]").is_checked()
    assert go_to(other) == ""


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_what_she_sees_of_helplines_on_her_page_is_sound_and_fits(
    desk: Desk, filed: Callable[..., tuple[Case, str]], width: int, scheme: str
) -> None:
    case, phrase = filed()
    page = desk.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{desk.address}/case/")
    page.locator("[name=number]").fill(case.number)
    page.locator("[name=phrase]").fill(phrase)
    page.locator("main form button").first.click()
    page.get_by_text("Share this case with a helpline").click()
    assert axe(page) == []
    page.get_by_label("I agree that this helpline works on my case").check()
    page.get_by_role("button", name="Share my case").click()
    page.wait_for_selector("#said")
    assert axe(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.get_by_role("button", name="End this").click()
    page.wait_for_selector("text=This helpline sees your case no more.")


def test_errors_of_a_pasted_list_are_sound_too(desk: Desk) -> None:
    page = desk.open("helpline_add", case_number=desk.access.case.number)
    page.get_by_label("Addresses").fill("https://a.example/1\nhttps://a.example/1\nnothing")
    page.get_by_role("button", name="Read the list").click()
    page.wait_for_selector("#result")
    assert "Line 3:" in page.locator("#result").inner_text()
    assert axe(page) == []
    page.get_by_label("Leave these lines out").check()
    page.get_by_role("button", name="Add 1 address").click()
    page.wait_for_url(f"**/{desk.access.case.number}/")
    assert "a.example" in page.locator("body").inner_text()
