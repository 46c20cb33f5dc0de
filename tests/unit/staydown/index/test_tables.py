"""Tables hold every row once for each piece, in the bucket of its bits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index_samples import random_hashes
from staydown.index.layers import as_words
from staydown.index.plan import PIECE_CHOICES, offset_starts, piece_bits
from staydown.index.tables import build_tables, tables_from, tables_meta

TESTS = Path(__file__).parents[3]


def bits_of(hashes: np.ndarray) -> np.ndarray:
    """Bits in the order of the 64-bit words, lowest first; bool, shape (n, 256)."""
    return np.unpackbits(hashes, axis=1, bitorder="little").astype(bool)


def number(bits: np.ndarray) -> np.ndarray:
    return (bits.astype(np.int64) << np.arange(bits.shape[1])).sum(axis=1)


def rows_in(tables, piece: int) -> np.ndarray:
    raw = tables.rows[piece][: tables.count * tables.row_bytes].reshape(-1, tables.row_bytes)
    return (raw.astype(np.int64) << (8 * np.arange(tables.row_bytes))).sum(axis=1)


@pytest.mark.parametrize("pieces", PIECE_CHOICES)
@pytest.mark.parametrize("some", [False, True])
def test_each_bucket_holds_its_rows_and_the_bits_after_the_piece(pieces, some):
    hashes = random_hashes(1, 700)
    hashes[300:400] = hashes[0]
    chosen = np.arange(5, 700, 3, dtype=np.uint32) if some else None
    tables = build_tables(as_words(hashes), chosen=chosen, pieces=pieces, threads=2)
    want = np.arange(700) if chosen is None else chosen.astype(np.int64)
    assert tables.count == len(want)
    bits, starts = bits_of(hashes), offset_starts(pieces)
    for i, (first, size) in enumerate(piece_bits(pieces)):
        rows = rows_in(tables, i)
        assert sorted(rows.tolist()) == want.tolist()
        keys = number(bits[:, first : first + size])
        offsets = tables.offsets[starts[i] : starts[i + 1]].astype(np.int64)
        assert np.array_equal(np.repeat(np.arange(1 << size), np.diff(offsets)), keys[rows])
        after = np.roll(bits, -(first + size), axis=1)[:, :16]
        assert np.array_equal(tables.near[i][: tables.count], number(after)[rows])


def test_no_rows_make_empty_tables():
    tables = build_tables(as_words(random_hashes(1, 0)))
    assert tables.count == 0
    assert not tables.offsets.any()


def stored(tables) -> dict[str, np.ndarray]:
    return {"t.offsets": tables.offsets, "t.near": tables.near, "t.rows": tables.rows}


def test_tables_come_back_from_their_arrays():
    tables = build_tables(as_words(random_hashes(1, 50)))
    again = tables_from(stored(tables), "t", tables_meta(tables), 50)
    assert tables_meta(again) == tables_meta(tables)


@pytest.mark.parametrize(
    "meta",
    [[13, 50, 3], [16, 51, 3], [16, -1, 3], [16, 50, 2], [16, 50, 4], [12, 50, 3], ["16", 50, 3]],
)
def test_sizes_that_do_not_fit_are_refused(meta):
    tables = build_tables(as_words(random_hashes(1, 50)), pieces=16)
    with pytest.raises(ValueError, match="tables"):
        tables_from(stored(tables), "t", meta, 50)


@pytest.mark.parametrize("name", ["t.offsets", "t.near", "t.rows"])
def test_arrays_that_are_cut_or_missing_are_refused(name):
    tables = build_tables(as_words(random_hashes(1, 50)), pieces=16)
    arrays = stored(tables)
    arrays[name] = arrays[name][:-1]
    with pytest.raises(ValueError, match="tables"):
        tables_from(arrays, "t", tables_meta(tables), 50)
    del arrays[name]
    with pytest.raises(KeyError):
        tables_from(arrays, "t", tables_meta(tables), 50)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is told how many arenas to have")
def test_threads_that_share_the_memory_of_the_c_library_make_the_same_tables():
    done = subprocess.run(
        [sys.executable, str(TESTS / "index_crowd.py"), "4", "120"],
        env={**os.environ, "MALLOC_ARENA_MAX": "1", "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "0"), done.stderr[-2000:]
