"""Sealed files: cut off at any byte they keep what was whole; damaged they say so."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from staydown_client.edge import sealed_log
from staydown_client.edge.errors import SealedFileError
from staydown_client.edge.sealed_log import SealedLog

KEY = b"k" * 32
RECORDS = [b"one", b"two" * 50, b"", b"four"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with four records."""
    log = SealedLog.create(tmp_path / "log", KEY, {"number": 7})
    for record in RECORDS:
        log.append(record)
    log.close()
    return tmp_path / "log"


def read(path: Path, key: bytes = KEY) -> list[bytes]:
    log = SealedLog.open(path, key)
    try:
        return list(log.records())
    finally:
        log.close()


def test_what_was_added_is_read_and_nothing_of_it_is_on_disk(path: Path) -> None:
    assert read(path) == RECORDS
    raw = path.read_bytes()
    assert b"two" not in raw
    assert b"number" not in raw
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    log = SealedLog.open(path, KEY)
    assert log.header == {"number": 7}
    log.close()


def test_another_key_opens_nothing(path: Path) -> None:
    with pytest.raises(SealedFileError):
        read(path, b"x" * 32)


def test_cut_off_at_any_byte_it_keeps_the_records_that_were_whole(path: Path) -> None:
    raw = path.read_bytes()
    seen = set()
    for end in range(len(raw)):
        path.write_bytes(raw[:end])
        try:
            found = read(path)
        except SealedFileError:
            assert not seen, "a file that was readable is not any more"
            continue
        assert found == RECORDS[: len(found)]
        seen.add(len(found))
        log = SealedLog.open(path, KEY)
        list(log.records())
        log.append(b"later")
        log.close()
        assert read(path) == [*found, b"later"]
    assert seen == {0, 1, 2, 3}


def test_a_flipped_bit_before_the_last_record_is_damage_and_never_a_shorter_file(
    path: Path,
) -> None:
    raw = path.read_bytes()
    last = len(raw) - (8 + 12 + 4 + 16)
    for at in range(8, last):
        changed = bytearray(raw)
        changed[at] ^= 1
        path.write_bytes(bytes(changed))
        with pytest.raises(SealedFileError):
            read(path)


def test_a_tail_of_zeros_is_what_a_power_cut_leaves(path: Path) -> None:
    path.write_bytes(path.read_bytes() + bytes(500))
    assert read(path) == RECORDS


def test_records_cannot_be_swapped(path: Path, tmp_path: Path) -> None:
    log = SealedLog.create(tmp_path / "pair", KEY, {})
    start = log.size
    log.append(b"aaaa")
    middle = log.size
    log.append(b"bbbb")
    log.append(b"last")
    log.close()
    raw = (tmp_path / "pair").read_bytes()
    size = middle - start
    swapped = raw[:start] + raw[middle : middle + size] + raw[start:middle] + raw[middle + size :]
    (tmp_path / "pair").write_bytes(swapped)
    with pytest.raises(SealedFileError):
        read(tmp_path / "pair")


def test_a_full_disk_leaves_no_half_record_behind(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = SealedLog.open(path, KEY)
    list(log.records())
    real = os.pwrite

    def full(fd: int, data: bytes, at: int) -> int:
        real(fd, bytes(data)[:30], at)
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(sealed_log.os, "pwrite", full)
    with pytest.raises(OSError, match="no space"):
        log.append(b"x" * 4000)
    monkeypatch.setattr(sealed_log.os, "pwrite", real)
    log.append(b"small")
    log.close()
    assert read(path) == [*RECORDS, b"small"]
