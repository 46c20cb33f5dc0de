"""Every how-to runs: its commands and programs, one after another, in one folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from media_files import MEDIA
from ready_tables import furnish

ROOT = Path(__file__).parents[2]
PAGES = sorted(p for p in (ROOT / "docs" / "howto").glob("*.md") if p.name != "README.md")
# Pages that need a running service say so in a comment; a test in `service/` runs each of them.
# What is done on pages has no commands; the tests that walk them are named there.
# What changes a whole machine is not run; what can be tried of it is tried by the test named there.
ELSEWHERE = re.compile(
    r"<!-- (runs with a service|done on pages: tests/\S+ walks them|tried by tests/\S+) -->"
)
ALONE = [page for page in PAGES if not ELSEWHERE.search(page.read_text())]
MAKES_TABLES = "staydown manage migrate"
BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """``reported/`` with what was reported; ``uploads/`` with copies, other things and a text."""
    reported, uploads = tmp_path / "reported", tmp_path / "uploads"
    reported.mkdir()
    uploads.mkdir()
    for name in ("bridge.jpg", "coffee.jpg", "citrus.jpg"):
        shutil.copy(MEDIA / name, reported)
    with Image.open(MEDIA / "bridge.jpg") as bridge:
        width, height = bridge.size
        cut = bridge.crop((width // 10, height // 10, width, height))
        ImageOps.mirror(cut).save(uploads / "holiday.jpg", quality=60)
    with Image.open(MEDIA / "coffee.jpg") as coffee:
        coffee.resize((400, 267)).save(uploads / "cup.png")
    shutil.copy(MEDIA / "maple.jpg", uploads / "garden.jpg")
    (uploads / "notes.txt").write_text("no picture")
    return tmp_path


def run(kind: str, code: str, folder: Path) -> str:
    """Run one block as a reader would; what it prints."""
    if kind == "sh":
        command = ["bash", "-euo", "pipefail", "-c", code]
    else:
        command = [sys.executable, "-W", "error", "-c", code]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # A reader has no service here; other tests of this process left one in theirs.
    without = {k: v for k, v in os.environ.items() if not k.startswith("STAYDOWN_")}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**without, "PATH": path, "STAYDOWN_HOME": str(folder / "service")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", ALONE, ids=lambda page: page.stem)
def test_a_how_to_does_what_it_says(page: Path, folder: Path) -> None:
    text = page.read_text()
    blocks = BLOCK.findall(text)
    assert blocks
    if MAKES_TABLES in text:
        furnish(folder / "service")  # that it makes them: tests/unit/staydown/cli/test_service.py
    printed = ""
    for kind, text in blocks:
        if kind == "text":
            assert printed == text
        else:
            printed = run(kind, text, folder)


def test_the_readme_s_three_lines_work(folder: Path) -> None:
    run("sh", "staydown bank create reported.sdb; staydown bank add reported.sdb reported", folder)
    shutil.copy(folder / "uploads" / "holiday.jpg", folder / "upload.jpg")
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    # The other block asks a running service; the stories of the service do so.
    (code,) = [block for block in blocks if "import staydown" in block]
    assert "entry-" in run("python", code, folder)


def test_the_readme_removes_an_entry_that_it_added(folder: Path) -> None:
    shutil.copy(folder / "reported" / "bridge.jpg", folder / "reported" / "case-7.jpg")
    readme = (ROOT / "README.md").read_text()
    lines = re.findall(r"(?m)^staydown bank (?:create|add|remove) .*$", readme)
    assert len(lines) == 3
    assert "case-7" in run("sh", "\n".join(lines), folder)


def test_every_how_to_is_in_the_list() -> None:
    listed = (ROOT / "docs" / "howto" / "README.md").read_text()
    assert [page.name for page in PAGES if f"({page.name})" not in listed] == []


def test_the_first_page_names_what_lies_in_the_folder_of_uploads() -> None:
    used = {name for page in PAGES for name in re.findall(r"uploads/(\w+\.\w+)", page.read_text())}
    told = set(
        re.findall(r"`(\w+\.(?:jpg|png|txt))`", (ROOT / "docs" / "howto" / "README.md").read_text())
    )
    assert used <= told
