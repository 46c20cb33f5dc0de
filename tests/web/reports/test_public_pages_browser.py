"""The public pages in a real browser: axe-core, light and dark, wide and narrow; print."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from barriers import LOOKS, axe
from kept_pictures import keep
from review_scene import file_notice
from staydown_web.accounts.models import Platform, User
from staydown_web.banks.services import close_segments
from staydown_web.base.clock import utc_now
from staydown_web.cases.services import close_for_minor, send_message
from staydown_web.portal.services import open_page
from web.reports.public_scene import publish
from web_servers import answering, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


def looked_at(
    browser: Browser, address: str, names: dict[str, str], *, cookie: str = "session", key: str = ""
) -> list[str]:
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
            context.add_cookies([{"name": cookie, "value": key, "url": address}])
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
            keep(page, name)
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
            wrong += [f"{path} {width} {scheme}: {found}" for found in axe(page)]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"{path} {width}: scrolls sideways")
        if width == 1280 and scheme == "light":
            page.goto(address + next(iter(names.values())))
            page.emulate_media(media="print")
            page.set_viewport_size({"width": 720, "height": 900})
            keep(page, f"{next(iter(names))}-print")
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


def test_on_paper_tables_stay_tables_and_fit(
    browser: Browser, live_server: Any, platform: Platform
) -> None:
    publish(platform)
    page = browser.new_page(viewport={"width": 700, "height": 900}, reduced_motion="reduce")
    page.goto(live_server.url + reverse("reports:transparency"))
    page.emulate_media(media="print")
    heads = page.locator("section[aria-labelledby=laws] thead")
    assert [heads.nth(place).is_visible() for place in range(heads.count())] == [True, True]
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    cut = "[...document.querySelectorAll('.flush')].filter((p) => p.scrollWidth > p.clientWidth)"
    assert page.evaluate(f"{cut}.length") == 0, "a table runs off the paper"
    assert not page.locator("text=CSV").is_visible()
    page.close()


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
    assert looked_at(browser, live_server.url, names, key=key or "") == []


def test_a_snippet_is_copied_by_its_button_and_read_without_it(
    browser: Browser,
    live_server: Any,
    platform: Platform,
    admin: User,
    client_of: Callable[[User], Client],
) -> None:
    key = client_of(admin).session.session_key or ""
    cookie = {"name": "session", "value": key, "url": live_server.url}
    address = live_server.url + reverse("reports:public_pages")
    context = browser.new_context(viewport={"width": 360, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(address)
    snippet = page.locator(".snippet").nth(1)
    button = snippet.get_by_role("button", name="Copy")
    button.click()
    snippet.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == snippet.locator("pre").inner_text()
    assert snippet.get_by_role("status").inner_text() == "Copied"
    cut = "[...document.querySelectorAll('pre')].filter((p) => p.scrollWidth > p.clientWidth)"
    assert page.evaluate(f"{cut}.length") == 0, "nothing of a snippet is cut off"
    context.close()

    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies([cookie])  # type: ignore[list-item]
    page = plain.new_page()
    page.goto(address)
    assert page.locator("pre").first.is_visible()
    assert page.get_by_role("button", name="Copy").count() == 0
    plain.close()


def test_her_pages_of_this_room_have_no_barrier(
    browser: Browser, live_server: Any, platform: Platform, settings: Any
) -> None:
    platform.minors_contact = "minors@forum.example"
    platform.save()
    now = utc_now()
    case = file_notice(platform, ["bridge.jpg"], now, urls=["http://127.0.0.1:8161/media/1.jpg"])
    send_message(case=case, sender="person", text="Is there any news?", now=now)
    names = {
        "held": reverse("portal:held"),
        "your-data": reverse("portal:your_data"),
        "under-18-unsure": reverse("portal:under_18") + "?a=3&c=GB&n=adult&f=no",
    }
    key = open_page(case=case, now=now)
    assert looked_at(browser, live_server.url, names, cookie="page", key=key) == []
    close_for_minor(case=case, actor="system", now=now)
    closed = {"closed-minor": reverse("portal:page")}
    assert looked_at(browser, live_server.url, closed, cookie="page", key=key) == []
    close_segments()


def test_the_notice_shows_in_a_page_of_the_platform_and_in_no_other(
    browser: Browser, live_server: Any, platform: Platform, settings: Any
) -> None:
    settings.STAYDOWN_URL = live_server.url
    frame = f'<iframe src="{live_server.url}/how-to-ask/frame/?language=en"></iframe>'
    shown = answering(frame.encode(), Content_Type="text/html")
    with serving(shown) as own, serving(shown) as foreign:
        platform.public_url = own.origin
        platform.media_origins = []
        platform.save()
        heard = {}
        for name, origin in (("own", own.origin), ("foreign", foreign.origin)):
            context = browser.new_context()
            page = context.new_page()
            page.goto(origin, wait_until="networkidle")
            inner = page.frames[-1]
            heard[name] = "What we need from you" in inner.content()
            if name == "own":
                colour = inner.evaluate("getComputedStyle(document.querySelector('.btn')).color")
                assert colour != "rgb(0, 0, 238)", "its style sheet came along"
                inner.get_by_role("link", name="Ask for removal").click()
                page.wait_for_url(f"{live_server.url}/")
            context.close()
    assert heard == {"own": True, "foreign": False}
