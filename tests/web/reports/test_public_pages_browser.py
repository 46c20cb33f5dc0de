"""The public pages in a real browser: axe-core, light and dark, wide and narrow; print."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from browser_page import running_chromium
from staydown_web.accounts.models import Platform, User
from web.reports.public_scene import publish

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PICTURES = os.environ.get("STAYDOWN_TEST_PICTURES", "")
LOOKS = [(w, s) for w in (360, 1280) for s in ("light", "dark")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as started:
        yield started


def axe(page: Page) -> list[str]:
    """What axe-core finds, one line a rule."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}})
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found.response["violations"]]


def looked_at(browser: Browser, address: str, names: dict[str, str], key: str = "") -> list[str]:
    """What is wrong with pages in four looks."""
    wrong: list[str] = []

    def note(what: str) -> None:
        wrong.append(what)

    for width, scheme in LOOKS:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        if key:
            context.add_cookies([{"name": "session", "value": key, "url": address}])
        page = context.new_page()
        page.on("pageerror", lambda error: note(str(error)))
        page.on("console", lambda m: note(m.text) if m.type == "error" else None)
        page.on(
            "request",
            lambda r: None if r.url.startswith((address, "data:")) else note(r.url),
        )
        for name, path in names.items():
            answer = page.goto(address + path)
            assert answer is not None
            assert answer.status == 200, path
            if PICTURES:
                page.screenshot(path=f"{PICTURES}/{name}-{width}-{scheme}.png", full_page=True)
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
            wrong += [f"{path} {width} {scheme}: {found}" for found in axe(page)]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"{path} {width}: scrolls sideways")
        if PICTURES and width == 1280 and scheme == "light":
            page.goto(address + next(iter(names.values())))
            page.emulate_media(media="print")
            page.set_viewport_size({"width": 720, "height": 900})
            page.screenshot(path=f"{PICTURES}/{next(iter(names))}-print.png", full_page=True)
        context.close()
    return wrong


def test_open_pages_have_no_barrier(browser: Browser, live_server: Any, platform: Platform) -> None:
    publish(platform)
    platform.regimes = ["us-tida", "eu-dsa", "uk-osa"]
    platform.minors_contact = "minors@forum.example"
    platform.save()
    names = {
        "transparency": reverse("reports:transparency"),
        "how-to-ask": reverse("reports:how_to_ask"),
        "how-to-ask-frame": reverse("reports:how_to_ask_frame"),
    }
    assert looked_at(browser, live_server.url, names) == []


def test_an_empty_report_has_no_barrier(
    browser: Browser, live_server: Any, platform: Platform
) -> None:
    publish(platform, months={})
    names = {"transparency-empty": reverse("reports:transparency")}
    assert looked_at(browser, live_server.url, names) == []


def test_the_page_for_staff_has_no_barrier(
    browser: Browser,
    live_server: Any,
    platform: Platform,
    admin: User,
    client_of: Callable[[User], Client],
) -> None:
    key = client_of(admin).session.session_key
    names = {"public-pages": reverse("reports:public_pages")}
    assert looked_at(browser, live_server.url, names, key or "") == []
