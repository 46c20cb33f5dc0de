"""Pictures of what is told before a restore: ``python docs/screens/told.py``, or within the tour.

A second notice is filed, a reviewer decides to restore, and after the minute of undoing both sides
are looked at: her page, the queue, the decided case, and the case once she has answered.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import service_steps as steps  # noqa: E402
from served import Served, served  # noqa: E402

PICTURE = "cat"
"""Another one than that of the tour, whose copies are removed."""
UNDO_MS = 75_000
"""A minute in which the decision can be undone, and what the worker needs after it."""
ANSWERED_MS = 20_000


def tour(browser: Browser, service: Served, keep: Callable[..., Any]) -> None:
    """Each state once."""
    context = browser.new_context()
    context.set_default_timeout(steps.WAIT_MS)
    page = context.new_page()
    number, words = file_notice(page, service)
    window = steps.reviewer_window(context.new_page(), service.address)
    for _ in range(60):
        if number in window.locator("main").inner_text():
            break
        window.wait_for_timeout(1_000)  # the worker looks at the place first
        window.reload()
    steps.open_task(window, number)
    case = window.url
    restore(window)
    window.wait_for_timeout(UNDO_MS)
    steps.open_case(page, service.address, number, words)
    page.wait_for_url("**/case/page/")
    page.get_by_role("heading", name="Please answer, if you do not agree").wait_for()
    keep(page, "case-asked")
    window.goto(f"{service.address}/staff/queue/")
    keep(window, "queue-waits")
    window.goto(case)
    keep(window, "review-waits")
    page.locator("#text").fill("This is me, and I did not agree. Please look again.")
    page.locator("#write .btn").click()
    page.locator("#said").wait_for()
    window.wait_for_timeout(ANSWERED_MS)
    window.goto(case)
    keep(window, "review-answered")
    context.close()


def file_notice(page: Page, service: Served) -> tuple[str, str]:
    """A notice about a picture that the demonstration's platform shows; its number and words."""
    steps.begin_notice(page, service.address, way="It is online")
    page.locator("#urls").fill(f"{service.platform}/p/{PICTURE}")
    steps.go_on(page, 1)
    steps.fingerprint_files(page, ROOT / "src" / "staydown" / "demo_media" / f"{PICTURE}.jpg")
    steps.go_on(page, 2)
    steps.answer_law(page)
    steps.go_on(page, 3)
    return steps.send_notice(page)


def restore(window: Page) -> None:
    """Decide to show it again, with all that its ground needs."""
    here = window.url
    window.locator("[name=outcome][value=restore]").check()
    window.locator("[name=grounds][value=not_intimate]").check()
    for need in window.locator("[name=needs][value^='not_intimate:']").all():
        need.check()
    window.locator("#unopened").select_option("on_site")
    window.locator("#why-kept").fill("It shows a cat on a wall, and nobody else.")
    window.locator("[data-decide]").click()
    window.locator("[data-toast]").wait_for()
    assert window.url != here


def main() -> None:
    """These alone."""
    from make import keep  # noqa: PLC0415 - the tour imports this module

    with (
        tempfile.TemporaryDirectory(prefix="staydown-told-") as folder,
        served(Path(folder) / "home", "--demo") as service,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        tour(browser, service, keep)
        browser.close()


if __name__ == "__main__":
    main()
