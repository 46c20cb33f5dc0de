"""Keys beside the database: made once, for their owner alone, and gone when they are erased."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from staydown_web.base.errors import ConfigError, SealError
from staydown_web.base.keys import (
    KEY_BYTES,
    case_key,
    erase_case_key,
    load_keys,
    make_case_key,
    make_keys,
)


def test_keys_are_made_once_and_stay(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    assert sorted(make_keys(folder)) == ["audit.key", "blind.key", "django.key", "field.key"]
    first = load_keys(folder)
    assert make_keys(folder) == []
    assert load_keys(folder) == first
    assert len({first.field, first.blind, first.audit, first.django}) == 4


def test_only_the_owner_reads_them(tmp_path: Path) -> None:
    make_keys(tmp_path / "keys")
    make_case_key(tmp_path / "keys", uuid4())
    for path in [tmp_path / "keys", *(tmp_path / "keys").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_processes_that_start_together_share_the_keys_of_the_first(tmp_path: Path) -> None:
    made: list[list[str]] = []
    starts = threading.Barrier(6)

    def start() -> None:
        starts.wait()
        made.append(make_keys(tmp_path / "keys"))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert sorted(name for names in made for name in names) == [
        "audit.key",
        "blind.key",
        "django.key",
        "field.key",
    ]
    assert not list((tmp_path / "keys").glob(".new-*"))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(b"short"), "damaged"),
        (lambda path: path.chmod(0o640), "others"),
    ],
    ids=["missing", "short", "open"],
)
def test_a_key_that_cannot_be_trusted_stops_the_start(tmp_path: Path, spoil, said: str) -> None:
    make_keys(tmp_path)
    spoil(tmp_path / "field.key")
    with pytest.raises(ConfigError, match=said):
        load_keys(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError) as caught:
        make_keys(tmp_path / "file" / "keys")
    assert caught.value.filename == str(tmp_path / "file" / "keys")


def test_a_case_has_one_key_until_it_is_erased(tmp_path: Path) -> None:
    case = uuid4()
    key = make_case_key(tmp_path, case)
    assert len(key) == KEY_BYTES
    assert case_key(tmp_path, case) == key
    with pytest.raises(SealError):
        make_case_key(tmp_path, case)
    assert case_key(tmp_path, case) == key
    assert erase_case_key(tmp_path, case)
    with pytest.raises(SealError, match="erased"):
        case_key(tmp_path, case)
    assert not erase_case_key(tmp_path, case)


def test_erasing_writes_over_the_key_before_it_goes(tmp_path: Path) -> None:
    case = uuid4()
    key = make_case_key(tmp_path, case)
    path = next(p for p in (tmp_path / "cases").rglob("*") if p.is_file())
    kept = tmp_path / "kept"
    os.link(path, kept)  # a second name for the same bytes on the disk
    erase_case_key(tmp_path, case)
    assert kept.read_bytes() != key


def test_a_damaged_case_key_is_an_error(tmp_path: Path) -> None:
    case = uuid4()
    make_case_key(tmp_path, case)
    next(p for p in (tmp_path / "cases").rglob("*") if p.is_file()).write_bytes(b"x")
    with pytest.raises(SealError, match="damaged"):
        case_key(tmp_path, case)
