"""One server and one browser for all tests of this folder; a fresh page for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from browser_page import CHROMIUM, FLAGS, serve_pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("playwright", reason="playwright is not installed")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with serve_pages() as served:
        yield served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


class Maker:
    """The test's page: hands files over and reads what came of them."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.context = browser.new_context()
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.address = address

    def open(self, query: str = "") -> Maker:
        self.page.goto(f"{self.address}/make.html{query}")
        self.page.wait_for_selector("body[data-ready=yes]", state="attached")
        return self

    def choose(self, files: dict[str, bytes]) -> None:
        self.page.set_input_files(
            "#files",
            [
                {"name": name, "mimeType": "application/octet-stream", "buffer": data}
                for name, data in files.items()
            ],
        )

    def make(self, files: dict[str, bytes]) -> dict[str, Any]:
        """What came of each file, by its name."""
        self.choose(files)
        return {one["name"]: one for one in self.page.evaluate("window.tested.makeAll()")}


@pytest.fixture
def maker(browser: Browser, address: str) -> Iterator[Maker]:
    made = Maker(browser, address)
    yield made
    made.context.close()
