"""The words of a task without a copy, in a real browser: nothing is hidden, ordered or restored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from barriers import LOOKS, axe
from kept_pictures import keep
from review_scene import file_notice
from staydown_web.cases.models import Case, Location
from staydown_web.cases.services import settle_location
from staydown_web.portal.services import open_page
from staydown_web.portal.views.session import COOKIE
from staydown_web.review import services
from staydown_web.review.models import Decision, Task

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)
UNTRUE = (
    "reported link",
    "Stays hidden",
    "hold at once",
    "Restore",
    "restore",
    "Remove and keep down",
    "Grey, silent",
    "Why it matched",
    "0 copies",
    "0 links",
)


@pytest.fixture
def window(browser, live_server, client_of, lead) -> Iterator[BrowserContext]:
    context = browser.new_context(reduced_motion="reduce")
    key = client_of(lead).session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    yield context
    context.close()


@pytest.fixture
def bare(platform, site, today) -> Callable[[str], Task]:
    """``bare("words")``: the task of a picture of which nobody found a copy."""

    def make(shape: str) -> Task:
        place = 'Album of the user "harbour_seb", third picture' if shape == "words" else ""
        case = file_notice(platform, ["citrus.jpg"], today, place=place)
        if shape == "words":
            case.locations.all().delete()
        case.locations.update(state=Location.State.NOT_FOUND, next_try_at=None)
        services.take_in_unseen(today)
        return Task.objects.get()

    return make


def look(page: Page, name: str, wrong: list[str]) -> str:
    """The page in four looks; its words."""
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        keep(page, name)
        wrong += [f"{name} {width} {scheme} {line}" for line in axe(page)]
    return page.inner_text("main")


def test_every_sentence_of_a_task_without_a_copy_is_true(
    window, live_server, bare, lead, today
) -> None:
    task, wrong, page = bare("words"), [], window.new_page()
    said = {}
    page.goto(live_server.url + reverse("review:queue"))
    said["queue"] = look(page, "bare-queue", wrong)
    page.goto(live_server.url + reverse("review:task", args=[task.number]))
    for summary in page.query_selector_all("form[data-decision] details > summary"):
        summary.click()
    page.check('input[name="outcome"][value="remove"]')
    said["remove"] = look(page, "bare-remove", wrong)
    page.check('input[name="outcome"][value="restore"]')
    said["nothing"] = look(page, "bare-nothing", wrong)
    page.check('input[name="grounds"][value="not_here"]')
    page.check('input[name="needs"][value="not_here:searched"]')
    page.click("[data-decide]")
    page.wait_for_selector("[data-toast]")
    said["toast"] = look(page, "bare-toast", wrong)
    services.make_decisions_firm(today + timedelta(minutes=2))
    page.goto(live_server.url + reverse("review:task", args=[task.number]))
    said["decided"] = look(page, "bare-decided", wrong)
    assert "Nothing found" in said["decided"]
    assert "reported picture" in said["queue"]
    assert "No order" in said["remove"]
    assert "harbour_seb" in said["remove"]
    page.goto(live_server.url + reverse("review:queue"))
    said["waiting"] = look(page, "bare-waiting", wrong)
    said["waiting"] = said["waiting"].replace("decided to restore, or to remove nothing", "")
    untrue = [(name, words) for name, text in said.items() for words in UNTRUE if words in text]
    assert (untrue, wrong) == ([], [])


def test_what_she_reads_of_it(browser, live_server, bare, lead, today) -> None:
    task = bare("link")
    services.decide(
        task=task, outcome="restore", grounds=["not_here"], facts="", user=lead, now=today
    )
    services.make_decisions_firm(today + timedelta(minutes=2))
    wrong: list[str] = []
    context = browser.new_context(reduced_motion="reduce")
    key = open_page(case=Case.objects.get(), now=today)
    context.add_cookies([{"name": COOKIE, "value": key, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("portal:page"))
    asked = look(page, "bare-asked", wrong)
    assert "nothing of it was found" in asked
    assert "New copies are still held." in asked
    assert "a reviewer looked, and did not find it" in asked
    assert "should not be removed" not in asked
    services.make_decisions_firm(today + timedelta(days=3))
    assert Decision.objects.get().made_firm_at is not None
    page.goto(live_server.url + reverse("portal:page"))
    told = look(page, "bare-told", wrong)
    assert wrong == []
    assert "should not be removed" not in told
    assert "A reviewer looks at it." not in told
    context.close()


def test_an_address_that_gave_no_picture_on_both_sides(
    window, browser, live_server, platform, site, noticed, lead, today
) -> None:
    other, decided = noticed("same", "citrus.jpg")
    services.decide(
        task=decided, outcome="remove", grounds=["us-tida"], facts="", user=lead,
        now=today - timedelta(minutes=5),
    )  # fmt: skip
    services.make_decisions_firm(today)
    case = file_notice(platform, ["bridge.jpg"], today, urls=[f"{site.origin}/p/same-citrus"])
    settle_location(
        location=case.locations.get(), state=Location.State.NOT_FOUND,
        reason=Location.Reason.PAGE, now=today,
    )  # fmt: skip
    services.take_in_addresses(today)
    task, wrong, page = Task.objects.get(case=case), [], window.new_page()
    page.goto(live_server.url + reverse("review:task", args=[task.number]))
    shown = look(page, "unseen-address", wrong)
    assert "/p/same-citrus" in shown
    assert "It is still there: the address of the picture itself" in shown
    assert f"{decided.number}: Remove and keep down. Its post has the same name." in shown
    page.fill("input[name=url]", "http://other.example/a.jpg")
    page.click("text=Look there")
    said = look(page, "unseen-address-refused", wrong)
    assert "The platform does not list this address as one of its own for media." in said

    context = browser.new_context(reduced_motion="reduce")
    key = open_page(case=case, now=today)
    context.add_cookies([{"name": COOKIE, "value": key, "url": live_server.url}])
    her = context.new_page()
    her.goto(live_server.url + reverse("portal:page") + "?s=14#said")
    told = look(her, "unseen-address-hers", wrong)
    assert "We found no picture or video on this page. A reviewer looks at it." in told
    assert her.get_attribute("#addresses", "open") is not None
    assert "Last moment for the website" in told
    context.close()
    assert wrong == []
    assert other.pk != case.pk
