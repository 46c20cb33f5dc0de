"""One server and one browser for the tests of a module; a fresh page where a test asks for one.

The browser's loop must be gone before tests of the database run, so nothing here lives for the
whole session.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser_page import Maker, running_chromium, serve_pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve_pages() as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as started:
        yield started


@pytest.fixture
def maker(browser: Browser, address: str) -> Iterator[Maker]:
    with Maker(browser, address) as made:
        yield made.open()
