"""Layers: scanned and probed ones answer alike, and removed rows stay out."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index_samples import flipped, random_hashes
from staydown.errors import SnapshotDamagedError, ThresholdError
from staydown.index.exhaustive import search_exhaustive
from staydown.index.layers import Layer, LayerSearch, as_words, dead_map, is_dead, mark_dead
from staydown.index.plan import PIECE_CHOICES
from staydown.index.tables import build_tables


def crowded(seed: int, count: int) -> np.ndarray:
    """Near copies of few hashes, so that buckets are full and distances small."""
    rng, ones = np.random.default_rng(seed), random_hashes(seed, 5)
    return np.array([flipped(rng, ones[k % 5], int(rng.integers(0, 70))) for k in range(count)])


def wanted(bank, gone, query, max_bits):
    rows, bits = search_exhaustive(query, bank, max_bits=max_bits)
    keep = ~np.isin(rows, gone)
    return rows[keep].tolist(), bits[keep].tolist()


@pytest.fixture
def no_scans(monkeypatch):
    """Probe wherever there is a plan, also where a scan would be quicker."""
    monkeypatch.setattr("staydown.index.layers.is_scan_cheaper", lambda *_: False)


@pytest.mark.parametrize("pieces", PIECE_CHOICES)
@pytest.mark.parametrize("max_bits", [0, 1, 11, 12, 13, 15, 16, 24, 31, 32, 47, 48, 60, 256])
def test_tables_of_every_shape_find_what_a_scan_finds_at_every_radius(no_scans, pieces, max_bits):
    bank = crowded(1, 1500)
    tables = build_tables(as_words(bank), pieces=pieces)
    dead = dead_map(1500)
    gone = np.arange(0, 1500, 7)
    mark_dead(dead, gone)
    search = LayerSearch((Layer(bank, 0, tables, dead),))
    for query in (bank[0], bank[3], random_hashes(2, 1)[0]):
        _, rows, bits = search.search(query[None], max_bits)
        assert (rows.tolist(), bits.tolist()) == wanted(bank, gone, query, max_bits)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    sizes=st.lists(st.sampled_from([0, 1, 33, 64, 500]), min_size=1, max_size=5),
    max_bits=st.integers(0, 80),
    data=st.data(),
)
def test_many_layers_are_searched_as_one(seed, sizes, max_bits, data):
    bank = crowded(seed, sum(sizes)) if sum(sizes) else random_hashes(0, 0)
    layers, base, gone = [], 0, []
    for size in sizes:
        hashes = bank[base : base + size]
        tables = build_tables(as_words(hashes)) if data.draw(st.booleans()) else None
        dead = dead_map(size) if data.draw(st.booleans()) else None
        if dead is not None and size:
            rows = np.arange(0, size, 3)
            mark_dead(dead, rows)
            gone += (rows + base).tolist()
        layers.append(Layer(hashes, base, tables, dead))
        base += size
    queries = np.concatenate([bank[:2], random_hashes(seed, 1)])
    query, rows, bits = LayerSearch(tuple(layers)).search(queries, max_bits)
    for number, one in enumerate(queries):
        mine = query == number
        assert (rows[mine].tolist(), bits[mine].tolist()) == wanted(bank, gone, one, max_bits)


def test_hits_come_by_query_and_then_by_row_also_from_a_batch_in_parts():
    bank = crowded(3, 900)
    search = LayerSearch(
        (Layer(bank[:400], 0, build_tables(as_words(bank[:400]))), Layer(bank[400:], 400))
    )
    query, rows, bits = search.search(bank[:333], 40, threads=2)
    one_by_one = [search.search(bank[k : k + 1], 40) for k in range(333)]
    assert rows.tolist() == [r for hits in one_by_one for r in hits[1].tolist()]
    assert bits.tolist() == [b for hits in one_by_one for b in hits[2].tolist()]
    pairs = list(zip(query.tolist(), rows.tolist(), strict=True))
    assert pairs == sorted(set(pairs))


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    max_bits=st.integers(0, 60),
    sure=st.lists(st.integers(0, 60), min_size=3, max_size=3),
    pieces=st.sampled_from(PIECE_CHOICES),
)
def test_up_to_the_sure_distance_nothing_is_missed_and_beyond_it_nothing_wrong(
    seed, max_bits, sure, pieces
):
    bank = crowded(seed, 600)
    search = LayerSearch((Layer(bank, 0, build_tables(as_words(bank), pieces=pieces)),))
    queries = np.concatenate([bank[:2], random_hashes(seed, 1)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("staydown.index.layers.is_scan_cheaper", lambda *_: False)
        query, rows, bits = search.search(queries, max_bits, sure_bits=tuple(sure))
    assert query.tolist() == sorted(query.tolist())
    for number, one in enumerate(queries):
        mine = query == number
        found = set(zip(rows[mine].tolist(), bits[mine].tolist(), strict=True))
        everything = set(zip(*wanted(bank, [], one, max_bits), strict=True))
        certain = {pair for pair in everything if pair[1] <= sure[number]}
        assert len(found) == mine.sum()
        assert certain <= found <= everything


def test_answers_are_not_overwritten_by_the_next_search():
    bank = crowded(4, 500)
    search = LayerSearch((Layer(bank, 0),))
    first = search.search(bank[:5], 60)
    kept = [column.copy() for column in first]
    search.search(random_hashes(5, 5), 256)
    assert all(np.array_equal(a, b) for a, b in zip(first, kept, strict=True))


@given(st.integers(1, 200), st.data())
def test_marked_rows_are_dead_and_counted_once(count, data):
    rows = data.draw(st.lists(st.integers(0, count - 1), max_size=20))
    dead = dead_map(count)
    assert mark_dead(dead, np.array(rows, np.int64)) == len(set(rows))
    assert mark_dead(dead, np.array(rows, np.int64)) == 0
    assert [row for row in range(count) if is_dead(dead, row)] == sorted(set(rows))
    assert not is_dead(None, 0)


def test_no_part_of_a_batch_searches_on_after_another_failed(monkeypatch):
    """The caller may then replace the file, whose pages would go from under the search."""
    search = LayerSearch((Layer(crowded(6, 100), 0),))
    running: list[int] = []

    def part(self, described, held, span):
        if span[0] == 0:
            raise SnapshotDamagedError("damaged")
        running.append(span[0])
        time.sleep(0.05)
        running.remove(span[0])
        return (), (), ()

    monkeypatch.setattr(LayerSearch, "_run", part)
    with pytest.raises(SnapshotDamagedError):
        search.search(random_hashes(1, 64), 20, threads=2)
    assert running == []


def test_sure_distances_are_one_for_each_query():
    search = LayerSearch((Layer(crowded(7, 10), 0),))
    with pytest.raises(ThresholdError, match="2 sure distances for 3 hashes"):
        search.search(random_hashes(1, 3), 20, sure_bits=(20, 20))
