"""The decision form in a real browser: each side of it, its preview, its errors, by axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from barriers import LOOKS, axe
from kept_pictures import keep
from staydown_web.base.clock import utc_now
from staydown_web.reports.services import make_statements, make_waiting_statements
from staydown_web.review.models import Decision
from staydown_web.review.services import add_licence, decide, make_decisions_firm
from staydown_web.screening.services import account_blind

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def window(browser, live_server, client_of, lead) -> Iterator[BrowserContext]:
    """Signed in as a lead."""
    context = browser.new_context(reduced_motion="reduce")
    key = client_of(lead).session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    yield context
    context.close()


def is_defect(message: ConsoleMessage) -> bool:
    return message.type == "error" and "status of 400" not in message.text


def look(page: Page, name: str, wrong: list[str]) -> None:
    """The page as it stands, in four looks."""
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        keep(page, name)
        wrong += [f"{name} {width} {scheme} {line}" for line in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{name} {width}: scrolls sideways")


def test_each_side_of_the_form_is_readable_and_works(window, live_server, lead, noticed) -> None:
    _case, task = noticed()
    copy = task.copies.get()
    copy.account_blind = account_blind(copy.platform_id, "muse")
    copy.save()
    now = copy.seen_at
    add_licence(
        platform=copy.platform, account="muse", note="Release of 3 May.", user=lead, now=now
    )
    page, wrong = window.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    # A refused decision is answered with 400, which the browser notes; everything else is a defect.
    page.on("console", lambda m: wrong.append(m.text) if is_defect(m) else None)
    page.goto(live_server.url + reverse("review:task", args=[task.number]))
    look(page, "decide-first", wrong)

    page.check('input[name="outcome"][value="remove"]')
    page.check('input[name="grounds"][value="us-tida"]')
    for summary in page.query_selector_all("form[data-decision] details > summary"):
        summary.click()
    page.fill("#facts", "The picture changes a real photo of Katharina.")
    page.click("[data-preview]")
    page.wait_for_selector("[data-preview-here] .preview")
    assert "“Katharina” (a name)" in page.inner_text("[data-preview-here]")
    look(page, "decide-remove", wrong)
    page.fill("#facts", "The picture was changed so that it appears intimate. A person decided.")
    page.click("[data-preview]")
    page.wait_for_selector("[data-preview-here] .chip.done")
    assert not Decision.objects.exists(), "a preview decides nothing"

    page.check('input[name="outcome"][value="restore"]')
    assert not page.is_visible("#facts"), "a restore tells the uploader no reasons"
    assert "A licensed account uploaded it." in page.inner_text("form[data-decision]")
    page.check('input[name="grounds"][value="consented_commercial"]')
    assert page.is_visible('input[name="needs"][value="consented_commercial:release"]')
    assert not page.is_visible('input[name="needs"][value="satire:plain"]')
    look(page, "decide-restore", wrong)
    page.click("[data-decide]")
    page.wait_for_selector(".note.heed")
    assert "Please tick what this ground needs" in page.inner_text("form[data-decision]")
    look(page, "decide-errors", wrong)

    for need in page.query_selector_all('input[name="needs"]:visible'):
        need.check()
    page.fill("#why-kept", "The release names this work and this site.")
    page.click("[data-decide]")
    page.wait_for_url("**/queue/**")
    assert Decision.objects.get().grounds == ["consented_commercial"]
    assert wrong == []


def test_errors_agree_with_the_preview_and_go_when_they_are_mended(
    window, live_server, noticed
) -> None:
    _case, task = noticed()
    named, good = "A photo of Katharina was changed.", "A photo was changed. A person decided."
    page = window.new_page()
    page.goto(live_server.url + reverse("review:task", args=[task.number]))
    page.check('input[name="outcome"][value="remove"]')
    page.check('input[name="grounds"][value="us-tida"]')
    page.fill("#facts", named)
    page.click("[data-decide]")
    page.wait_for_selector("#facts-error:visible")
    assert page.evaluate("document.activeElement.hasAttribute('data-refused')")
    page.click("[data-sides] summary")

    page.fill("#facts", good)
    page.click("[data-preview]")
    page.wait_for_selector("[data-preview-here] .chip.done")
    assert page.locator("[data-error]:visible").count() == 0
    assert not page.is_visible("[data-refused]")
    assert page.get_attribute("#facts", "aria-invalid") is None

    page.fill("#facts", named)
    page.click("[data-preview]")
    page.wait_for_selector("[data-preview-here] [data-wrong=facts]")
    assert "“Katharina” (a name)" in page.inner_text("#facts-error")
    assert page.is_visible("[data-refused]")
    assert page.get_attribute("#facts", "aria-invalid") == "true"
    assert "names nobody" not in page.inner_text("[data-preview-here]")

    # Without a press of any button too: the server looks again when the typing stops.
    page.fill("#facts", good)
    page.wait_for_selector("#facts-error", state="hidden")
    assert not page.is_visible("[data-refused]")
    assert not Decision.objects.exists()


def test_an_opening_by_clear_is_asked_for_where_a_ground_says_that_one_looked(
    window, live_server, noticed
) -> None:
    _case, task = noticed()
    page, wrong = window.new_page(), []
    page.goto(live_server.url + reverse("review:task", args=[task.number]))
    page.check('input[name="outcome"][value="restore"]')
    assert not page.is_visible("#unopened")
    page.check('input[name="grounds"][value="not_intimate"]')
    for need in page.query_selector_all('input[name="needs"]:visible'):
        need.check()
    page.fill("#why-kept", "It shows a garden.")
    page.click("[data-decide]")
    page.wait_for_selector("#unopened-error:visible")
    look(page, "decide-unopened", wrong)
    page.click("button[data-level=clear]")
    page.wait_for_selector("img[data-level=clear]")
    page.wait_for_selector("#unopened", state="detached")
    page.click("[data-decide]")
    page.wait_for_url("**/queue/**")
    assert Decision.objects.get().grounds == ["not_intimate"]
    assert wrong == []


def test_the_links_of_statements_are_readable(window, live_server, lead, noticed) -> None:
    _case, task = noticed()
    made = decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="Found.", user=lead, now=utc_now()
    )
    make_decisions_firm(made.firm_at)
    make_statements(made.firm_at)
    make_waiting_statements(made.firm_at + timedelta(days=2))
    page, wrong = window.new_page(), []
    page.goto(live_server.url + reverse("review:task", args=[task.number]))
    page.click("form[action$='/statements/'] button")
    page.get_by_role("link", name="Open the statement").wait_for()
    look(page, "statement-links", wrong)
    assert wrong == []


def test_the_list_of_licensed_accounts_is_readable(
    browser, live_server, client_of, admin, platform
) -> None:
    context, wrong = browser.new_context(reduced_motion="reduce"), []
    key = client_of(admin).session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("review:licences", args=[platform.pk]))
    page.fill("#id_account", "muse")
    page.fill("#id_note", "Contract of 3 May 2026, confirmed by the editors.")
    page.click("text=Add it")
    page.wait_for_selector("text=The account is on the list.")
    look(page, "licences", wrong)
    page.click("text=Take it off")
    page.wait_for_selector("text=No account is on the list.")
    context.close()
    assert wrong == []


@pytest.mark.parametrize(
    ("outcome", "uploader"),
    [
        ("remove", "A statement of reasons, once"),
        ("hold", "a statement that it is hidden until a second person has decided"),
        ("restore", "No statement: nothing is restricted."),
    ],
)
def test_what_each_side_receives_follows_what_was_chosen(
    window, live_server, noticed, outcome: str, uploader: str
) -> None:
    _case, task = noticed()
    page = window.new_page()
    page.goto(live_server.url + reverse("review:task", args=[task.number]))
    page.check(f'input[name="outcome"][value="{outcome}"]')
    page.click("[data-sides] > summary")
    told = page.inner_text("[data-sides] dl.facts")
    assert uploader in told
    others = {"A statement of reasons, once", "a statement that it is hidden", "No statement:"}
    assert sum(other in told for other in others) == 1
    assert ("told first and can answer for two days" in told) == (outcome == "restore")
    assert ("show it again" in told) == (outcome == "restore")
