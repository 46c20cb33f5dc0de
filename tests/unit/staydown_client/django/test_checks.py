"""A site that did not choose does not start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from staydown_client.django.checks import HANDLER, STORAGE, check_choices

GOOD = {"URL": "http://127.0.0.1:1", "KEY": "sd_key", "ON_UNREACHABLE": "closed"}


def found(settings: Settings, said: Any, *, handlers: list[str] | None = None) -> list[str]:
    if said is None:
        if hasattr(settings, "STAYDOWN"):
            del settings.STAYDOWN
    else:
        settings.STAYDOWN = said
    settings.FILE_UPLOAD_HANDLERS = [HANDLER] if handlers is None else handlers
    return [str(message.id) for message in check_choices(app_configs=None)]


def test_a_whole_setting_is_well(settings: Settings) -> None:
    assert found(settings, GOOD) == []
    named = {**GOOD, "ON_OPEN_PASS": "builtins.print", "ON_HOLD": "refuse", "TIMEOUT_S": 3}
    assert found(settings, named) == []


@pytest.mark.parametrize(
    ("said", "id_"),
    [
        (None, "staydown.E001"),
        ("closed", "staydown.E001"),
        ({"URL": "http://127.0.0.1:1", "KEY": "k"}, "staydown.E002"),
        ({**GOOD, "ON_UNREACHABLE": ""}, "staydown.E002"),
        ({**GOOD, "ON_UNREACHABLE": "maybe"}, "staydown.E003"),
        ({**GOOD, "KEY": ""}, "staydown.E003"),
        ({**GOOD, "URL": "nowhere"}, "staydown.E003"),
        ({**GOOD, "ON_UNREACHEABLE": "open"}, "staydown.E003"),
        ({**GOOD, "ANSWER": "no.such.function"}, "staydown.E003"),
        ({**GOOD, "RETRIES": -1}, "staydown.E003"),
    ],
)
def test_what_is_missing_or_wrong_is_named(settings: Settings, said: Any, id_: str) -> None:
    assert found(settings, said) == [id_]


def test_the_handler_comes_first(settings: Settings) -> None:
    assert found(settings, GOOD, handlers=["x.Other", HANDLER]) == ["staydown.E004"]


def test_something_has_to_check(settings: Settings) -> None:
    assert found(settings, GOOD, handlers=["x.Other"]) == ["staydown.W001"]
    settings.STORAGES = {**settings.STORAGES, "photos": {"BACKEND": STORAGE, "OPTIONS": {}}}
    assert found(settings, GOOD, handlers=["x.Other"]) == []


def test_a_site_without_the_choice_does_not_pass_its_checks(tmp_path: Path) -> None:
    (tmp_path / "site_settings.py").write_text(
        f'SECRET_KEY = "x"\nINSTALLED_APPS = ["staydown_client.django"]\n'
        f'FILE_UPLOAD_HANDLERS = ["{HANDLER}"]\n'
        'STAYDOWN = {"URL": "http://127.0.0.1:1", "KEY": "sd_key"}\n'
    )
    ran = subprocess.run(
        [sys.executable, "-m", "django", "check", "--settings", "site_settings"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "staydown.E002" in ran.stderr
    assert "sd_key" not in ran.stderr
