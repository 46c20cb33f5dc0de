"""Ladders as data: those we ship hold the rules, and a wrong one is refused with its place."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from staydown.errors import ConfigError
from staydown_web.escalation.services.ladders import (
    FOLDER,
    USER_CONTENT_ROLES,
    ladder,
    ladders,
    read_ladder,
    read_ladders,
)

GOOD: dict[str, Any] = {
    "id": "mine",
    "version": "2026-11-26.1",
    "cool_down_days": 30,
    "title": {"en": "a", "de": "b", "es": "c", "fr": "d"},
    "steps": [
        {
            "wait_hours": 0,
            "answer_hours": 72,
            "order": "parallel",
            "parts": [{"roles": ["host"], "site_kinds": ["user_content"], "target": "urls"}],
        },
        {
            "wait_hours": 24,
            "answer_hours": 72,
            "order": "in_order",
            "parts": [{"roles": ["registrar"], "site_kinds": ["dedicated"], "target": "domain"}],
        },
    ],
}


def test_the_shipped_ladders_spare_sites_of_user_content_and_begin_with_links() -> None:
    assert set(ladders()) >= {"default", "careful"}
    for one in ladders().values():
        assert not any(part.targets_domain for part in one.steps[0].parts)
        for step in one.steps:
            for part in step.parts:
                if "user_content" in part.site_kinds:
                    assert not part.targets_domain
                    assert USER_CONTENT_ROLES.issuperset(part.roles)


def test_money_goes_with_the_host_in_the_default_ladder() -> None:
    assert set(ladder("default").steps[0].roles) == {"host", "cdn", "ads", "payment"}
    assert not ladder("default").steps[0].is_in_order


def test_a_ladder_that_is_gone_gives_the_default_one() -> None:
    assert ladder("of-last-year").id == "default"


def change(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    data = copy.deepcopy(GOOD)
    at: Any = data
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return data


PART = ("steps", 0, "parts", 0)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("id",), "Mine!", "id must be"),
        (("version",), "1", "version must be a day"),
        (("cool_down_days",), 0, "cool_down_days must be a whole number from 1"),
        (("cool_down_days",), True, "cool_down_days must be a whole number"),
        (("title",), {"en": "a"}, "title must have a text for each of en, de, es, fr"),
        (("steps",), [], "steps must be 1 to 9 tables"),
        (("colour",), "red", "unknown key 'colour'"),
        (("steps", 1, "wait_hours"), 0, "step 2: wait_hours must be a whole number from 1"),
        (("steps", 0, "order"), "random", "step 1: order must be one of parallel, in_order"),
        ((*PART, "roles"), ["landlord"], "step 1: roles must be a list of host"),
        ((*PART, "roles"), ["payment"], "may lose links alone"),
        ((*PART, "roles"), ["ads"], "may lose links alone"),
        ((*PART, "target"), "domain", "may lose links alone"),
        ((*PART, "site_kinds"), ["dedicated", "user_content", "x"], "site_kinds must be a list"),
        ((*PART, "least_links"), -1, "least_links must be a whole number from 1"),
        (("steps", 1, "parts", 0, "roles"), ["host"], "step 2: role 'host' comes twice"),
        (
            ("steps", 0, "parts"),
            [{"roles": ["dns"], "site_kinds": ["dedicated"], "target": "domain"}],
            "may not come before the links",
        ),
    ],
)
def test_a_wrong_ladder_is_refused_with_its_place(
    path: tuple[Any, ...], value: Any, says: str
) -> None:
    assert read_ladder(GOOD, name="mine.toml").id == "mine"
    with pytest.raises(ConfigError, match=r"mine\.toml: ") as caught:
        read_ladder(change(path, value), name="mine.toml")
    assert says in str(caught.value)


def test_a_folder_needs_a_default_and_files_of_their_own_names(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no default"):
        read_ladders(tmp_path)
    text = (FOLDER / "default.toml").read_text()
    (tmp_path / "other.toml").write_text(text)
    with pytest.raises(ConfigError, match="file's name"):
        read_ladders(tmp_path)
    (tmp_path / "other.toml").write_text("id = ")
    with pytest.raises(ConfigError, match="not TOML"):
        read_ladders(tmp_path)


def test_reading_happens_once_a_process() -> None:
    assert ladders() is ladders()
