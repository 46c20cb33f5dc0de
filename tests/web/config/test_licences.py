"""What is shipped or run is listed with its licence and its notice."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

import pytest
from django.test import Client

from staydown_web.config import licences

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / licences.FILE).read_text()
VENDOR = ROOT / "js" / "vendor"
DEMO_MEDIA = ROOT / "src" / "staydown" / "demo_media"
WORDS = ROOT / "src" / "staydown_web" / "cases" / "data" / "words.txt"


def test_every_module_package_picture_and_list_of_words_is_listed() -> None:
    listed = {row.name for row in licences.read_page(PAGE)}
    modules = {row["name"] for row in json.loads((VENDOR / "vendored.json").read_text())["modules"]}
    packages = licences.installed_names(ROOT / "pyproject.toml")
    pictures = {file.name for file in DEMO_MEDIA.iterdir()} - {"SOURCES.md"}
    assert modules | packages | pictures | {"SCOWL"} == listed


def test_packages_of_every_extra_are_listed() -> None:
    """Of the installation that runs the tests; each extra's own packages are in it."""
    listed = {row.name for row in licences.read_page(PAGE)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extra, lines in project["optional-dependencies"].items():
        named = {name for name, _ in licences.needed_by(lines, extras=())}
        assert len(named) == len(lines), f"a package of {extra} is not installed"
        assert named <= listed, extra


def test_the_list_of_words_stands_with_its_notice() -> None:
    """Its licence asks that both stand in supporting documentation."""
    head = [line for line in WORDS.read_text().splitlines() if line.startswith("#   ")]
    assert "Copyright 2000-2018 by Kevin Atkinson" in head[0]
    for line in head:
        assert line.removeprefix("#").strip() in PAGE


def test_every_picture_stands_with_its_author_its_source_and_its_licence() -> None:
    sources = (DEMO_MEDIA / "SOURCES.md").read_text()
    for row in sources.splitlines():
        cells = [cell.strip() for cell in row.replace("`", "").strip("|").split("|")]
        if len(cells) == 5 and "." in cells[0]:
            (listed,) = [found for found in licences.read_page(PAGE) if found.name == cells[0]]
            assert (listed.licence, listed.source) == (f"{cells[4]} ({cells[3]})", cells[2])
    notice = [line.removeprefix(">").strip() for line in sources.splitlines() if line[:1] == ">"]
    assert "Carsten Haitzler" in notice[0]
    assert "\n".join(notice) in PAGE
    assert "https://creativecommons.org/licenses/by/2.0/" in PAGE


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
    ours = ("mediabunny", "libheif-js", "django", "MPL-2.0", "LGPL-3.0", "SCOWL", "ray")
    for name in (*ours, "danielbuechele", "scikit-learn, china.jpg"):
        assert name in page
    assert Client().get("/licences/notices.txt").content.decode() == PAGE


def test_what_was_compiled_of_a_notice_is_no_notice() -> None:
    """Some packages keep theirs in a module, of which installing makes one that nobody can read."""
    assert "\ufffd" not in PAGE


def test_a_notice_cannot_end_its_own_block() -> None:
    row = licences.Component("a", "1", "Python package", "MIT", "https://a", ("```\n## b 2\n",))
    assert [found.name for found in licences.read_page(licences.page([row]))] == ["a"]
