"""Before the service answers: what is missing is made, what was lost is never made anew."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from staydown.errors import ConfigError
from staydown_web.base.keys import make_keys, missing_keys
from staydown_web.config.preparing import check_port, migrate, refuse_lost_keys


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STAYDOWN_HOME", str(tmp_path))
    monkeypatch.delenv("STAYDOWN_KEYS", raising=False)
    return tmp_path


def test_lost_keys_are_not_made_anew_beside_a_database_that_they_sealed(home: Path) -> None:
    refuse_lost_keys()
    make_keys(home / "keys")
    (home / "staydown.sqlite3").write_bytes(b"SQLite format 3\x00")
    refuse_lost_keys()
    (home / "keys" / "field.key").unlink()
    with pytest.raises(ConfigError, match=r"field\.key missing"):
        refuse_lost_keys()
    assert missing_keys(home / "keys") == ["field.key"]


def test_an_empty_database_may_get_its_first_keys(home: Path) -> None:
    (home / "staydown.sqlite3").touch()
    refuse_lost_keys()
    assert "field.key" in missing_keys(home / "keys"), "what would be refused were it not empty"
    (home / "staydown.sqlite3").write_bytes(b"SQLite format 3\x00")
    with pytest.raises(ConfigError, match="missing"):
        refuse_lost_keys()


def test_a_port_that_is_taken_is_told_with_the_option_that_changes_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        remedy = rf"^cannot .+ --port {port + 10} or `make run PORT={port + 10}`"
        with pytest.raises(ConfigError, match=remedy):
            check_port("127.0.0.1", port)
        with pytest.raises(ConfigError, match=r"^the demo platform, .+ cannot listen"):
            check_port("127.0.0.1", port, who="the demo platform, one port further,")
    check_port("127.0.0.1", port)


@pytest.mark.django_db
def test_tables_that_are_up_to_date_are_left_alone() -> None:
    assert migrate() is False
