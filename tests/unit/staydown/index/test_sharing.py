"""A saved HammingIndex: mapped, shared between openers, refused where damaged."""

from __future__ import annotations

import numpy as np
import pytest

from index_samples import random_hashes
from staydown.errors import (
    EntryIdError,
    SnapshotDamagedError,
    SnapshotError,
    SnapshotForeignError,
    SnapshotMissingError,
)
from staydown.index import BankFile, HammingIndex
from staydown.index.container import ADD, REMOVE, SEGMENT
from staydown.index.writing import append_records


def ids_near(index: HammingIndex, query: np.ndarray, max_bits: int = 0) -> list:
    return index.search(query, max_bits=max_bits)[1].tolist()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "index.sdx"


@pytest.mark.parametrize("text", [False, True])
def test_a_saved_index_answers_as_before(path, text):
    bank = random_hashes(1, 9000)
    ids = [f"é{i}" for i in range(9000)] if text else list(range(9000))
    index = HammingIndex()
    for part in np.array_split(np.arange(9000), 7):
        index.add([ids[i] for i in part], bank[part])
    index.remove(ids[5:8])
    index.save(path)
    again = HammingIndex.open(path)
    assert len(again) == len(index) == 8997
    for max_bits in (0, 31, 90):
        a = index.search(bank[:50], max_bits=max_bits)
        b = again.search(bank[:50], max_bits=max_bits)
        assert [x.tolist() for x in a] == [x.tolist() for x in b]
    again.remove(ids[:1])
    again.add(["new"] if text else [-1], bank[:1])
    assert ids_near(again, bank[0]) == (["new"] if text else [-1])
    assert ids_near(HammingIndex.open(path), bank[0]) == ids[:1]


def test_an_empty_index_is_saved_and_opened(path):
    HammingIndex().save(path)
    index = HammingIndex.open(path)
    assert len(index) == 0
    assert ids_near(index, random_hashes(1, 1)) == []
    index.add(["a"], random_hashes(1, 1))
    assert ids_near(index, random_hashes(1, 1)) == ["a"]


def test_changes_of_one_opener_are_found_by_another(path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("staydown.index.sharing.time.monotonic", lambda: now[0])
    bank = random_hashes(2, 6000)
    index = HammingIndex()
    index.add(range(5000), bank[:5000])
    index.save(path)
    a = HammingIndex.open(path, shared=True)
    b = HammingIndex.open(path, shared=True, read_only=True)
    a.add(range(5000, 6000), bank[5000:])
    assert ids_near(a, bank[5999]) == [5999]
    now[0] += 1
    assert ids_near(b, bank[5999]) == [5999]
    assert a.remove([5999, 3, 77777]) == 2
    now[0] += 1
    assert ids_near(b, bank[[3, 4, 5999]]) == [4]
    assert len(a) == len(b) == len(HammingIndex.open(path)) == 5998
    with pytest.raises(SnapshotError, match="reading"):
        b.add([1], bank[:1])


def test_a_shared_index_can_be_made_compact_by_saving_it_in_place(path):
    HammingIndex().save(path)
    a, b = HammingIndex.open(path, shared=True), HammingIndex.open(path, shared=True)
    bank = random_hashes(3, 60)
    for i in range(50):
        (a, b)[i % 2].add([f"n{i}"], bank[i : i + 1])
    b.remove(["n7"])
    a.save(path)
    b.add(["late"], bank[50:51])
    a.refresh()
    for index in (a, b, HammingIndex.open(path)):
        assert len(index) == 50
        assert ids_near(index, bank[[7, 8, 50]]) == ["n8", "late"]


def test_ids_of_another_kind_are_refused_before_anything_is_written(path):
    HammingIndex().save(path)
    a = HammingIndex.open(path, shared=True)
    a.add([1], random_hashes(1, 1))
    with pytest.raises(EntryIdError):
        a.add(["x"], random_hashes(1, 1))
    assert len(HammingIndex.open(path)) == 1


def test_says_what_is_wrong_with_a_path(path):
    with pytest.raises(SnapshotMissingError):
        HammingIndex.open(path)
    BankFile.create(path).close()
    with pytest.raises(SnapshotForeignError, match="bank"):
        HammingIndex.open(path)
    path.write_text("hello")
    with pytest.raises(SnapshotForeignError):
        HammingIndex.open(path)


def test_a_row_number_outside_the_table_ends_in_an_error(path, monkeypatch):
    monkeypatch.setattr("staydown.index.arrays.CHECK_AT_OPEN", 0)
    index = HammingIndex()
    index.add(range(50_000), random_hashes(4, 50_000))
    index.save(path)
    raw = np.frombuffer(path.read_bytes(), np.uint8).copy()
    for name, width in (("rows", 3), ("offsets", 4)):
        layer = index._sealed[0][0]
        needle = getattr(layer.tables, name).tobytes()[:4000]
        at = raw.tobytes().index(needle)
        wrong = raw.copy()
        wrong[at : at + width * 50_000] = 255
        path.write_bytes(wrong)
        damaged = HammingIndex.open(path)
        with pytest.raises(SnapshotDamagedError, match=r"index\.sdx"):
            damaged.search(random_hashes(4, 200), max_bits=31)


def test_a_reading_that_was_cut_short_is_done_again_from_the_start(path, monkeypatch):
    HammingIndex().save(path)
    a, b = HammingIndex.open(path, shared=True), HammingIndex.open(path, shared=True)
    bank = random_hashes(5, 3)
    for i in range(3):
        a.add([i], bank[i : i + 1])

    def cut_short(record):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(b._shared, "unpacked", cut_short)
        with pytest.raises(KeyboardInterrupt):
            b.refresh()
    assert b.refresh() is True
    assert b.refresh() is False
    assert ids_near(b, bank) == [0, 1, 2]
    assert len(b) == 3


FORGED = [
    (ADD, {}, b""),
    (ADD, {"count": 1, "text": False}, bytes(39)),
    (ADD, {"count": -1, "text": False}, bytes(40)),
    (ADD, {"count": 2**70, "text": False}, bytes(40)),
    (ADD, {"count": 1, "text": True}, bytes(32) + b"\x09" + bytes(7) + b"ab"),
    (ADD, {"count": 2, "text": True}, bytes(64) + b"\x02" + bytes(7) + b"\x01" + bytes(7) + b"a"),
    (ADD, {"count": 1, "text": True}, bytes(32) + b"\x01" + bytes(7) + b"a"),
    (REMOVE, {"count": 2, "text": False}, bytes(8)),
    (SEGMENT, {"arrays": [], "meta": {}}, b""),
    (SEGMENT, {"arrays": [], "meta": 5}, b""),
]


@pytest.mark.parametrize("record", FORGED, ids=range(len(FORGED)))
def test_a_forged_change_is_refused_as_damage(path, record):
    index = HammingIndex()
    index.add([1], random_hashes(1, 1))
    index.save(path)
    shared = HammingIndex.open(path, shared=True)
    f = shared._shared.file
    f.commit(append_records(f.fd, f.header, f.end, [record]))
    for act in (shared.refresh, lambda: HammingIndex.open(path)):
        with pytest.raises(SnapshotDamagedError):
            act()


@pytest.mark.parametrize("text", [False, True])
def test_many_removals_are_taken_in_at_once_and_in_order(path, monkeypatch, text):
    """Each removal looks through all ids: one by one, opening would take minutes."""
    bank = random_hashes(6, 3000)
    ids = [f"n{i}" for i in range(3000)] if text else list(range(3000))
    index = HammingIndex()
    index.add(ids, bank)
    index.save(path)
    shared = HammingIndex.open(path, shared=True)
    for i in range(30):
        shared.remove(ids[i : i + 1])
    shared.remove([3] if text else ["x"])
    shared.add(ids[5:6], bank[5:6])
    for i in range(40, 50):
        shared.remove(ids[i : i + 1])
    calls = []
    apply = HammingIndex._apply_remove
    monkeypatch.setattr(
        HammingIndex, "_apply_remove", lambda self, c: calls.append(len(c)) or apply(self, c)
    )
    again = HammingIndex.open(path)
    assert sorted(calls) == [1, 10, 30]
    want = [ids[i] for i in [5, *range(30, 40), *range(50, 60)]]
    found = again.search(bank[[5, *range(30, 60)]], max_bits=0)[1].tolist()
    assert found == shared.search(bank[[5, *range(30, 60)]], max_bits=0)[1].tolist() == want
    assert len(again) == len(shared) == 3000 - 39


def test_a_closed_shared_index_answers_and_refuses_changes(path):
    HammingIndex().save(path)
    index = HammingIndex.open(path, shared=True)
    rows = random_hashes(1, 2)
    index.add([1], rows[:1])
    index.close()
    index.close()
    for change in (lambda: index.add([2], rows[1:]), lambda: index.remove([1])):
        with pytest.raises(SnapshotError, match="was closed"):
            change()
    assert ids_near(index, rows[0]) == [1]
    assert len(index) == len(HammingIndex.open(path)) == 1


def test_an_index_that_was_only_read_from_a_file_may_be_closed_and_changed(path):
    HammingIndex().save(path)
    index = HammingIndex.open(path)
    index.close()
    index.add([1], random_hashes(1, 1))
    assert len(index) == 1
