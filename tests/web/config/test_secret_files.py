"""Secrets in files: read like a setting, and never said."""

from __future__ import annotations

from pathlib import Path

import pytest

from staydown.errors import ConfigError
from staydown_web.config.environment import VARIABLES, read_environment
from staydown_web.config.secret_files import LONGEST_BYTES, SECRET, with_secret_files

URL = "postgresql://staydown:hidden@db.example/staydown"


def kept(folder: Path, text: str) -> str:
    path = folder / "secret"
    path.write_text(text)
    return str(path)


def test_a_setting_is_read_from_the_file_that_is_named(tmp_path: Path) -> None:
    read = read_environment({"DATABASE_URL_FILE": kept(tmp_path, URL + "\n")})
    assert read.database_url == URL


def test_an_empty_file_is_a_setting_that_is_not_there(tmp_path: Path) -> None:
    read = read_environment({"STAYDOWN_MAIL_URL_FILE": kept(tmp_path, "\n")})
    assert read.mail_url == ""


def test_no_file_is_read_where_none_is_named() -> None:
    assert with_secret_files({"DATABASE_URL": URL, "DATABASE_URL_FILE": ""})["DATABASE_URL"] == URL


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        (URL, {"DATABASE_URL": "sqlite:///a"}, "both set"),
        (f"{URL}\n{URL}", {}, "more than one line"),
        ("a" * (LONGEST_BYTES + 1), {}, "more than one line"),
        (None, {}, "No such file"),
    ],
)
def test_what_cannot_be_taken_is_told_without_the_secret(
    tmp_path: Path, text: str | None, more: dict[str, str], said: str
) -> None:
    path = str(tmp_path / "none") if text is None else kept(tmp_path, text)
    with pytest.raises(ConfigError, match=said) as error:
        with_secret_files({"DATABASE_URL_FILE": path, **more})
    assert "hidden" not in str(error.value)


def test_every_secret_is_a_setting() -> None:
    assert set(SECRET) <= {variable.name for variable in VARIABLES}
