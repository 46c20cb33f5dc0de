"""Writing: whole or not at all on a full disk; files replaced keep their place and rights."""

from __future__ import annotations

import os
import resource
import stat
from contextlib import contextmanager
from threading import Thread

import pytest

from index_samples import any_fingerprint, pdq_only, photo, random_hashes
from staydown.errors import SnapshotBusyError, SnapshotError, SnapshotExistsError
from staydown.index import BankFile, HammingIndex, arrays
from staydown.index.writing import create_file, lock, unlock


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bank.sdb"


def names_in(bank: BankFile) -> list[str]:
    return [entry.entry_id for entry in bank.entries()]


@contextmanager
def full_disk(size: int):
    """Files may not grow beyond this size, as on a disk without space."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [0, 10, 64, 100, 1216, 2000, 4000])
def test_on_a_full_disk_a_change_is_done_as_a_whole_or_not_at_all(path, room):
    bank, reader = BankFile.create(path), BankFile.open(path, read_only=True)
    bank.add("a", photo(1))
    with full_disk(path.stat().st_size + room):
        with pytest.raises(SnapshotError, match=r"bank\.sdb cannot be written"):
            bank.add_many((f"n{seed}", photo(seed)) for seed in range(5))
        reader.refresh()
        assert names_in(reader) == names_in(BankFile.open(path)) == ["a"]
    bank.add("b", photo(2))
    reader.refresh()
    assert names_in(bank) == names_in(reader) == names_in(BankFile.open(path)) == ["a", "b"]
    assert bank.verify() == 2


def test_on_a_full_disk_a_segment_is_added_as_a_whole_or_not_at_all(path):
    bank = BankFile.create(path)
    bank.add("a", photo(1))
    start = path.stat().st_size
    for room in (0, 4096, 50_000, 200_000):
        with full_disk(start + room), pytest.raises(SnapshotError):
            bank.add_many((f"n{seed}", photo(seed)) for seed in range(300))
        with full_disk(start + room), pytest.raises(SnapshotError):
            bank.compact() if room == 0 else bank.add_many(
                (f"n{seed}", photo(seed)) for seed in range(300)
            )
        assert names_in(bank) == names_in(BankFile.open(path)) == ["a"]
    assert bank.add_many((f"n{seed}", photo(seed)) for seed in range(300)) == 300
    assert bank.verify() == 301
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_addition_counts_though_the_log_cannot_be_made_a_segment_for_want_of_space(
    path, monkeypatch
):
    monkeypatch.setattr("staydown.index.bankfile._LOG_RECORDS", 5)
    bank = BankFile.create(path)
    for seed in range(5):
        bank.add(f"e{seed}", pdq_only(seed))
    with full_disk(path.stat().st_size + 1000):
        bank.add("last", pdq_only(9))
    assert names_in(bank) == names_in(BankFile.open(path)) == [*(f"e{k}" for k in range(5)), "last"]
    bank.add("after", pdq_only(10))
    assert len(bank._runs) == 1
    assert len(BankFile.open(path)) == 7


def test_on_a_full_disk_a_saved_index_stays_as_it_was(tmp_path):
    path = tmp_path / "index.sdx"
    bank = random_hashes(1, 5000)
    index = HammingIndex()
    index.add([1], bank[:1])
    index.save(path)
    index.add(range(2, 5001), bank[1:])
    with full_disk(20_000), pytest.raises(SnapshotError):
        index.save(path)
    assert len(HammingIndex.open(path)) == 1
    shared = HammingIndex.open(path, shared=True)
    with full_disk(path.stat().st_size + 100), pytest.raises(SnapshotError):
        shared.add(range(2, 5001), bank[1:])
    assert len(shared) == len(HammingIndex.open(path)) == 1
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_places_that_cannot_be_written_are_named(tmp_path):
    for wrong in (tmp_path / "none" / "x", "/proc/x.sdb", "/", tmp_path / ("x" * 300)):
        with pytest.raises(SnapshotError, match=r"cannot be written|want a file"):
            BankFile.create(wrong)
        with pytest.raises(SnapshotError, match=r"cannot be written|want a file"):
            HammingIndex().save(wrong)
    with pytest.raises(SnapshotError):
        HammingIndex().save(tmp_path)
    with pytest.raises(SnapshotExistsError):
        BankFile.create(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_name_as_long_as_a_name_may_be_will_do(tmp_path):
    path = tmp_path / ("x" * 251 + ".sdb")
    bank = BankFile.create(path)
    bank.add("a", photo(1))
    bank.compact()
    assert names_in(BankFile.open(path)) == ["a"]


def test_compaction_through_a_link_replaces_the_file_and_leaves_the_link(path):
    bank = BankFile.create(path)
    bank.add("a", photo(1))
    link = path.with_name("link.sdb")
    link.symlink_to(path.name)
    linked = BankFile.open(link)
    linked.compact()
    linked.add("b", photo(2))
    assert link.is_symlink()
    bank.refresh()
    assert names_in(bank) == names_in(BankFile.open(path)) == ["a", "b"]


def test_a_shared_index_saved_under_another_spelling_of_its_path_keeps_changes_of_others(tmp_path):
    path = tmp_path / "index.sdx"
    HammingIndex().save(path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to(path)
    bank = random_hashes(1, 3)
    for number, other in enumerate((tmp_path / "sub" / ".." / "index.sdx", tmp_path / "link")):
        a, b = HammingIndex.open(path, shared=True), HammingIndex.open(path, shared=True)
        b.add([number], bank[number : number + 1])
        a.save(other)
        assert len(HammingIndex.open(path)) == number + 1
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_that_is_replaced_keeps_its_rights(path, mode):
    bank = BankFile.create(path)
    path.chmod(mode)
    bank.compact()
    assert stat.S_IMODE(path.stat().st_mode) == mode
    HammingIndex().save(index := path.with_name("index.sdx"))
    assert stat.S_IMODE(index.stat().st_mode) == 0o600
    index.chmod(mode)
    HammingIndex().save(index)
    assert stat.S_IMODE(index.stat().st_mode) == mode


def test_threads_that_save_to_one_path_leave_one_whole_file(tmp_path):
    path = tmp_path / "index.sdx"
    made = []
    for k in range(4):
        index = HammingIndex()
        index.add(range(100 * (k + 1)), random_hashes(k, 100 * (k + 1)))
        made.append(index)
    for _ in range(5):
        threads = [Thread(target=index.save, args=(path,)) for index in made]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(HammingIndex.open(path)) in (100, 200, 300, 400)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_of_many_creators_of_one_file_one_succeeds(path):
    told = []

    def create():
        try:
            create_file(path, 1, {})
            told.append("made")
        except SnapshotExistsError:
            told.append("exists")

    threads = [Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["exists"] * 7 + ["made"]
    assert len(BankFile.open(path)) == 0
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_system_may_take_fewer_bytes_at_a_time(path, monkeypatch):
    """Short writes are legal; nothing may be left out."""
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: write(fd, bytes(data)[:1000], at))
    monkeypatch.setattr(arrays, "_CHUNK", 3000)
    bank = BankFile.create(path)
    bank.add_many((f"e{seed}", any_fingerprint(seed)) for seed in range(270))
    bank.add("last", photo(1))
    bank.compact()
    monkeypatch.undo()
    assert BankFile.open(path).verify() == 271


def test_a_lock_is_waited_for(path):
    path.touch()
    first, second = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    lock(first, "it", timeout_s=0.0)
    with pytest.raises(SnapshotBusyError, match="it is being written"):
        lock(second, "it", timeout_s=0.02)
    unlock(first)
    lock(second, "it", timeout_s=0.0)
    os.close(first)
    os.close(second)


def test_what_a_killed_writer_left_beside_a_file_goes_at_the_next_compaction(path):
    bank = BankFile.create(path)
    bank.add("a", pdq_only(1))
    left, fresh, written, other = (
        path.with_name(f".{name}.new")
        for name in ("bank.sdb.11", "bank.sdb.22", "bank.sdb.33", "other.sdb.44")
    )
    for beside in (left, fresh, written, other):
        beside.write_bytes(b"half")
        if beside != fresh:
            os.utime(beside, (1, 1))
    with written.open("rb+") as being_written:
        lock(being_written.fileno(), "x", timeout_s=0)
        bank.compact()
        assert not left.exists()
        assert fresh.exists()
        assert written.exists()
        assert other.exists()
    os.utime(fresh, (1, 1))
    bank.compact()
    assert {p.name for p in path.parent.iterdir()} == {"bank.sdb", other.name}
    bank.add("b", pdq_only(2))
    assert names_in(BankFile.open(path)) == ["a", "b"]
