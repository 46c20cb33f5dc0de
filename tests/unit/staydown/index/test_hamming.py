"""HammingIndex returns what an exhaustive search returns."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staydown.errors import EntryIdError, HashShapeError, ThresholdError
from staydown.index import HammingIndex, search_exhaustive


def hashes_of(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def flipped(rng: np.random.Generator, one: np.ndarray, bits: int) -> np.ndarray:
    mask = np.zeros(256, np.uint8)
    mask[rng.choice(256, bits, replace=False)] = 1
    return one ^ np.packbits(mask)


def wanted(queries: np.ndarray, bank: np.ndarray, max_bits: int) -> list[tuple[int, int, int]]:
    out = []
    for row, query in enumerate(queries):
        near, bits = search_exhaustive(query, bank, max_bits=max_bits)
        out += [(row, int(n), int(b)) for n, b in zip(near, bits, strict=True)]
    return out


def found(index: HammingIndex, queries: np.ndarray, max_bits: int) -> list[tuple[int, int, int]]:
    rows, ids, bits = index.search(queries, max_bits=max_bits)
    assert (rows.dtype, bits.dtype) == (np.int64, np.uint16)
    return list(zip(rows.tolist(), ids.tolist(), bits.tolist(), strict=True))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.sampled_from([0, 1, 70, 3000, 9000]),
    max_bits=st.integers(0, 256),
    clumped=st.booleans(),
)
def test_agrees_with_exhaustive_search(seed, count, max_bits, clumped):
    rng = np.random.default_rng(seed)
    bank = hashes_of(seed, count)
    if clumped and count:  # many near copies of few hashes, so that buckets are crowded
        bank = np.array([flipped(rng, bank[i % 7], int(rng.integers(0, 40))) for i in range(count)])
    index = HammingIndex()
    for part in np.array_split(np.arange(count), 4):
        index.add(part, bank[part])
    queries = [flipped(rng, bank[rng.integers(count)], b) for b in (0, 9, 31)] if count else []
    queries = np.array([*queries, hashes_of(seed + 1, 1)[0]])
    assert found(index, queries, max_bits) == wanted(queries, bank, max_bits)


@pytest.mark.parametrize("max_bits", [0, 3, 14, 15, 19, 24, 31, 32, 45])
def test_finds_hashes_at_every_distance_up_to_the_radius_and_none_beyond(max_bits):
    rng = np.random.default_rng(max_bits)
    one = hashes_of(1, 1)[0]
    bank = np.concatenate([[flipped(rng, one, b) for b in range(257)], hashes_of(2, 5000)])
    index = HammingIndex()
    index.add(range(len(bank)), bank)
    assert [b for _, _, b in found(index, one[None], max_bits)] == list(range(max_bits + 1))


def test_a_batch_on_all_cores_equals_one_query_at_a_time():
    bank, queries = hashes_of(3, 20_000), hashes_of(4, 100)
    queries[::2] = bank[:50]
    index = HammingIndex()
    index.add(range(len(bank)), bank)
    batch = found(index, queries, 90)
    assert len(batch) > 50
    assert batch == wanted(queries, bank, 90)


def test_added_hashes_are_found_and_removed_ones_are_not():
    bank = hashes_of(5, 6000)
    index = HammingIndex()
    index.add(range(5000), bank[:5000])
    index.add(range(5000, 6000), bank[5000:])
    assert index.remove([7, 5999, 123456]) == 2
    assert index.remove([7]) == 0
    assert len(index) == 5998
    assert found(index, bank[[7, 8, 5999]], 0) == [(1, 8, 0)]
    index.add([7], bank[7:8])
    assert found(index, bank[7], 0) == [(0, 7, 0)]


def test_removal_survives_the_joining_of_segments():
    bank = hashes_of(6, 30_000)
    index = HammingIndex()
    for part in np.array_split(np.arange(30_000), 30):
        index.add(part, bank[part])
        index.remove(part[:3])
    gone = {int(i) for part in np.array_split(np.arange(30_000), 30) for i in part[:3]}
    hits = found(index, bank, 0)
    assert [i for _, i, _ in hits] == [i for i in range(30_000) if i not in gone]


def test_string_ids_come_back_as_strings():
    bank = hashes_of(7, 5000)
    index = HammingIndex()
    index.add([f"é{i}" for i in range(5000)], bank)
    index.add(["x", "x"], hashes_of(8, 2))
    assert found(index, bank[42], 10) == [(0, "é42", 0)]
    assert index.remove(["x", "é42"]) == 3
    assert found(index, bank[42], 10) == []


def test_more_hits_than_the_first_room_holds_are_all_returned():
    index = HammingIndex()
    index.add(range(20_000), np.zeros((20_000, 32), np.uint8))
    assert len(found(index, np.zeros((3, 32), np.uint8), 31)) == 60_000


def test_refuses_what_it_cannot_use():
    index = HammingIndex()
    with pytest.raises(HashShapeError):
        HammingIndex(bits=64)
    with pytest.raises(HashShapeError):
        index.add([1], np.zeros((1, 31), np.uint8))
    with pytest.raises(HashShapeError):
        index.search(np.zeros((1, 32), np.int8), max_bits=3)
    with pytest.raises(ThresholdError):
        index.search(np.zeros((1, 32), np.uint8), max_bits=257)
    with pytest.raises(EntryIdError):
        index.add([1, 2], np.zeros((1, 32), np.uint8))
    for ids in (["a", 1], [2**63], [1.5], [""], [True], "a"):
        with pytest.raises(EntryIdError):
            index.add(ids, np.zeros((len(ids), 32), np.uint8))
    index.add([1], np.zeros((1, 32), np.uint8))
    with pytest.raises(EntryIdError):
        index.add(["a"], np.zeros((1, 32), np.uint8))


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_a_joining_of_segments_that_is_cut_short_loses_nothing(monkeypatch, error):
    bank = hashes_of(9, 9000)
    index = HammingIndex()
    index.add(range(5000), bank[:5000])

    def cut_short(parts, threads):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("staydown.index.hamming._make_segment", cut_short)
        with pytest.raises(error):
            index.add(range(5000, 9000), bank[5000:])
    assert len(index) == 5000
    assert [i for _, i, _ in found(index, bank, 0)] == list(range(5000))
    index.add(range(5000, 9000), bank[5000:])
    assert [i for _, i, _ in found(index, bank, 0)] == list(range(9000))


@pytest.mark.parametrize("act", [pickle.dumps, copy.copy, copy.deepcopy])
def test_an_index_is_neither_pickled_nor_copied(act):
    with pytest.raises(TypeError):
        act(HammingIndex())


@pytest.mark.parametrize("max_bits", [np.uint8(255), np.uint8(31), np.int8(127), np.int64(90)])
def test_a_radius_of_a_narrow_type_finds_what_the_same_integer_finds(max_bits):
    bank = hashes_of(10, 3000)
    index = HammingIndex()
    index.add(range(3000), bank)
    assert found(index, bank[:2], max_bits) == wanted(bank[:2], bank, int(max_bits))
    assert found(index, bank[:2], int(max_bits)) == wanted(bank[:2], bank, int(max_bits))


@pytest.mark.parametrize("hashes", [None, [[0] * 32], bytes(32), np.zeros((2, 2, 32), np.uint8)])
def test_queries_that_are_no_rows_of_hashes_are_refused(hashes):
    with pytest.raises(HashShapeError):
        HammingIndex().search(hashes, max_bits=3)


def test_queries_of_any_layout_in_memory_are_read_rightly():
    bank = hashes_of(11, 3000)
    index = HammingIndex()
    index.add(range(3000), bank)
    for view in (bank[::-7], np.asfortranarray(bank[:40]), bank[:1, :], bank[:0]):
        assert found(index, view, 40) == wanted(view, bank, 40)
    wide = np.zeros((9, 64), np.uint8)
    wide[:, 16:48] = bank[:9]
    assert found(index, wide[:, 16:48], 0) == wanted(bank[:9], bank, 0)
    index.add(range(3000, 3009), wide[:, 16:48])
    assert len(found(index, bank[:9], 0)) == 18


def test_batches_of_many_sizes_share_one_pool_of_threads():
    from staydown.index import layers

    bank = hashes_of(12, 3000)
    index = HammingIndex()
    index.add(range(3000), bank)
    layers._pools.clear()
    for size in range(16, 64, 5):
        rows = index.search(bank[:size], max_bits=0, threads=3)[0]
        assert rows.tolist() == list(range(size))
    assert len(layers._pools) == 1
    assert index.search(bank[:100], max_bits=0, threads=-1)[0].tolist() == list(range(100))


@pytest.mark.parametrize(
    "ids",
    [
        [-(2**63), 2**63 - 1],
        np.array([7, 8], np.uint64),
        np.array([3, 4], np.int8),
        range(2),
        (5, 6),
    ],
)
def test_integer_ids_of_any_kind_come_back(ids):
    index = HammingIndex()
    index.add(ids, hashes_of(13, 2))
    assert [i for _, i, _ in found(index, hashes_of(13, 2), 0)] == [int(i) for i in ids]
    assert index.remove(ids) == 2
    assert len(index) == 0


@pytest.mark.parametrize(
    "ids", [np.array(["a", "\0b"]), ["\U0001f600", "\u0301"], ["x" * 1024, " "]]
)
def test_string_ids_of_any_kind_come_back(ids):
    index = HammingIndex()
    index.add(ids, hashes_of(14, 2))
    assert [i for _, i, _ in found(index, hashes_of(14, 2), 0)] == [str(i) for i in ids]
    assert index.remove(ids) == 2


def test_one_id_may_stand_for_several_hashes_that_go_together():
    bank = hashes_of(15, 5000)
    index = HammingIndex()
    index.add([7] * 4000, bank[:4000])
    index.add([7] * 500 + [8] * 500, bank[4000:])
    assert {i for _, i, _ in found(index, bank[[0, 3999, 4100]], 0)} == {7}
    assert index.remove([7, 7]) == 4500
    assert [i for _, i, _ in found(index, bank, 0)] == [8] * 500


def test_all_may_be_removed_and_added_anew():
    bank = hashes_of(16, 5000)
    index = HammingIndex()
    for _ in range(3):
        index.add(range(5000), bank)
        assert index.remove(range(5000)) == 5000
        assert found(index, bank[:3], 256) == []
    index.add(["now", "text"][:0], bank[:0])
    index.add(range(3), bank[:3])
    assert len(index) == 3


def test_what_the_caller_changes_later_changes_nothing():
    bank, ids = hashes_of(17, 3000), np.arange(3000)
    kept = bank.copy()
    index = HammingIndex()
    index.add(ids[:10], bank[:10])
    index.add(ids[10:], bank[10:])
    bank[:], ids[:] = 0, 0
    assert [i for _, i, _ in found(index, kept, 0)] == list(range(3000))
