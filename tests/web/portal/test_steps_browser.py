"""The steps of a notice in a real browser: what the page says is so after each order of events."""

from __future__ import annotations

from typing import Any

import pytest

from web.portal.test_pages_browser import MEDIA, STEP, reload, window

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)
PARTS = "#data details details"


def test_what_would_be_sent_names_the_files_that_came_with_the_draft(window: Any) -> None:
    her = window()
    page = her.begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    her.choose_files("bridge.jpg", "cat.jpg")
    reload(page)
    page.click("#data summary")
    assert not page.is_visible("text=Nothing yet.")
    names = page.locator(f"{PARTS} > summary")
    assert names.all_inner_texts() == ["bridge.jpg", "cat.jpg"]
    names.first.click()
    assert '"signals"' in page.inner_text(f"{PARTS} pre")

    page.set_input_files("#file-list input[type=file]", [str(MEDIA / "bee.jpg")])
    page.locator("#file-list .chip[data-status=ready]").wait_for()
    assert names.all_inner_texts() == ["bridge.jpg", "cat.jpg", "bee.jpg"]

    page.click("#kept-list li:has-text('bridge.jpg') button")
    assert names.all_inner_texts() == ["cat.jpg", "bee.jpg"]
    page.click("#kept-list button")
    page.click("#file-list >> text=Remove")
    assert names.count() == 0
    assert page.is_visible("text=Nothing yet.")
