"""The page that tells of a pause, in a real browser: no barrier, nothing sideways."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from barriers import LOOKS, axe
from kept_pictures import keep
from staydown_web.cases.services.opening import FREE_TRIES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


def test_five_wrong_tries_in_the_form_lead_to_a_readable_pause(
    browser: Browser, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = import_module("staydown_web.portal.views.case")
    monkeypatch.setattr(door, "wait_for_whole_step", lambda started: None)
    page = browser.new_context(reduced_motion="reduce").new_page()
    page.goto(f"{live_server.url}/case/")
    page.fill("#number", "C-2222-2222")
    page.fill("#phrase", "acorn basil cedar daisy elder fern")
    for _try in range(FREE_TRIES):
        with page.expect_navigation():
            page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_text("A pause is on").wait_for()
    wrong = []
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        keep(page, "case-pause")
        wrong += [f"{width} {scheme} {line}" for line in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{width}: scrolls sideways")
    assert wrong == []
