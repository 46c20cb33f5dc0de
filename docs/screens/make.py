"""Take pictures of the pages, at 1280 and 360 pixels, light and dark: ``make screens``.

Starts a demonstration of its own, does what its guide says, and looks at every page on the way.
Pages in states that a demonstration does not reach are kept by the tests that look at them.
"""

from __future__ import annotations

import base64
import hmac
import re
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MEDIA = ROOT / "src" / "staydown" / "demo_media"
sys.path.insert(0, str(ROOT / "tests"))

import helpline  # noqa: E402
import told  # noqa: E402

import kept_pictures  # noqa: E402
import service_steps as steps  # noqa: E402
from served import Served, served  # noqa: E402

VARIANTS = ((1280, "light"), (1280, "dark"), (360, "light"), (360, "dark"))
OPEN = {
    "start": "/",
    "under-18": "/under-18/",
    "help-lines": "/help-lines/",
    "hide-visit": "/hide-visit/",
    "evidence": "/evidence/",
    "your-data": "/your-data/",
    "how-to-ask": "/how-to-ask/",
    "how-to-ask-frame": "/how-to-ask/frame/",
    "language": "/language/",
    "left": "/leave/",
    "one-page-form": "/notice/plain/",
    "open-your-page": "/case/",
    "guide": "/guide/",
    "licences": "/licences/",
    "api": "/api/v1/docs",
    "not-found": "/nothing-here/",
    "sign-in": "/staff/sign-in/",
}
STAFF = {
    "queue": "/staff/queue/",
    "complaints": "/staff/complaints/",
    "time-limits": "/staff/time-limits/",
    "care": "/staff/care/",
    "break": "/staff/break/",
    "all-keys": "/staff/all-keys/",
    "messages": "/staff/messages/",
    "bank": "/staff/banks/",
    "entries": "/staff/entries/",
    "export": "/staff/banks/reported/export/",
    "policy": "/staff/banks/reported/policy/",
    "approvals": "/staff/approvals/",
    "deliveries": "/staff/deliveries/",
    "audit": "/staff/audit/",
    "records": "/staff/records/",
    "me": "/staff/me/",
}
ADMIN = {
    "people": "/staff/people/",
    "notifiers": "/staff/notifiers/",
    "keys": "/staff/keys/",
    "platforms": "/staff/platforms/",
    "platform": "/staff/platforms/new/",
    "public-pages": "/staff/public-pages/",
    "endpoints": "/staff/endpoints/",
    "public-database": "/staff/submissions/",
    "setup-1-keys": "/staff/setup/",
    "setup-2-site": "/staff/setup/site/",
    "setup-3-connect": "/staff/setup/connect/",
    "setup-4-try": "/staff/setup/try/",
}
DEMO = {"demo-posts": "/", "demo-post": "/p/bridge", "demo-upload": "/upload"}


def keep(page: Page, name: str) -> None:
    """The page as it stands, in all four variants."""
    for width, scheme in VARIANTS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        data = kept_pictures.taken(page)
        kept_pictures.save(data, HERE / kept_pictures.named(name, width, is_dark=scheme == "dark"))
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")


def keep_all(page: Page, base: str, pages: dict[str, str]) -> None:
    """Each of these addresses."""
    for name, path in pages.items():
        page.goto(base + path)
        keep(page, name)


def file_notice(page: Page, service: Served) -> tuple[str, str]:
    """Step by step, each kept."""
    steps.begin_notice(page, service.address, way="It is online")
    page.locator("#urls").fill(f"{service.platform}/p/bridge")
    keep(page, "notice-1-where")
    steps.go_on(page, 1)
    steps.fingerprint_files(page, MEDIA / "bridge.jpg")
    keep(page, "notice-2-fingerprints")
    steps.go_on(page, 2)
    steps.answer_law(page)
    keep(page, "notice-3-statement")
    steps.go_on(page, 3)
    page.locator("#ready").wait_for()
    keep(page, "notice-4-send")
    page.locator("#go").click()
    page.locator("#number").wait_for()
    keep(page, "receipt")
    words = " ".join(page.locator("#phrase li").all_inner_texts())
    return page.locator("#number").inner_text(), words


def write(page: Page, service: Served) -> None:
    """She writes to the reviewer."""
    page.goto(f"{service.address}/case/page/")
    page.locator("#text").fill("It is up again, under another name. Can you look?")
    page.locator("#write button").last.click()
    page.locator("#said").wait_for()


def join(page: Page, link: str) -> None:
    """The first administrator: password, second factor, spare codes."""
    page.goto(link)
    keep(page, "join")
    page.locator("[name=name]").fill("adam")
    for field in page.locator("input[type=password]").all():
        field.fill("correct horse battery staple")
    page.locator("main form button").first.click()
    page.wait_for_url("**/second-factor/set-up/**")
    keep(page, "second-factor")
    key = re.search(r"(?:[A-Z2-7]{4} ?){8}", page.locator("main").inner_text())
    assert key, "the page shows the key as letters"
    page.locator("[name=code]").fill(code_of(key[0]))
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    keep(page, "spare-codes")


def code_of(key: str) -> str:
    """The six digits of now (RFC 6238)."""
    letters = key.replace(" ", "")
    secret = base64.b32decode(letters + "=" * (-len(letters) % 8))
    digest = hmac.digest(secret, struct.pack(">Q", int(time.time()) // 30), "sha1")
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def review(page: Page, number: str) -> None:
    """The reviewer's screen, covered and opened one step, and what follows a decision."""
    steps.open_task(page, number)
    keep(page, "review")
    page.keyboard.press("1")
    page.locator("img.look").wait_for()
    keep(page, "review-shapes")
    steps.decide_removal(page)
    keep(page, "review-decided")


def nothing_found(page: Page, window: Page, service: Served) -> None:
    """A picture that its address does not show: what a reviewer sees, and the way back."""
    steps.begin_notice(page, service.address, way="It is online")
    page.locator("#urls").fill(f"{service.platform}/p/bridge")
    steps.go_on(page, 1)
    steps.fingerprint_files(page, MEDIA / "lanterns.jpg")
    page.goto(f"{service.address}/")
    keep(page, "start-begun")
    page.locator("[data-begun] a").click()
    steps.go_on(page, 2)
    steps.answer_law(page)
    steps.go_on(page, 3)
    number, _words = steps.send_notice(page)
    page.wait_for_timeout(40_000)  # the address is looked at, and then the queue
    window.goto(f"{service.address}/staff/queue/")
    steps.open_task(window, number)
    window.locator("[name=outcome][value=restore]").check()
    keep(window, "review-unseen")


@contextmanager
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile."""
    context = browser.new_context(accept_downloads=True)
    context.set_default_timeout(steps.WAIT_MS)
    yield context
    context.close()


def tour(browser: Browser, service: Served) -> None:
    """Everything once."""
    with profile(browser) as context:
        page = context.new_page()
        keep_all(page, service.address, OPEN)
        keep_all(page, service.platform, DEMO)
        number, words = file_notice(page, service)
        steps.open_case(page, service.address, number, "six words that nobody has drawn")
        keep(page, "wrong-words")
        steps.open_case(page, service.address, number, words)
        keep(page, "case")
        page.goto(f"{service.address}/case/add/")
        keep(page, "case-add")
        page.goto(f"{service.address}/case/data/")
        keep(page, "held")
        write(page, service)
        upload = context.new_page()
        steps.upload(upload, service.platform, "bridge_mirrored.jpg")
        keep(upload, "demo-held")
        window = steps.reviewer_window(context.new_page(), service.address)
        keep_all(window, service.address, STAFF)
        window.goto(f"{service.address}/staff/entries/")
        window.locator("tbody th a").first.click()
        keep(window, "entry")
        window.goto(f"{service.address}/staff/messages/{number}/")
        keep(window, "conversation")
        window.goto(f"{service.address}/staff/queue/")
        review(window, number)
        steps.upload(upload, service.platform, "bridge_filtered.jpg")
        keep(upload, "demo-blocked")
        page.wait_for_timeout(75_000)
        page.goto(f"{service.address}/case/page/")
        keep(page, "case-removed")
        upload.goto(f"{service.platform}/p/bridge")
        keep(upload, "demo-removed")
        nothing_found(page, window, service)
    with profile(browser) as context:
        page = context.new_page()
        join(page, service.said["first_admin_link"])
        keep_all(page, service.address, ADMIN)
        page.goto(f"{service.address}/staff/public-pages/")
        page.locator("[name=is_report_public]").check()
        page.locator("main form button").first.click()
        page.wait_for_load_state()
        page.goto(f"{service.address}/transparency/")
        keep(page, "transparency-empty")


def main() -> None:
    """Take them all."""
    for old in HERE.glob("*.png"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory(prefix="staydown-screens-") as folder,
        served(Path(folder) / "home", "--demo") as service,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        tour(browser, service)
        # Before the helpline's crowd of cases fills the first page of the queue.
        told.tour(browser, service, keep)
        helpline.tour(browser, service, keep)
        browser.close()


if __name__ == "__main__":
    main()
