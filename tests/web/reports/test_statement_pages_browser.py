"""The uploader's page and the pages about the public database, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from barriers import LOOKS, axe
from kept_pictures import keep
from review_scene import file_notice
from statement_scene import decide_firmly, make_copy, make_task
from staydown_web.reports.models import Statement, Submission
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import (
    make_statement,
    make_statements,
    queue_submissions,
    submit_due,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


def look(page: Page, name: str, wrong: list[str]) -> None:
    """The page as it stands, in four looks."""
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        keep(page, name)
        wrong += [f"{name} {width} {scheme} {line}" for line in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{name} {width}: scrolls sideways")


def test_the_page_of_a_statement_is_readable_and_prints(
    browser, live_server, platform, reviewer, now
) -> None:
    task = make_task(platform, now, make_copy(platform, now))
    decide_firmly(task, reviewer, now, grounds=("eu-dsa", "platform-terms"))
    make_statements(now)
    said, wrong = said_by(Statement.objects.get()), []
    page = browser.new_page(reduced_motion="reduce")
    page.on("request", lambda r: None if r.url.startswith(live_server.url) else wrong.append(r.url))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.goto(live_server.url + reverse("reports:statement", args=[said.token]))
    look(page, "statement", wrong)
    page.emulate_media(media="print", color_scheme="light")
    assert not page.is_visible("text=Ask for another look")
    assert page.is_visible("text=You can go to a court at any time.")
    assert page.is_visible(f"text={said.token}"), "whoever holds the paper finds the page again"
    page.set_viewport_size({"width": 720, "height": 900})
    keep(page, "statement-print")
    page.close()
    assert wrong == []


@pytest.mark.parametrize("urls", [0, 2])
def test_staff_read_that_they_hand_on_what_no_program_can(
    browser, live_server, client_of, reviewer, platform, now, urls
) -> None:
    platform.media_origins = ["https://media.forum.example"]
    platform.save()
    given = [f"https://media.forum.example/albums/2026/harbour/{n}.jpg" for n in range(2)]
    case = file_notice(platform, ["citrus.jpg"], now, urls=given)
    if not urls:
        case.locations.all().delete()
    task = make_task(platform, now, case=case, item=case.items.get())
    make_statement(decision=decide_firmly(task, reviewer, now), now=now)
    context, wrong = browser.new_context(reduced_motion="reduce"), []
    key = client_of(reviewer).session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("review:task", args=[task.number]))
    page.click("text=The uploader’s statement")  # noqa: RUF001
    page.wait_for_selector("text=Please give the link to whoever uploaded what was removed.")
    assert page.locator("dt", has_text="Reported address").count() == urls
    look(page, f"links-{urls}", wrong)
    context.close()
    assert wrong == []


def test_a_lead_finds_what_waits_and_sends_it_in_other_words(
    browser, live_server, client_of, lead, platform, reviewer, settings, now
) -> None:
    settings.STAYDOWN_TRANSPARENCY_URL = "http://127.0.0.1:9/api/v1"
    settings.STAYDOWN_TRANSPARENCY_TOKEN = "4711|for-tests"
    task = make_task(platform, now, make_copy(platform, now))
    decide_firmly(task, reviewer, now, facts="It shows Katharina at home.")
    make_statements(now)
    queue_submissions(now)
    submit_due(now=now, clock=lambda: now)
    context, wrong = browser.new_context(reduced_motion="reduce"), []
    key = client_of(lead).session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("reports:submissions"))
    look(page, "submissions", wrong)
    page.click(f"text={task.number}")
    page.click("text=Keep and send again")
    page.wait_for_selector("text=“Katharina” (a name)")
    page.click("summary")
    look(page, "submission", wrong)
    page.fill("#id_facts", "It shows a person at home.")
    page.click("text=Keep and send again")
    page.wait_for_selector("text=It is sent again.")
    context.close()
    assert Submission.objects.get().state == "unsure"
    assert wrong == []
