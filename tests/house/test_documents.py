"""The documents say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from staydown import errors
from staydown.cli import reference
from staydown.cli.statuses import STATUS_OF_CODE, ExitStatus
from staydown.errors import StaydownError

ROOT = Path(__file__).parents[2]
ERRORS = (ROOT / "docs" / "errors.md").read_text()
PAGES = sorted(
    path
    for path in {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")}
    if ".venv" not in path.parts
)


def code_rows() -> dict[str, tuple[int, bool]]:
    """Code -> status and retry, as docs/errors.md says."""
    rows = re.findall(r"(?m)^\| `(\w+)` \| (\d+) \| (yes|no) \| .+ \| .+ \|$", ERRORS)
    return {code: (int(status), retry == "yes") for code, status, retry in rows}


def retryable() -> dict[str, bool]:
    found = [value for value in vars(errors).values() if isinstance(value, type)]
    return {e.code: e.retryable for e in found if issubclass(e, StaydownError)}


def test_every_error_code_is_explained_with_its_exit_status() -> None:
    assert code_rows() == {
        code: (status, retryable()[code]) for code, status in STATUS_OF_CODE.items()
    }


def test_every_exit_status_is_explained() -> None:
    rows = re.findall(r"(?m)^\| (\d+) \| ([a-z ]+) \|", ERRORS)
    assert {int(n): name for n, name in rows} == {
        int(status): status.name.lower().replace("_", " ") for status in ExitStatus
    }


def test_every_command_and_option_is_documented() -> None:
    assert (ROOT / "docs" / "cli.md").read_text() == reference.page(), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())
    assert [t for t in targets if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda p: p.name)
def test_a_decision_record_is_one_page_with_its_four_parts(page: Path) -> None:
    text = page.read_text()
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", page.name)
    assert len(text.splitlines()) <= 80
    parts = ["## Context", "## Decision", "## Evidence", "## What would change our mind"]
    assert [part for part in parts if part not in text] == []


def test_decision_records_have_numbers_of_their_own() -> None:
    numbers = [page.name[:4] for page in (ROOT / "docs" / "adr").glob("*.md")]
    assert len(numbers) == len(set(numbers))
