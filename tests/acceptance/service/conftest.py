"""One real service and one real browser for the stories of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from browser_page import running_chromium
from left_behind import watched
from served import Served
from service_steps import WAIT_MS


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=WAIT_MS)
    with running_chromium() as started:
        yield started


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """``staydown serve --demo`` in a folder of its own; what it tells is looked through."""
    with watched(tmp_path_factory.mktemp("demo") / "home", "--demo") as service:
        yield service


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile of desktop width."""
    context = browser.new_context(accept_downloads=True, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT_MS)
    yield context
    context.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of 360 pixels, in the dark."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
        color_scheme="dark",
    )
    context.set_default_timeout(WAIT_MS)
    yield context
    context.close()
