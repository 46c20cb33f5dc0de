"""The documents say what the code does."""

# ruff: noqa: E402
from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import django
import pytest

from staydown import errors
from staydown.cli import reference
from staydown.cli.statuses import STATUS_OF_CODE, ExitStatus
from staydown.errors import StaydownError
from staydown_web.base import errors as service_errors
from staydown_web.base.statuses import STATUS_OF_CODE as HTTP_STATUS

django.setup()

from staydown_web.actions.services.keeping import PERIODS
from staydown_web.base import retention
from staydown_web.cases.services.clients import KEEP_CLIENT
from staydown_web.cases.services.erasing import KEEP_DECIDED, KEEP_INCOMPLETE, KEEP_PHRASE
from staydown_web.cases.services.filing import THREAT_LASTS
from staydown_web.portal.services.caps import KEEP_DAYS
from staydown_web.portal.services.doors import IDLE
from staydown_web.portal.services.sending import KEEP
from staydown_web.review.selectors.undoing import UNDONE_FOR
from staydown_web.review.services.concluding import KEEP_WORDS_FOR
from staydown_web.screening.services.copies import KEEP_HELD_ADDRESS
from staydown_web.screening.services.counting import REMEMBERED_FOR
from staydown_web.screening.services.kept import MOST_DAYS

ROOT = Path(__file__).parents[2]
ERRORS = (ROOT / "docs" / "errors.md").read_text()
PAGES = sorted(
    path
    for path in {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")}
    if ".venv" not in path.parts
)


LIBRARY_ROW = re.compile(
    r"(?m)^\| `(\w+)` \| (\d{1,2}) \| (\d{3}) \| (yes|no) \| [^|]+ \| [^|]+ \|$"
)
SERVICE_ROW = re.compile(r"(?m)^\| `(\w+)` \| (\d{3}) \| (yes|no) \| [^|]+ \| [^|]+ \|$")
EDGE_ROW = re.compile(r"(?m)^\| `(\w+)` \| (\d{3}) \| [^|]+ \| [^|]+ \|$")


def codes_of(module: ModuleType) -> dict[str, bool]:
    """Code -> retryable, of every deliberate error that a module defines."""
    found = [v for v in vars(module).values() if isinstance(v, type)]
    ours = [e for e in found if issubclass(e, StaydownError) and e.__module__ == module.__name__]
    return {e.code: e.retryable for e in ours}


def test_every_page_is_listed_and_the_list_is_found() -> None:
    listed = (ROOT / "docs" / "README.md").read_text()
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert sorted(name for name in pages if f"({name})" not in listed) == []
    assert "(docs/README.md)" in (ROOT / "README.md").read_text()


def test_every_code_of_the_library_is_explained_with_its_exit_status_and_http_status() -> None:
    rows = {
        code: (int(status), int(http), retry == "yes")
        for code, status, http, retry in LIBRARY_ROW.findall(ERRORS)
    }
    assert rows == {
        code: (status, HTTP_STATUS[code], codes_of(errors)[code])
        for code, status in STATUS_OF_CODE.items()
    }


def test_every_code_of_the_service_is_explained_with_its_http_status() -> None:
    rows = {code: (int(http), retry == "yes") for code, http, retry in SERVICE_ROW.findall(ERRORS)}
    own = codes_of(service_errors)
    assert rows == {code: (HTTP_STATUS[code], is_retryable) for code, is_retryable in own.items()}


def test_the_table_of_http_statuses_holds_every_code_and_no_other() -> None:
    assert set(HTTP_STATUS) == {*codes_of(errors), *codes_of(service_errors)}


def test_codes_without_a_class_are_explained() -> None:
    rooms = ROOT / "src/staydown_web"
    edges = [*(rooms / "config").glob("api*.py"), rooms / "hooks/views/calls.py"]
    source = "".join(path.read_text() for path in edges)
    used = set(re.findall(r'"([a-z]+(?:_[a-z]+)+)"', source))
    rows = dict(EDGE_ROW.findall(ERRORS))
    edge = ("request_", "address_", "method_", "upload_")
    assert set(rows) == {code for code in used if code.startswith(edge)}


def test_deliberate_errors_are_defined_where_the_tables_look() -> None:
    direct = re.compile(r"class \w+\(\w*StaydownError\)")
    elsewhere = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "src").rglob("*.py")
        if path.name != "errors.py" and direct.search(path.read_text())
    ]
    assert elsewhere == []


def test_every_period_is_in_the_document_as_in_the_table() -> None:
    text = (ROOT / "docs" / "retention.md").read_text()
    assert retention.with_tables(text) == text, "run the command that the page names"
    assert all(f"| `{rule.id}` |" in text for rule in retention.RULES)


def test_every_job_reads_its_period_from_the_table() -> None:
    assert {period.name: period.keeps for period in PERIODS} == {
        rule.id: rule.keeps for rule in retention.RULES if rule.room == "actions"
    }
    read = {
        "case": KEEP_DECIDED,
        "incomplete_notice": KEEP_INCOMPLETE,
        "threat": THREAT_LASTS,
        "recovery_words": KEEP_PHRASE,
        "client": KEEP_CLIENT,
        "open_page": IDLE,
        "sending": KEEP,
        "tallies": timedelta(days=KEEP_DAYS),
        "held_address": KEEP_HELD_ADDRESS,
        "complaint_words": KEEP_WORDS_FOR,
        "undone_answer": UNDONE_FOR,
        "checks": REMEMBERED_FOR,
        "kept_uploads": timedelta(days=MOST_DAYS),
    }
    # What asks the table at its run cannot differ from it.
    asking = {"actions", "exchanges", "hooks", "reports"}
    others = {rule.id: rule.keeps for rule in retention.RULES if rule.room not in asking}
    assert read == others


def test_the_assessment_names_tests_that_are_there() -> None:
    text = (ROOT / "docs" / "dpia.md").read_text()
    links = re.findall(r"\[`(test_\w+)`\]\(\.\./(\S+?)\)", text)
    missing = [
        name
        for name, path in links
        if not re.search(rf"(?m)^ *def {name}\(", (ROOT / path).read_text())
    ]
    assert links
    assert missing == []


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
