"""From "this is of me" to "it is gone and cannot come back", in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from served import Served
from service_steps import (
    answer_law,
    begin_notice,
    check_page,
    decide_removal,
    fingerprint_files,
    go_on,
    open_case,
    open_task,
    reviewer_window,
    send_notice,
    upload,
    uploader_hears_of_it_after_her,
    wait_for_removal,
    watch_requests,
)

HELD, BLOCKED = re.compile("Held"), re.compile("Not posted")


def test_a_photo_from_the_notice_to_stay_down(
    demo: Served, window: BrowserContext, tmp_path: Path
) -> None:
    requests = watch_requests(window)
    person = window.new_page()
    picture = keep_picture(person, demo, tmp_path)

    number, phrase = file_notice(person, window, demo, picture)
    open_case(person, demo.address, number, phrase)
    expect(person.locator("main")).to_contain_text("hours left")
    check_page(person)

    uploader = window.new_page()
    assert HELD.match(upload(uploader, demo.platform, "bridge_mirrored.jpg"))
    check_page(uploader)
    assert upload(uploader, demo.platform, "citrus_not-reported.jpg") == "Posted"

    reviewer = reviewer_window(window.new_page(), demo.address)
    open_task(reviewer, number)
    task = reviewer.url
    decide_removal(reviewer)
    check_page(reviewer)

    for copy in ("bridge_bordered.jpg", "bridge_filtered.jpg", "bridge_same-bytes.jpg"):
        assert BLOCKED.match(upload(uploader, demo.platform, copy)), copy
    check_page(uploader)

    wait_for_removal(uploader, demo.platform, "bridge")
    check_page(uploader)
    open_case(person, demo.address, number, phrase)
    expect(person.locator("main")).to_contain_text(re.compile("removed", re.IGNORECASE))
    check_page(person)
    uploader_hears_of_it_after_her(person, reviewer, task)

    ours = (demo.address, demo.platform, "data:", "blob:")
    assert [url for url in requests if not url.startswith(ours)] == []


def keep_picture(page: Page, demo: Served, folder: Path) -> Path:
    """Take the guide's picture to the device."""
    page.goto(f"{demo.address}/guide/")
    check_page(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="bridge.jpg").click()
    kept = folder / "bridge.jpg"
    taken.value.save_as(kept)
    return kept


def file_notice(page: Page, window: BrowserContext, demo: Served, picture: Path) -> tuple[str, str]:
    """Fingerprint with the network cut, and file."""
    begin_notice(page, demo.address, way="It is online")
    page.locator("#urls").fill(f"{demo.platform}/p/bridge")
    go_on(page, 1)
    fingerprint_files(page, picture, cut=window)
    go_on(page, 2)
    answer_law(page)
    go_on(page, 3)
    return send_notice(page)
