"""The calm line in a real browser: no barrier, nothing sideways, and it stays where it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client

from barriers import LOOKS, axe
from kept_pictures import keep
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.config.watch.looking import WATCH
from staydown_web.config.watch.troubles import Seen, Trouble

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)

PAGES = {"start": "/", "notice": "/notice/#1", "case": "/case/page/"}


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is silent, and letters do not leave."""
    now = utc_now()
    since = now - timedelta(minutes=40)
    troubles = (Trouble("worker_silent", since), Trouble("letters_fail", since, {"n": 3}))
    monkeypatch.setattr(WATCH, "_seen", Seen(now, troubles, {}))
    monkeypatch.setattr(WATCH, "_began", now)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_line_is_readable_on_each_of_her_pages(
    browser: Browser,
    live_server: Any,
    opened: Callable[..., tuple[Client, Case]],
    slow: None,
    width: int,
    scheme: str,
) -> None:
    her, _case = opened()
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    cookies = {name: morsel.value for name, morsel in her.cookies.items()}
    assert settings.CSRF_COOKIE_NAME in cookies or cookies
    context.add_cookies(
        [{"name": n, "value": v, "url": f"{live_server.url}/case/"} for n, v in cookies.items()]
    )
    page = context.new_page()
    found: dict[str, object] = {}
    for name, path in PAGES.items():
        page.goto(live_server.url + path)
        said = page.locator("main .note:has(time)", has_text="at the moment")
        said.wait_for()
        assert "We cannot send e-mails" in said.inner_text()
        keep(page, f"slow-{name}")
        wide = page.evaluate("document.documentElement.scrollWidth") - width
        if (barriers := axe(page)) or wide > 0:
            found[name] = (barriers, wide)
    context.close()
    assert found == {}
