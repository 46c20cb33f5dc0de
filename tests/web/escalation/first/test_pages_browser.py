"""First notices in a real browser: no barrier, nothing sideways, copying, and without scripts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from barriers import LOOKS, axe
from chain_scene import answer
from kept_pictures import keep
from staydown_web.accounts.models import User
from staydown_web.base.clock import utc_now
from staydown_web.escalation.models import Report, Site, WaitingPlace
from staydown_web.escalation.services.first import mark_pasted
from staydown_web.escalation.services.signing import send_back, take_by_hand

from .conftest import PICS, all_made, signed, to_engines, to_sites

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sender")]


def opened(
    browser: Browser, live_server: Any, client: Any, *, width: int = 1280, **more: Any
) -> BrowserContext:
    """A browser in which somebody is signed in."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, reduced_motion="reduce", **more
    )
    key = client.session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    return context


@pytest.fixture
def notices(filed: Any, pics: Site, reviewer: User, now: datetime) -> dict[str, Report]:
    """A notice in each state, by a name for its picture."""
    links = [f"https://www.reddit.com/r/example/{number}" for number in (1, 2)]
    other = ["https://t.me/example/1", "https://x.com/example/1", "https://new.example/1"]
    case = filed(PICS, "https://pics.example/v/8832", *links, *other)
    all_made(now)
    by_channel = {one.channel: one for one in (*to_sites(case), *to_engines(case))}
    at = utc_now().replace(second=0, microsecond=0) - timedelta(hours=17)
    paste = signed(by_channel["reddit"], reviewer, at)
    running = signed(by_channel["x"], reviewer, at)
    mark_pasted(report_id=running.pk, remote_id="TD-8831", at=at, user=reviewer, now=utc_now())
    running.refresh_from_db()
    send_back(report_id=by_channel["telegram"].pk, reason="other", user=reviewer, now=now)
    answered = signed(by_channel["yandex"], reviewer, at)
    mark_pasted(report_id=answered.pk, remote_id="", at=at, user=reviewer, now=utc_now())
    answer(answered, "We need the address of the search page.", now)
    Report.objects.filter(pk=answered.pk).update(outcome="need_more", outcome_at=now)
    return {
        "letter": by_channel["site"],
        "engine": by_channel["bing"],
        "to-paste": paste,
        "running": running,
        "sent-back": by_channel["telegram"],
        "answered": answered,
    }


@pytest.fixture
def pages(notices: dict[str, Report]) -> dict[str, str]:
    """The name of a picture and the address of each page."""
    groups = ("sign", "channel", "running", "back", "way")
    of_list = {f"first-{one}": reverse("escalation:first") + f"?group={one}" for one in groups}
    of_notices = {
        f"first-notice-{name}": reverse("escalation:first_notice", args=[one.pk])
        for name, one in notices.items()
    }
    site = WaitingPlace.objects.get().site_id
    return {
        **of_list,
        **of_notices,
        "first-paste": reverse("escalation:paste", args=[notices["to-paste"].pk]),
        "first-channel": reverse("escalation:first_channel", args=[site]),
        "first-channels": reverse("escalation:first_channels"),
    }


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_page_has_a_barrier_or_scrolls_sideways(
    browser: Browser,
    live_server: Any,
    client_of: Any,
    reviewer: User,
    notices: dict[str, Report],
    pages: dict[str, str],
    width: int,
    scheme: str,
) -> None:
    by_hand = Report.objects.get(pk=notices["letter"].pk)
    context = opened(browser, live_server, client_of(reviewer), width=width, color_scheme=scheme)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)

    def check(name: str, path: str) -> None:
        reached = page.goto(live_server.url + path)
        assert reached is not None
        assert reached.status == 200
        details = page.locator("main details")
        details.evaluate_all("all => all.forEach(one => { one.open = true; })")
        wrong.extend(f"{path}: {found}" for found in axe(page))
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{path}: scrolls sideways")
        keep(page, name)

    for name, path in pages.items():
        check(name, path)
    # No mail server is set here: a person sends the letter.
    signed(by_hand, reviewer, utc_now())
    check("first-notice-waits-for-mail", reverse("escalation:first_notice", args=[by_hand.pk]))
    take_by_hand(report_id=by_hand.pk, user=reviewer, now=utc_now())
    check("first-by-hand", reverse("escalation:paste", args=[by_hand.pk]))
    context.close()
    assert wrong == []


def test_each_part_is_copied_with_one_press(
    browser: Browser,
    live_server: Any,
    client_of: Any,
    reviewer: User,
    notices: dict[str, Report],
) -> None:
    context = opened(
        browser,
        live_server,
        client_of(reviewer),
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.goto(live_server.url + reverse("escalation:paste", args=[notices["to-paste"].pk]))
    page.get_by_text("One link at a time").click()
    row = page.locator(".snippet", has=page.get_by_role("region", name="Link 2"))
    row.get_by_role("button", name="Copy").click()
    row.get_by_role("button", name="Copied").wait_for()
    held = page.evaluate("() => navigator.clipboard.readText()")
    assert held == "https://www.reddit.com/r/example/2"
    context.close()


def test_without_scripts_a_notice_is_pasted_all_the_same(
    browser: Browser,
    live_server: Any,
    client_of: Any,
    reviewer: User,
    notices: dict[str, Report],
) -> None:
    waiting = notices["to-paste"]
    context = opened(browser, live_server, client_of(reviewer), java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + reverse("escalation:paste", args=[waiting.pk]))
    assert page.get_by_role("button", name="Copy").count() == 0
    assert page.get_by_text("https://www.reddit.com/r/example/1").first.is_visible()
    page.get_by_label("The number that the form gave you").fill("8831")
    with page.expect_navigation():
        page.get_by_role("button", name="I have sent it").click()
    assert page.get_by_text("Recorded as delivered.").is_visible()
    context.close()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.remote_id) == ("delivered", "8831")
