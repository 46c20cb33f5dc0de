"""The pages that say what a platform of a size has to do, in a browser: sound, and they fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from barriers import LOOKS, axe
from staydown_web.accounts.models import Platform, ServiceSettings, User

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_duties_by_size_are_sound_and_fit(
    browser: Browser, live_server: Any, platform: Platform, admin: User,
    client_of: Callable[..., Client], width: int, scheme: Any,
) -> None:  # fmt: skip
    laws = ["us-tida", "eu-dsa", "uk-osa", "in-it-rules"]
    Platform.objects.filter(pk=platform.pk).update(size="small", regimes=laws)
    ServiceSettings.objects.update_or_create(id=1, defaults={"default_platform": platform})
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    key = client_of(admin).session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    page, wrong = context.new_page(), {}
    for address in (f"/staff/platforms/{platform.pk}/", "/staff/setup/site/", "/rules/eu-dsa/"):
        page.goto(live_server.url + address)
        assert page.get_by_text("Small: fewer than 50 people").last.is_visible()
        if found := axe(page):
            wrong[address] = found
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, f"{address} scrolls sideways at {width}"
    context.close()
    assert not wrong
