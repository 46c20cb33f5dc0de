"""The list of files: chosen, watched, stopped, removed; by keyboard and by screen reader."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import staydown
from browser_page import PAGES
from clips import encode, travel
from encoded import STILLS
from media_files import CLIP, PHOTOS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHOTO = PHOTOS[0].read_bytes()
OTHER = PHOTOS[1].read_bytes()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context()
    made = context.new_page()
    made.set_default_timeout(120_000)
    made.goto(f"{address}/list.html")
    made.wait_for_selector("body[data-ready=yes]", state="attached")
    yield made
    context.close()


def add(page: Page, files: dict[str, bytes]) -> None:
    page.set_input_files(
        "input[type=file]",
        [{"name": n, "mimeType": "", "buffer": data} for n, data in files.items()],
    )


def wait_until_done(page: Page) -> None:
    page.evaluate(
        """async () => {
          const state = () => window.tested.list.state();
          const tick = () => new Promise((resolve) => setTimeout(resolve, 50));
          while (state().working + state().waiting) await tick();
        }"""
    )


def state(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("window.tested.list.state()")
    return found


def long_clip() -> bytes:
    return encode(travel(3, 900, width=480, height=320, speed=1), fps=15)


def test_a_chosen_file_becomes_ready_and_the_page_is_told(page: Page) -> None:
    add(page, {"beach.jpg": PHOTO, "clip.mp4": CLIP.read_bytes()})
    wait_until_done(page)

    changes = page.evaluate("window.tested.changes")
    assert changes[-1]["fingerprints"] == [
        staydown.fingerprint(PHOTO).to_dict(),
        staydown.fingerprint(CLIP.read_bytes()).to_dict(),
    ]
    assert (state(page)["ready"], page.inner_text(".panel-head .num")) == (2, "2 of 2 ready")
    assert page.locator(".files .chip.done").all_inner_texts() == ["Ready", "Ready"]
    assert [row["kind"] for row in state(page)["files"]] == ["photo", "video"]


def test_files_are_shown_by_name_size_and_date_and_never_as_a_picture(page: Page) -> None:
    add(page, {"<b>beach</b>.jpg": PHOTO})
    wait_until_done(page)

    assert page.inner_text(".files .name") == "<b>beach</b>.jpg"
    assert f"{round(len(PHOTO) / 1000)} kB · " in page.inner_text(".files .meta >> nth=0")
    assert page.locator("#list img, #list canvas, #list video").count() == 0


def test_a_file_that_cannot_be_read_says_why_and_names_the_way_round(page: Page) -> None:
    add(page, {"old.avi": encode(travel(1, 8), codec="mpeg4", form="avi")})
    wait_until_done(page)

    text = page.inner_text(".files li")
    assert "Not readable here" in text
    assert "Your browser cannot read this kind of video." in text
    assert "You can leave it out, or use the program for computers." in text
    assert 'staydown hash "old.avi" --json > old.json' in text
    assert "Then choose that file here:" in text
    assert page.get_attribute(".files .meta a", "href") == "/command-line"
    assert state(page)["files"][0]["code"] == "unsupported_video"


@pytest.mark.parametrize(
    ("name", "kind", "body"),
    [
        ("letter.txt", "text/plain", b"Dear Ann, " * 30),
        ("holiday.jpg", "image/jpeg", b"this is not a photo"),
        ("bill.jpg", "image/jpeg", b"%PDF-1.7\n" + bytes(40)),
    ],
)
def test_a_text_gets_no_command_as_no_program_reads_it_either(
    page: Page, name: str, kind: str, body: bytes
) -> None:
    letter = {"name": name, "mimeType": kind, "buffer": body}
    page.set_input_files("input[type=file]", [letter])  # type: ignore[list-item]
    wait_until_done(page)

    text = page.inner_text(".files li")
    assert "Not readable here" in text
    assert "staydown hash" not in text
    assert "program for computers" not in text
    assert page.get_by_role("button", name=f"Try {name} again").count() == 0


def test_what_took_too_long_can_be_tried_again(page: Page) -> None:
    page.evaluate(
        """async () => {
          const { InputError } = await import('/js/src/errors.js');
          const { maker } = window.tested;
          const add = Object.getPrototypeOf(maker).add.bind(maker);
          maker.add = (file, options) => {
            maker.add = add;
            const late = Promise.reject(new InputError('decode_timeout', 'late'));
            return { file, done: late, cancel() {} };
          };
        }"""
    )
    add(page, {"a.jpg": PHOTO})
    wait_until_done(page)
    assert "took too long" in page.inner_text(".files li")

    page.get_by_role("button", name="Try a.jpg again").click()
    wait_until_done(page)
    assert [one["status"] for one in state(page)["files"]] == ["ready"]
    assert page.get_by_role("button", name="Try a.jpg again").count() == 0


def hashed(*files: Path) -> bytes:
    """What the command that the list names writes."""
    command = [sys.executable, "-m", "staydown", "hash", *map(str, files), "--json"]
    return subprocess.run(command, capture_output=True, check=False).stdout


def test_what_the_program_wrote_is_taken_in_the_place_of_what_cannot_be_read(
    page: Page, tmp_path: Path
) -> None:
    tiff = tmp_path / "cat.tiff"
    tiff.write_bytes(STILLS["tiff"])
    add(page, {"cat.tiff": STILLS["tiff"]})
    wait_until_done(page)
    assert 'staydown hash "cat.tiff" --json > cat.json' in page.inner_text(".files li")

    add(page, {"cat.json": hashed(tiff)})
    page.wait_for_selector(".chip.done")

    (row,) = state(page)["files"]
    assert (row["name"], row["sizeBytes"]) == ("cat.tiff", len(STILLS["tiff"]))
    wanted = staydown.fingerprint(tiff).to_dict()
    assert page.evaluate("window.tested.changes.at(-1).fingerprints") == [wanted]
    assert "Made with the program for computers." in page.inner_text(".files li")
    assert page.inner_text(".hidden[role=status]") == "All files are ready."
    assert page.locator(".files code").count() == 0


def test_each_line_of_the_program_is_a_file_of_the_list_and_is_taken_once(
    page: Page, tmp_path: Path
) -> None:
    for name, data in {"cat.tiff": STILLS["tiff"], "dog.jpg": PHOTO, "note.txt": b"no"}.items():
        (tmp_path / name).write_bytes(data)
    lines = hashed(*sorted(tmp_path.iterdir()))
    # As PowerShell's `>` writes it, and again as others do.
    wide = lines.decode().replace("\n", "\r\n").encode("utf-16")
    for name, data in {"a.json": wide, "b.jsonl": lines}.items():
        add(page, {name: data})
        page.wait_for_selector("text=2 of 3 ready")

    rows = {row["name"]: row["status"] for row in state(page)["files"]}
    assert rows == {"cat.tiff": "ready", "dog.jpg": "ready", "note.txt": "unreadable"}
    assert len(state(page)["files"]) == 3


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"no", b'{"version":1,"kind":"photo"}'])
def test_a_file_without_fingerprints_says_so_and_names_no_command(page: Page, data: bytes) -> None:
    add(page, {"cat.json": data})
    page.wait_for_selector(".chip[data-status=unreadable]")

    text = page.inner_text(".files li")
    assert "No fingerprints of our program can be read in this file." in text
    assert page.locator(".files code").count() == 0


def test_a_picture_that_is_called_json_is_read_as_the_picture_it_is(page: Page) -> None:
    add(page, {"beach.json": PHOTO})
    wait_until_done(page)

    assert page.evaluate("window.tested.changes.at(-1).fingerprints") == [
        staydown.fingerprint(PHOTO).to_dict()
    ]


def test_a_picture_that_is_cut_off_gets_its_sentence_and_the_way_round(
    page: Page, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(PHOTO[: len(PHOTO) // 2])
    add(page, {"cut.jpg": cut.read_bytes()})
    wait_until_done(page)

    text = page.inner_text(".files li")
    assert "This file seems damaged." in text
    assert "You can leave it out, or use the program for computers." in text
    assert 'staydown hash "cut.jpg" --json > cut.json' in text

    add(page, {"cut.json": hashed(cut)})
    page.wait_for_selector(".chip.done")
    assert state(page)["files"][0]["status"] == "ready"


def test_work_shows_a_line_and_can_be_stopped_and_taken_up_again(page: Page) -> None:
    add(page, {"long.mp4": long_clip(), "beach.jpg": PHOTO})
    page.wait_for_selector("progress")
    assert page.get_attribute("progress", "aria-label") == "long.mp4"

    page.click("text=Stop")
    page.wait_for_selector("text=Stopped >> nth=1")
    assert state(page)["stopped"] == 2
    assert page.locator("progress").count() == 0

    page.click("[aria-label='Try beach.jpg again']")
    page.wait_for_selector(".chip.done")
    assert [row["status"] for row in state(page)["files"]] == ["stopped", "ready"]


def test_a_removed_file_is_gone_from_the_page_and_from_what_would_be_sent(page: Page) -> None:
    add(page, {"beach.jpg": PHOTO, "bridge.jpg": OTHER})
    wait_until_done(page)

    page.click("[aria-label='Remove beach.jpg']")

    assert page.locator(".files .name").all_inner_texts() == ["bridge.jpg"]
    assert page.evaluate("window.tested.changes.at(-1).fingerprints.length") == 1
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Remove bridge.jpg"


def test_the_same_file_is_taken_once(page: Page) -> None:
    page.evaluate(
        """() => { window.twice = (name) => {
          const file = new File(['x'], name, { lastModified: 5 });
          const transfer = new DataTransfer();
          transfer.items.add(file);
          document.querySelector('#list section')
            .dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
        }; }"""
    )
    page.evaluate("window.twice('note.txt')")
    wait_until_done(page)
    page.evaluate("window.twice('note.txt')")

    assert page.locator(".files li").count() == 1
    assert page.inner_text(".panel-foot[role=status]") == "note.txt is already in the list."


def test_the_same_file_under_another_name_is_in_the_list_once(page: Page) -> None:
    add(page, {"beach.jpg": PHOTO, "bridge.jpg": OTHER})
    wait_until_done(page)
    add(page, {"copy of beach.jpg": PHOTO})
    wait_until_done(page)

    assert page.locator(".files .name").all_inner_texts() == ["beach.jpg", "bridge.jpg"]
    told = page.inner_text(".panel-foot[role=status]")
    assert told == "copy of beach.jpg is the same file as beach.jpg. It is in the list once."
    assert page.evaluate("window.tested.changes.at(-1).fingerprints.length") == 2
    assert state(page)["ready"] == 2

    add(page, {"other.gif": STILLS["gif"]})
    assert page.locator(".panel-foot[role=status]").count() == 0, "it stands until files are chosen"


def test_of_many_that_are_there_the_number_is_said(page: Page) -> None:
    add(page, {"beach.jpg": PHOTO})
    wait_until_done(page)
    add(page, {f"copy {n}.jpg": PHOTO for n in range(4)})
    wait_until_done(page)

    told = page.inner_text(".panel-foot[role=status]")
    assert told == "4 of these files were in the list already."
    assert page.locator(".files .name").all_inner_texts() == ["beach.jpg"]


def test_what_would_be_sent_is_shown_to_the_letter(page: Page) -> None:
    add(page, {"beach.jpg": PHOTO})
    wait_until_done(page)

    page.click("text=Show exactly what would be sent later")
    page.click("#data details details summary")

    shown = page.inner_text("#data pre")
    assert json.loads(shown) == staydown.fingerprint(PHOTO).to_dict()
    assert page.get_attribute("#data pre", "aria-label") == "The data for beach.jpg"
    assert "beach" not in shown


def test_the_keyboard_is_enough(page: Page) -> None:
    add(page, {"beach.jpg": PHOTO})
    wait_until_done(page)
    page.locator("body").press("Tab")
    stops = []
    for _ in range(4):
        stops.append(
            page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent")
        )
        page.keyboard.press("Tab")

    assert stops[:3] == [
        "Remove beach.jpg",
        "Add more files",
        "Show exactly what would be sent later",
    ]
    with page.expect_file_chooser():
        page.focus("text=Add more files")
        page.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_access_is_broken(page: Page, scheme: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    add(page, {"beach.jpg": PHOTO, "old.avi": encode(travel(1, 8), codec="mpeg4", form="avi")})
    wait_until_done(page)
    page.click("text=Show exactly what would be sent later")
    page.click("#data details details summary")
    page.evaluate(axe.AXE_FILE_PATH.read_text())

    found = page.evaluate("axe.run().then((all) => all.violations.map((one) => one.id))")

    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_page_of_these_tests_gives_every_text_that_the_readme_names() -> None:
    readme = (PAGES.parents[2] / "js" / "README.md").read_text()
    page = (PAGES / "list.html").read_text()
    texts = json.loads(page.split('id="texts">')[1].split("</script>")[0])
    rows = [line.split("|")[1] for line in readme.splitlines() if line.startswith("| `")]
    named = {word.strip("`,;") for row in rows for word in row.split() if word.startswith("`")}

    assert set(texts) <= named
