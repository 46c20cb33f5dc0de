"""The page of the API in a real browser: only code has to be scrolled sideways, in itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from barriers import LOOKS, axe

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)

HIDDEN = """() => [...document.querySelectorAll("main *:not(pre)")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth
    || (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "visible"))
  .filter((one) => !one.closest(".hidden"))
  .map((one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`)"""
"""What lies outside the window, or inside something that has to be scrolled."""
BROKEN = """() => [...document.querySelectorAll("main pre")]
  .filter((one) => {
    const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(one);
    const lines = one.textContent.trimEnd().split("\\n").length;
    const room = one.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
    return room > (lines + 0.5) * parseFloat(lineHeight);
  }).map((one) => one.textContent)"""
"""Code in which a line goes on below itself."""


def test_a_phone_shows_calls_fields_and_examples_whole(browser: Browser, live_server: Any) -> None:
    for width, scheme in LOOKS:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        page = context.new_page()
        page.goto(f"{live_server.url}/api/v1/docs")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(HIDDEN) == []
        assert page.evaluate(BROKEN) == []
        assert axe(page) == []
        assert page.locator("main pre").count() > 30
        context.close()
