"""FileStore: what a reader of a growing file knows, also when it was cut short."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from index_samples import any_fingerprint, pdq_only, photo
from staydown.errors import SnapshotDamagedError
from staydown.index import BankFile
from staydown.index.container import ADD, REMOVE, SEGMENT
from staydown.index.segment import Segment
from staydown.index.writing import append_records
from staydown.types import SignalType


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bank.sdb"


def names_in(bank: BankFile) -> list[str]:
    return [entry.entry_id for entry in bank.entries()]


def pdq_row(fingerprint) -> np.ndarray:
    return np.frombuffer(fingerprint.get(SignalType.PDQ).raw, np.uint8)[None]


def test_a_writer_keeps_what_another_added_though_size_and_time_look_the_same(path):
    """A torn record as long as the one that takes its place, within one tick of the clock."""
    with BankFile.create(path) as bank:
        empty = path.stat().st_size
        bank.add("a", photo(1))
        size = path.stat().st_size - empty
    path.unlink()
    BankFile.create(path).close()
    with path.open("ab") as torn:
        torn.write(b"\7" * size)
    a, b = BankFile.open(path), BankFile.open(path)
    before = path.stat()
    a.add("a", photo(1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    b.add("b", photo(2))
    assert names_in(BankFile.open(path)) == ["a", "b"]


def test_a_reader_looks_again_where_bytes_stood_after_the_last_whole_record(path):
    """A segment has its full size before its header is written: the stamp alone would lie."""
    with BankFile.create(path) as bank:
        bank.add_many((f"e{seed}", photo(seed)) for seed in range(256))
        start = bank._runs[0][0].start
    whole = path.read_bytes()
    path.write_bytes(whole[:start] + bytes(64) + whole[start + 64 :])
    with path.open("r+b") as file:  # the mark of the end is written after the header, too
        file.seek(256)
        file.write(whole[256:276])
        file.seek(512)
        file.write(bytes(20))
    reader = BankFile.open(path, read_only=True)
    assert len(reader) == 0
    before = path.stat()
    path.write_bytes(whole)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert reader.refresh() is True
    assert len(reader) == 256


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_a_reading_that_was_cut_short_is_done_again_from_the_start(path, monkeypatch, error):
    """Removals name entry numbers: one entry too few, and the wrong one would be removed."""
    a, b = BankFile.create(path), BankFile.open(path)
    for seed in range(4):
        a.add(f"e{seed}", any_fingerprint(seed))
    calls = []

    def cut_short(entry):
        calls.append(entry)
        if len(calls) == 2:
            raise error
        append(entry)

    append = b._append
    monkeypatch.setattr(b, "_append", cut_short)
    with pytest.raises(error):
        b.refresh()
    monkeypatch.setattr(b, "_append", append)
    b.remove("e2")
    for bank in (b, BankFile.open(path)):
        assert names_in(bank) == ["e0", "e1", "e3"]
        assert bank.fingerprint("e3") == any_fingerprint(3)


def test_an_addition_that_was_cut_short_after_its_fsync_is_there(path, monkeypatch):
    bank = BankFile.create(path)
    bank.add("a", photo(1))

    def cut_short(records):
        if records:
            raise KeyboardInterrupt

    take_in = bank._take_in
    monkeypatch.setattr(bank, "_take_in", cut_short)
    with pytest.raises(KeyboardInterrupt):
        bank.add("b", photo(2))
    monkeypatch.setattr(bank, "_take_in", take_in)
    bank.add("c", photo(3))
    bank.remove("b")
    assert names_in(bank) == names_in(BankFile.open(path)) == ["a", "c"]


def test_a_file_found_damaged_is_refused_again_and_again_until_it_is_whole(path):
    bank, reader = BankFile.create(path), BankFile.open(path, read_only=True)
    bank.add("a", photo(1))
    bank.add("b", photo(2))
    whole = path.read_bytes()
    wrong = bytearray(whole)
    wrong[-300] ^= 1
    path.write_bytes(wrong)
    for _ in range(3):
        with pytest.raises(SnapshotDamagedError):
            reader.refresh()
    path.write_bytes(whole)
    assert reader.refresh() is True
    assert names_in(reader) == ["a", "b"]
    assert reader.refresh() is False
    assert len(reader.search_pdq(pdq_row(photo(2)), max_bits=0).entry) == 1


def forge(path, records) -> None:
    """Append records whose checksums are right, whatever they say."""
    with BankFile.open(path) as bank:
        f = bank._log_file
        f.commit(append_records(f.fd, f.header, f.end, records))


FORGED = [
    (ADD, {}, b""),
    (ADD, {"id": "x", "meta": ""}, b"nonsense"),
    (ADD, {"id": "", "meta": ""}, photo(1).to_bytes()),
    (ADD, {"id": 7, "meta": ""}, photo(1).to_bytes()),
    (ADD, {"id": "x", "meta": 5}, photo(1).to_bytes()),
    (ADD, {"id": "x", "meta": "[1]"}, photo(1).to_bytes()),
    (ADD, {"id": "x" * 2000, "meta": ""}, photo(1).to_bytes()),
    (REMOVE, {}, b""),
    (REMOVE, {"entry": "x"}, b""),
    (REMOVE, {"entry": 2**70}, b""),
    (REMOVE, {"entry": None}, b""),
    (SEGMENT, {"arrays": [], "meta": {}}, b""),
    (SEGMENT, {"arrays": [], "meta": 3}, b""),
    (SEGMENT, {"arrays": [], "meta": {"first": 0, "covers_from": 4096, "tables": {}}}, b""),
    (SEGMENT, {"arrays": [], "meta": {"first": float("inf"), "covers_from": 10**9}}, b""),
    (SEGMENT, {"arrays": [], "meta": {"first": 0, "covers_from": float("inf")}}, b""),
]


@pytest.mark.parametrize("record", FORGED, ids=range(len(FORGED)))
def test_a_forged_record_is_refused_as_damage(path, record):
    BankFile.create(path).add("a", photo(1))
    forge(path, [record])
    with pytest.raises(SnapshotDamagedError):
        BankFile.open(path)


def test_a_record_of_a_kind_that_is_not_known_is_passed_over(path):
    BankFile.create(path).add("a", photo(1))
    forge(path, [(77, {"new": 1}, b"of a later version"), (0, {}, b"")])
    bank = BankFile.open(path)
    bank.add("b", photo(2))
    assert names_in(BankFile.open(path)) == ["a", "b"]


@pytest.mark.parametrize("entry", [-1, 1, 2**40])
def test_a_removal_of_a_number_that_is_not_there_changes_nothing(path, entry):
    BankFile.create(path).add("a", photo(1))
    forge(path, [(REMOVE, {"entry": entry}, b"")])
    assert names_in(BankFile.open(path)) == ["a"]


def join_more(bank: BankFile) -> None:
    bank.add_many((f"n{seed}", photo(seed)) for seed in range(300))


@pytest.mark.parametrize("act", [BankFile.compact, join_more])
def test_damage_is_not_written_anew_under_a_right_checksum(path, monkeypatch, act):
    """In segments too large to be checked at opening, a flipped bit may sleep for long."""
    with BankFile.create(path) as bank:
        bank.add_many((f"e{seed}", photo(seed)) for seed in range(300))
        raw = bytearray(path.read_bytes())
    raw[raw.index(photo(150).get(SignalType.PDQ).raw)] ^= 1
    path.write_bytes(raw)
    monkeypatch.setattr("staydown.index.arrays.CHECK_AT_OPEN", 0)
    bank = BankFile.open(path)
    with pytest.raises(SnapshotDamagedError):
        act(bank)
    assert path.read_bytes() == raw


@pytest.mark.parametrize("order", ["removals last", "mixed", "twice the same id"])
def test_many_removals_are_taken_in_at_once_and_in_order(path, monkeypatch, order):
    """Each change of a long segment copies its bit maps: one by one, opening would take minutes."""
    with BankFile.create(path) as bank:
        bank.add_many((f"m{seed}", pdq_only(seed)) for seed in range(300))
        for k in range(40):
            name = f"e{k}" if order != "twice the same id" else "e"
            if order != "removals last":
                bank.remove(f"m{k}")
            bank.add(name, pdq_only(500 + k))
            if k % 2 and order == "mixed":
                bank.remove(f"e{k - 1}")
            if order == "twice the same id" and k < 39:
                bank.remove("e")
        if order == "removals last":
            for k in range(40):
                bank.remove(f"m{k}")
        want = names_in(bank)
    calls = []
    without = Segment.without

    def counted(segment, entries):
        if len(segment) == 300:
            calls.append(len(entries))
        return without(segment, entries)

    monkeypatch.setattr(Segment, "without", counted)
    with BankFile.open(path) as bank:
        assert names_in(bank) == want
        assert sum(calls) == 40
        assert len(calls) <= (1 if order == "removals last" else 40)
        for name in want:
            assert name in bank
        assert ("m5" in bank) is False


def test_a_follower_lets_go_of_files_that_were_compacted_away(path):
    """Otherwise each nightly compaction would keep another copy of the bank on the disk."""
    writer = BankFile.create(path)
    writer.add_many((f"m{seed}", pdq_only(seed)) for seed in range(300))
    reader = BankFile.open(path, read_only=True)
    numbers = []
    for _ in range(8):
        numbers.append(int(reader.search_pdq(pdq_row(pdq_only(7)), max_bits=0).entry[0]))
        writer.compact()
        assert reader.refresh() is True
    gone = f"{path} (deleted)"
    held = [line for line in Path("/proc/self/maps").read_text().splitlines() if gone in line]
    assert len(held) <= 2 * 3  # the writer's and the reader's
    assert [reader.entry_id(n) for n in numbers[-3:]] == ["m7"] * 3
    with pytest.raises(IndexError):
        reader.entry_id(numbers[0])


def test_a_writer_reads_on_even_where_no_stamp_tells_of_a_change(path, monkeypatch):
    """What stands after the known end is cut off, so the known end must be the true one."""
    a, b = BankFile.create(path), BankFile.open(path)
    a.add("a", photo(1))
    monkeypatch.setattr(b._log_file, "is_changed", lambda: False)
    b.add("b", photo(2))
    assert names_in(b) == names_in(BankFile.open(path)) == ["a", "b"]
