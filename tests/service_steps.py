"""What people do with the service, as steps in a real browser; shared by the stories."""

from __future__ import annotations

import re
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from barriers import barriers

WAIT_MS = 90_000
FIRM_WITHIN_S = 150
SAID: list[str] = []
"""Numbers and words of cases that stories were given: nothing that is logged holds them."""
ANSWERS = {
    "#statement": "This is me. I did not agree.",
    "#name": "Ada Example",
    "#email": "ada@example.net",
    "#signature": "Ada Example",
}


def check_page(page: Page) -> None:
    """No violation of axe's rules, nothing wider than the window, a neutral title."""
    assert barriers(page) == [], page.url
    assert not re.search(r"(?i)intimate|naked|ncii|abuse|porn", page.title())


def watch_requests(context: BrowserContext) -> list[str]:
    """A list that fills with the address of every request that the windows make."""
    seen: list[str] = []
    context.on("request", lambda request: seen.append(request.url))
    return seen


def begin_notice(page: Page, address: str, *, way: str) -> None:
    """From the start page to the first step of a notice."""
    page.goto(f"{address}/")
    check_page(page)
    page.get_by_label("18 or older").check()
    page.get_by_role("radio", name=way).check()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/notice/**")


def go_on(page: Page, step: int) -> None:
    """Press Continue in a step."""
    check_page(page)
    page.locator(f"[data-step='{step}'] [data-go=next]").click()


def fingerprint_files(page: Page, *files: Path, cut: BrowserContext | None = None) -> None:
    """Choose files and wait until they are fingerprinted; with the network cut, if asked."""
    page.locator("#loading").wait_for(state="hidden")
    if cut:
        cut.set_offline(True)
    page.locator("#file-list input[type=file]").set_input_files([str(file) for file in files])
    ready = page.locator("#file-list").get_by_text("Ready", exact=True)
    expect(ready).to_have_count(len(files), timeout=WAIT_MS)
    if cut:
        cut.set_offline(False)


def answer_law(page: Page) -> None:
    """Fill in what the law asks for, and nothing that the page does not show."""
    page.locator("input[name=acts_as][value=self]").check()
    law = page.locator("input[name=regimes][value=us-tida]")
    if law.is_visible():
        law.check()
    for place, words in ANSWERS.items():
        field = page.locator(place)
        if field.is_visible():
            field.fill(words)
    page.locator("input[name=withdrawal_mode][value=immediate]").check()
    for name in ("is_good_faith", "on_service", "role"):
        box = page.locator(f"input[name={name}]")
        if box.is_visible():
            box.check()


def send_notice(page: Page, *, holds: str = "fingerprint") -> tuple[str, str]:
    """Look at everything that is sent, send it, and take number and phrase from the receipt."""
    page.wait_for_url("**/notice/send/")
    page.locator("#ready").wait_for()
    check_page(page)
    page.locator("#raw summary").click()
    assert holds in page.locator("#raw-text").inner_text()
    page.locator("#go").click()
    page.locator("#acts").wait_for()
    check_page(page)
    words = page.locator("#phrase li").all_inner_texts()
    assert len(words) == 6
    number, phrase = page.locator("#number").inner_text(), " ".join(words)
    SAID.extend([number, phrase])
    return number, phrase


def open_case(page: Page, address: str, number: str, phrase: str) -> None:
    """Open the page of a case, or try to."""
    page.goto(f"{address}/case/")
    page.locator("[name=number]").fill(number)
    page.locator("[name=phrase]").fill(phrase)
    page.locator("form[method=post] button.main").click()
    page.wait_for_load_state()


def upload(page: Page, platform: str, file: str | Path) -> str:
    """Upload one of the ready-made copies (a name) or a file; gives what the uploader is told."""
    page.goto(f"{platform}/upload")
    if isinstance(file, Path):
        page.locator("input[name=media]").set_input_files(str(file))
    else:
        page.locator(f"input[value='{file}']").check()
    page.get_by_role("button", name="Upload").click()
    heading = page.locator("h1")
    expect(heading).not_to_have_text("Upload", timeout=WAIT_MS)
    return heading.inner_text()


def reviewer_window(page: Page, address: str) -> Page:
    """Open the reviewer's window from the guide."""
    page.goto(f"{address}/guide/")
    check_page(page)
    with page.expect_popup() as opened:
        page.get_by_role("button", name=re.compile("Open the reviewer.s window")).click()
    window = opened.value
    window.wait_for_url("**/staff/queue/")
    return window


def open_task(window: Page, case_number: str) -> None:
    """Walk down the queue by keyboard to a case, and open it."""
    check_page(window)
    for _ in range(30):
        window.keyboard.press("j")
        line = window.evaluate("document.activeElement.closest('tr')?.innerText ?? ''")
        if case_number in line:
            window.keyboard.press("Enter")
            window.wait_for_url("**/staff/review/*/")
            return
    raise AssertionError("the case is not in the queue")


def decide_removal(window: Page) -> None:
    """Look at the copy one step, choose, write the facts, decide: all by keyboard."""
    check_page(window)
    here = window.url
    window.keyboard.press("1")
    expect(window.locator("img.look")).to_be_visible(timeout=WAIT_MS)
    window.keyboard.press("r")
    expect(window.locator("input[name=outcome][value=remove]")).to_be_checked()
    expect(window.locator("input[name=grounds]:checked").first).to_be_attached()
    window.keyboard.press("f")
    window.keyboard.type("It shows a person who did not agree that it is shown.")
    check_page(window)
    window.keyboard.press("Control+Enter")
    expect(window).not_to_have_url(here)  # on to the next one
    expect(window.get_by_role("button", name=re.compile("Undo"))).to_be_visible()


def uploader_hears_of_it_after_her(person: Page, reviewer: Page, task: str) -> None:
    """She is told first and needs no more time; only then is there a statement to hand on."""
    links = reviewer.get_by_role("button", name="The uploader’s statement")  # noqa: RUF001
    reviewer.goto(task)
    links.click()
    expect(reviewer.locator("main")).to_contain_text("whoever reported it is told first")
    person.get_by_text("I need no more time").click()
    person.get_by_role("button", name="They may be told now").click()
    expect(person.locator("main")).to_contain_text("For your part, they may be told now.")
    check_page(person)
    ends_at = time.monotonic() + WAIT_MS / 1000
    while reviewer.get_by_role("link", name="Open the statement").count() == 0:
        assert time.monotonic() < ends_at, "there is no statement"
        reviewer.wait_for_timeout(1000)
        reviewer.goto(task)
        links.click()
        reviewer.wait_for_load_state()
    # Each copy has its own, those that were stopped since too.
    statements = reviewer.get_by_role("link", name="Open the statement")
    reviewer.goto(statements.first.get_attribute("href"))
    expect(reviewer.locator("main")).to_contain_text("removed")
    check_page(reviewer)


def wait_for_removal(page: Page, platform: str, post: str) -> None:
    """The minute of undoing passes, the order goes out, the platform removes the post."""
    ends_at = time.monotonic() + FIRM_WITHIN_S + WAIT_MS / 1000
    page.goto(f"{platform}/p/{post}")
    while "removed" not in page.locator("h1").inner_text():
        assert time.monotonic() < ends_at, "the post is still there"
        page.wait_for_timeout(2000)
        page.goto(f"{platform}/p/{post}")
