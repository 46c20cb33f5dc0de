"""LogFile: which file is meant, who may write to it, and what closing and forking do."""

from __future__ import annotations

import fcntl
import os

import numpy as np
import pytest

from index_samples import photo, random_hashes
from staydown.errors import (
    SnapshotBusyError,
    SnapshotError,
    SnapshotForeignError,
    SnapshotMissingError,
)
from staydown.index import BankFile, HammingIndex
from staydown.index.container import KIND_BANK, KIND_INDEX
from staydown.index.logfile import LogFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bank.sdb"


def names_in(bank: BankFile) -> list[str]:
    return [entry.entry_id for entry in bank.entries()]


def in_a_fork(act) -> int:
    """Run ``act`` in a forked process; its exit status, 0 where nothing was raised."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_writer_is_told_that_its_file_was_deleted(path):
    bank = BankFile.create(path)
    bank.add("a", photo(1))
    path.unlink()
    with pytest.raises(SnapshotMissingError, match=r"bank\.sdb"):
        bank.add("b", photo(2))
    with pytest.raises(SnapshotMissingError):
        bank.remove("a")
    with pytest.raises(SnapshotMissingError):
        bank.compact()
    assert names_in(bank) == ["a"]
    assert bank.refresh() is False
    assert not path.exists()


def test_a_writer_follows_when_another_file_takes_the_place(path):
    bank = BankFile.create(path)
    bank.add("a", photo(1))
    other = path.with_name("other.sdb")
    BankFile.create(other).add("z", photo(9))
    other.replace(path)
    bank.add("b", photo(2))
    assert names_in(bank) == names_in(BankFile.open(path)) == ["z", "b"]


def test_a_foreign_file_at_the_place_is_refused_and_left_alone(path):
    bank = BankFile.create(path)
    bank.add("a", photo(1))
    other = path.with_name("other")
    other.write_bytes(b"something else")
    other.replace(path)
    for act in (bank.refresh, bank.compact, lambda: bank.add("b", photo(2))):
        with pytest.raises(SnapshotForeignError):
            act()
    assert path.read_bytes() == b"something else"
    assert names_in(bank) == ["a"]


def test_after_closing_changes_are_refused_and_answers_stay(path):
    bank = BankFile.create(path)
    bank.add("a", photo(1))
    bank.close()
    bank.close()
    for act in (lambda: bank.add("b", photo(2)), lambda: bank.remove("a"), bank.compact):
        with pytest.raises(SnapshotError, match="closed"):
            act()
    BankFile.open(path).add("c", photo(3))
    assert bank.refresh() is False
    assert names_in(bank) == ["a"]
    assert bank.fingerprint("a") == photo(1)


def test_a_relative_path_means_the_folder_it_was_given_in(path, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(path.parent)
    bank = BankFile.create(path.name)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    bank.add("a", photo(1))
    BankFile.open(path).add("b", photo(2))
    assert bank.refresh() is True
    bank.compact()
    assert names_in(bank) == names_in(BankFile.open(path)) == ["a", "b"]


@pytest.mark.parametrize("read_only", [False, True])
def test_pipes_devices_and_folders_are_refused_at_once(path, read_only):
    os.mkfifo(path)
    for wrong in (path, "/dev/null", "/dev/zero"):
        with pytest.raises(SnapshotForeignError, match="want a file"):
            BankFile.open(wrong, read_only=read_only)
    with pytest.raises(SnapshotError):
        BankFile.open(path.parent, read_only=read_only)


def test_a_forked_process_waits_for_the_lock_of_its_parent(path):
    bank = BankFile.create(path)
    bank.busy_timeout_s = 0.0

    def must_be_busy():
        with pytest.raises(SnapshotBusyError):
            bank.add("child", photo(2))

    with bank._log_file.writing(0.0):
        assert in_a_fork(must_be_busy) == 0
    assert in_a_fork(lambda: bank.add("child", photo(2))) == 0
    bank.add("parent", photo(1))
    assert names_in(bank) == names_in(BankFile.open(path)) == ["child", "parent"]


def test_a_forked_process_that_closes_does_not_give_the_lock_of_its_parent_away(path):
    bank = BankFile.create(path)
    with bank._log_file.writing(0.0):
        assert in_a_fork(bank.close) == 0
        with path.open("rb") as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_forked_process_reads_the_file_that_took_the_place_meanwhile(path):
    bank = BankFile.create(path)
    bank.add("a", photo(1))
    BankFile.open(path).compact()
    assert in_a_fork(lambda: bank.add("b", photo(2))) == 0
    bank.refresh()
    assert names_in(bank) == ["a", "b"]


def test_a_forked_process_searches_with_all_cores(path):
    bank = random_hashes(1, 5000)
    index = HammingIndex()
    index.add(range(5000), bank)
    want = index.search(bank[:200], max_bits=60)[1].tolist()

    def search():
        assert index.search(bank[:200], max_bits=60, threads=2)[1].tolist() == want

    search()
    assert in_a_fork(search) == 0


def test_a_bank_is_no_index_and_an_index_no_bank(path):
    BankFile.create(path).close()
    assert LogFile(path, KIND_BANK, read_only=True).end == 4096
    with pytest.raises(SnapshotForeignError, match="kind bank, want index"):
        LogFile(path, KIND_INDEX, read_only=True)


def test_a_closed_shared_index_is_searched_on_and_takes_no_changes(tmp_path):
    path = tmp_path / "index.sdx"
    HammingIndex().save(path)
    bank = random_hashes(2, 2)
    index = HammingIndex.open(path, shared=True)
    index.add([0], bank[:1])
    index.close()
    index.close()
    assert index.refresh() is False
    with pytest.raises(SnapshotError, match="was closed"):
        index.add([1], bank[1:])
    assert index.search(bank, max_bits=0)[1].tolist() == [0]
    assert len(HammingIndex.open(path)) == 1
    assert np.array_equal(HammingIndex.open(path).search(bank, max_bits=0)[1], [0])
