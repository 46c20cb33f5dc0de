"""What is shipped or run is listed with its licence and its notice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from django.test import Client

from staydown_web.config import licences

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / licences.FILE).read_text()
VENDOR = ROOT / "js" / "vendor"


def test_every_vendored_module_and_every_package_is_listed() -> None:
    listed = {row.name for row in licences.read_page(PAGE)}
    modules = {row["name"] for row in json.loads((VENDOR / "vendored.json").read_text())["modules"]}
    assert modules | licences.installed_names(ROOT / "pyproject.toml") == listed


def test_the_file_is_what_make_docs_writes_but_for_newer_versions() -> None:
    def without_versions(text: str) -> list[str]:
        return [f"{r.name} {r.licence}" for r in licences.read_page(text)]

    now = licences.page(licences.components(ROOT))
    assert without_versions(now) == without_versions(PAGE), "run `make docs`"


def test_modules_that_must_stay_replaceable_are_unmodified_files_with_their_notices() -> None:
    rows = json.loads((VENDOR / "vendored.json").read_text())["modules"]
    assert {row["licence"] for row in rows} >= {"MPL-2.0", "LGPL-3.0"}
    for row in rows:
        for file in (*row["files"], *row["notices"]):
            digest = hashlib.sha256((VENDOR / file["path"]).read_bytes()).hexdigest()
            assert digest == file["sha256"], file["path"]
        for notice in row["notices"]:
            first = (VENDOR / notice["path"]).read_text().strip().splitlines()[0].strip()
            assert first in PAGE


def test_every_component_has_a_licence() -> None:
    rows = licences.read_page(PAGE)
    assert [row.name for row in rows if row.licence == "see its notice"] == []


@pytest.mark.django_db
def test_the_page_lists_them_and_gives_the_notices_word_for_word() -> None:
    page = Client().get("/licences/").content.decode()
    for name in ("mediabunny", "libheif-js", "django", "MPL-2.0", "LGPL-3.0"):
        assert name in page
    assert Client().get("/licences/notices.txt").content.decode() == PAGE


def test_what_was_compiled_of_a_notice_is_no_notice() -> None:
    """Some packages keep theirs in a module, of which installing makes one that nobody can read."""
    assert "\ufffd" not in PAGE


def test_a_notice_cannot_end_its_own_block() -> None:
    row = licences.Component("a", "1", "Python package", "MIT", "https://a", ("```\n## b 2\n",))
    assert [found.name for found in licences.read_page(licences.page([row]))] == ["a"]
