"""A video; taking a request back; wrong words; a phone."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

import staydown
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
from staydown.decode.demo_edits import trim_clip

MEDIA = Path(staydown.__file__).parent / "demo_media"
HELD, BLOCKED = re.compile("Held"), re.compile("Not posted")


def test_a_video_from_the_notice_to_stay_down(
    demo: Served, window: BrowserContext, tmp_path: Path
) -> None:
    requests = watch_requests(window)
    person = window.new_page()
    number, phrase = file_published(person, demo, "pan", MEDIA / "pan.mp4", cut=window)
    open_case(person, demo.address, number, phrase)
    expect(person.locator("main")).to_contain_text("pan.mp4")
    check_page(person)
    uploader = window.new_page()
    encoded_anew = tmp_path / "encoded_anew.mp4"
    trim_clip(MEDIA / "pan.mp4", encoded_anew, start_s=0.0, end_s=4.0)
    for copy in ("pan_trimmed.mp4", encoded_anew):
        assert HELD.match(upload(uploader, demo.platform, copy)), copy
    check_page(uploader)

    reviewer = reviewer_window(window.new_page(), demo.address)
    open_task(reviewer, number)
    task = reviewer.url
    decide_removal(reviewer)
    check_page(reviewer)

    for copy in (encoded_anew, MEDIA / "pan.mp4"):
        assert BLOCKED.match(upload(uploader, demo.platform, copy)), copy
    # A part of it is shown to a person each time, unless a bank says otherwise.
    assert HELD.match(upload(uploader, demo.platform, "pan_trimmed.mp4"))
    check_page(uploader)

    wait_for_removal(uploader, demo.platform, "pan")
    check_page(uploader)
    open_case(person, demo.address, number, phrase)
    expect(person.locator("main")).to_contain_text(re.compile("removed", re.IGNORECASE))
    check_page(person)
    uploader_hears_of_it_after_her(person, reviewer, task)

    ours = (demo.address, demo.platform, "data:", "blob:")
    assert [url for url in requests if not url.startswith(ours)] == []


def test_what_is_taken_back_is_looked_for_no_more(demo: Served, window: BrowserContext) -> None:
    person, uploader = window.new_page(), window.new_page()
    number, phrase = file_threatened(person, demo, MEDIA / "lanterns.jpg")
    assert HELD.match(upload(uploader, demo.platform, "lanterns_cropped.jpg"))
    check_page(uploader)

    open_case(person, demo.address, number, phrase)
    person.get_by_role("button", name="Take back my request").click()
    asked = person.locator("#withdraw")
    expect(asked).to_be_visible()
    check_page(person)
    asked.get_by_role("button", name="Take it back").click()
    expect(person.locator("#withdraw")).to_have_count(0)
    check_page(person)

    assert upload(uploader, demo.platform, "lanterns_turned.jpg") == "Posted"
    check_page(uploader)


def test_of_a_link_alone_edited_copies_are_stopped_too(
    demo: Served, window: BrowserContext
) -> None:
    person, uploader = window.new_page(), window.new_page()
    begin_notice(person, demo.address, way="I only have a link")
    person.locator("#urls").fill(f"{demo.platform}/p/cat")
    go_on(person, 1)
    answer_law(person)
    go_on(person, 3)
    number, _phrase = send_notice(person, holds="/p/cat")

    reviewer = reviewer_window(window.new_page(), demo.address)
    wait_in_queue(reviewer, number)
    open_task(reviewer, number)
    decide_removal(reviewer)

    assert BLOCKED.match(upload(uploader, demo.platform, "cat_bordered.jpg"))


def test_wrong_words_open_nothing_and_say_nothing(demo: Served, phone: BrowserContext) -> None:
    page = phone.new_page()
    answers = []
    for number in ("C-2222-2222", sample_number(page, demo)):
        open_case(page, demo.address, number, "six words that nobody has drawn")
        assert page.url == f"{demo.address}/case/"
        check_page(page)
        answers.append(page.locator("main").inner_text().replace(number, ""))
    assert answers[0] == answers[1]


def test_a_notice_on_a_phone_in_the_dark(demo: Served, phone: BrowserContext) -> None:
    page = phone.new_page()
    number, phrase = file_published(page, demo, "maple", MEDIA / "maple.jpg")
    open_case(page, demo.address, number, phrase)
    expect(page.locator("main")).to_contain_text("hours left")
    check_page(page)
    upload(page, demo.platform, "maple_screenshot.jpg")
    check_page(page)


def file_published(
    page: Page, demo: Served, post: str, file: Path, *, cut: BrowserContext | None = None
) -> tuple[str, str]:
    """File a notice about a post of the demo platform; with the network cut, if asked."""
    begin_notice(page, demo.address, way="It is online")
    page.locator("#urls").fill(f"{demo.platform}/p/{post}")
    go_on(page, 1)
    fingerprint_files(page, file, cut=cut)
    go_on(page, 2)
    answer_law(page)
    go_on(page, 3)
    return send_notice(page)


def file_threatened(page: Page, demo: Served, file: Path) -> tuple[str, str]:
    """File a notice about something that was only threatened: fingerprints, no place."""
    begin_notice(page, demo.address, way="Someone says they will share it")
    go_on(page, 1)
    fingerprint_files(page, file)
    go_on(page, 2)
    answer_law(page)
    go_on(page, 3)
    return send_notice(page)


def wait_in_queue(reviewer: Page, number: str) -> None:
    """Until the address was looked at: some seconds after the notice."""
    for _ in range(60):
        if number in reviewer.locator("main").inner_text():
            return
        reviewer.wait_for_timeout(1000)
        reviewer.reload()
    raise AssertionError("the case does not come into the queue")


def sample_number(page: Page, demo: Served) -> str:
    """The number of the sample case, from the guide."""
    page.goto(f"{demo.address}/guide/")
    check_page(page)
    return page.locator("dl.facts code").first.inner_text()
