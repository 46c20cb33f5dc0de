"""Commands that pages name work where they are copied to."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from django.urls import reverse

from staydown_web.base.commands import as_called

COMMAND = "staydown doctor --deep"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in a virtual environment to which PATH does not lead."""
    made = tmp_path / "my tools" / "bin" / "staydown"
    made.parent.mkdir(parents=True)
    made.touch(mode=0o700)
    monkeypatch.setattr(sys, "executable", str(made.with_name("python")))
    monkeypatch.setenv("PATH", "/nowhere")
    return made


def test_the_name_is_enough_where_path_leads_to_the_program(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(program.parent))
    assert as_called(COMMAND) == COMMAND


def test_elsewhere_the_whole_path_is_named(program: Path) -> None:
    assert as_called(COMMAND) == f"'{program}' doctor --deep"


def test_another_program_of_the_name_is_not_the_one_that_runs(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "staydown"
    other.touch(mode=0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert as_called(COMMAND).startswith(f"'{program}'")


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["watch:status", "audit:events"])
def test_pages_name_it_so(lead_client, program: Path, page: str) -> None:
    text = lead_client.get(reverse(page)).content.decode()
    assert text.count(f"&#x27;{program}&#x27; ") >= 1
    assert ">staydown " not in text
