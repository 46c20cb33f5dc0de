"""One server and one browser for the tests of a module; a fresh page where a test asks for one.

The browser's loop must be gone before tests of the database run, so nothing here lives for the
whole session.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser_page import CHROMIUM, FLAGS, Maker, serve_pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve_pages() as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def maker(browser: Browser, address: str) -> Iterator[Maker]:
    with Maker(browser, address) as made:
        yield made.open()
