"""Commands that pages name work where they are copied to."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from kept_pictures import CALLED
from staydown_web.audit.views import PROVING
from staydown_web.base.commands import as_called
from staydown_web.config.watch.words import KINDS

COMMAND = "staydown doctor --deep"
SHOWN = sorted({kind.command for kind in KINDS.values() if kind.command} | {*PROVING, COMMAND})


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
    assert (
        as_called(COMMAND, home=Path("/srv/staydown")) == f"STAYDOWN_HOME=/srv/staydown {COMMAND}"
    )


def test_elsewhere_the_whole_path_is_named(program: Path) -> None:
    called = as_called(COMMAND, home=Path("/srv/my data"))
    assert called == f"STAYDOWN_HOME='/srv/my data' '{program}' doctor --deep"


def test_a_command_that_needs_no_data_names_none(program: Path) -> None:
    called = as_called("staydown verify FILE", needs_data=False)
    assert called == f"'{program}' verify FILE"


def test_another_program_of_the_name_is_not_the_one_that_runs(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "staydown"
    other.touch(mode=0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert f" '{program}' " in as_called(COMMAND)


@pytest.mark.parametrize("command", SHOWN)
def test_every_command_names_a_program_that_is_there(program: Path, command: str) -> None:
    called, (name, *rest) = as_called(command), shlex.split(command)
    if name == "staydown":
        home = f"STAYDOWN_HOME={settings.STAYDOWN_HOME}"
        assert shlex.split(called) == [home, str(program), *rest]
    else:
        assert called == command


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["watch:status", "audit:events"])
def test_pages_name_it_so(lead_client, program: Path, page: str) -> None:
    text = lead_client.get(reverse(page)).content.decode()
    assert text.count(f"&#x27;{program}&#x27; ") >= 1
    assert ">staydown " not in text


def test_pictures_of_pages_show_no_path_of_the_machine_that_takes_them(program: Path) -> None:
    for home in (Path("/srv/staydown"), Path("/srv/my data")):
        for command in SHOWN:
            called = as_called(command, home=home)
            assert re.sub(CALLED, "staydown", f"Run {called} there") == f"Run {command} there"
    assert re.sub(CALLED, "staydown", as_called(COMMAND, needs_data=False)) == COMMAND
    assert (
        re.sub(CALLED, "staydown", "a /srv/staydown-data folder") == "a /srv/staydown-data folder"
    )
