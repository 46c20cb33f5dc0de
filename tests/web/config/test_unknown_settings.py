"""A misspelt setting is named, with the one that is meant; names of other programs are not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from staydown.cli.checks import Health
from staydown_web.config import doctor
from staydown_web.config.environment import VARIABLES
from staydown_web.config.unknown_settings import known_names, unknown_names, unknown_sentence

ROOT = Path(__file__).parents[3]
READ = re.compile(
    r"""(?:environ\b[\w.]*[\[(]|getenv\(|get\(|_needed\(\w+, |\$\{?)"?(STAYDOWN_\w+)"""
)


def test_a_misspelt_name_is_named_with_the_nearest_and_without_its_value() -> None:
    said = unknown_sentence({"STAYDOWN_MAIL_ULR": "smtp://user:hidden@a.example", "PATH": "/bin"})
    assert "STAYDOWN_MAIL_ULR (is STAYDOWN_MAIL_URL meant?)" in said
    assert "hidden" not in said
    assert "\n" not in said


def test_a_name_that_is_near_to_none_is_named_alone() -> None:
    said = unknown_sentence({"STAYDOWN_SECRET": "hidden"})
    assert said.startswith("In the environment, but no setting: STAYDOWN_SECRET.")
    assert unknown_sentence({"STAYDOWN_HOME": "/srv", "STAYDOWN_MAIL_URL_FILE": "/run/a"}) == ""


def test_what_other_programs_of_ours_read_is_known() -> None:
    read = {variable.name for variable in VARIABLES if variable.name.startswith("STAYDOWN_")}
    for folder in ("src", "deploy", "tests"):
        for path in (ROOT / folder).rglob("*"):
            is_text = path.suffix in {".py", ".yaml", ".service", ".sh"} or "Docker" in path.name
            if path.is_file() and is_text and path != Path(__file__):
                read |= set(READ.findall(path.read_text(encoding="utf-8")))
    assert {"STAYDOWN_EDGE_HUB", "STAYDOWN_PICTURES", "STAYDOWN_MEMORY", "STAYDOWN_KEY"} <= read
    assert read - {"STAYDOWN_"} <= known_names()


def test_what_a_cluster_puts_there_is_not_named() -> None:
    names = ("SERVICE_HOST", "SERVICE_PORT_HTTP", "PORT_8000_TCP_ADDR", "WEB_SERVICE_PORT")
    assert unknown_names({f"STAYDOWN_{name}": "10.0.0.1" for name in names}) == []


def test_the_doctor_names_it_and_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STAYDOWN_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_URL_FILE", raising=False)
    assert [check.name for check in doctor.service_checks()] == ["service"]
    monkeypatch.setenv("STAYDOWN_HOMES", "hidden")
    named, after = doctor.service_checks()
    assert (named.name, named.health, after.name) == ("names", Health.WARNING, "service")
    assert "STAYDOWN_HOMES (is STAYDOWN_HOME meant?)" in named.detail
