"""Columns: joining and thinning keep every entry whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index_samples import any_fingerprint, random_hashes
from staydown.index.columns import (
    PARENTS,
    SHAPES,
    ColumnBuilder,
    GrowingColumn,
    join_columns,
    keep_entries,
    pdq_columns,
)
from staydown.index.prepared import prepare, rebuild
from staydown.index.segment import Segment
from staydown.types import ContentKind, Fingerprint, Signal, SignalType


def columns_of(seeds: list[int]):
    builder = ColumnBuilder()
    for seed in seeds:
        builder.add(prepare(str(seed).encode(), any_fingerprint(seed), b"m%d" % seed))
    return builder.arrays()


def check(arrays, seeds: list[int]) -> None:
    segment = Segment(arrays)
    assert len(segment) == len(seeds)
    for row, seed in enumerate(seeds):
        entry = segment.entry(row)
        assert (entry.entry_id, entry.meta) == (str(seed).encode(), b"m%d" % seed)
        assert rebuild(entry) == any_fingerprint(seed)
    for key, (dtype, shape) in SHAPES.items():
        assert (arrays[key].dtype, arrays[key].shape[1:]) == (np.dtype(dtype), shape)
    for ends, rows in PARENTS.items():
        assert (int(arrays[ends][-1]) if len(arrays[ends]) else 0) == len(arrays[rows])


seeds_of = st.lists(st.integers(0, 8), max_size=7)


@settings(max_examples=30, deadline=None)
@given(st.lists(seeds_of, max_size=4))
def test_joined_runs_hold_all_their_entries_in_order(runs):
    check(join_columns(columns_of(run) for run in runs), [s for run in runs for s in run])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), max_size=9))
def test_thinned_runs_hold_the_kept_entries(picked):
    keep = np.array([kept for _, kept in picked], bool)
    thinned = keep_entries(columns_of([seed for seed, _ in picked]), keep)
    check(thinned, [seed for seed, kept in picked if kept])


def test_views_taken_before_a_column_grows_stay_as_they_were():
    column = GrowingColumn("<u4", ())
    column.extend(np.arange(60, dtype=np.uint32))
    before = column.view()
    for value in range(1000):
        column.append(value)
    assert before.tolist() == list(range(60))
    assert column.view()[60:].tolist() == list(range(1000))


def test_bare_hashes_make_the_columns_that_entries_of_them_would():
    hashes, qualities = random_hashes(1, 5), np.array([0, 1, 50, 99, 100], np.uint8)
    quick = pdq_columns([b"a", b"bb", b"c", b"", b"e"], hashes, qualities)
    builder = ColumnBuilder()
    for raw, row, quality in zip([b"a", b"bb", b"c", b"", b"e"], hashes, qualities, strict=True):
        signal = Signal.of(SignalType.PDQ, row.tobytes(), int(quality))
        builder.add(prepare(raw, Fingerprint(ContentKind.PHOTO, (signal,))))
    slow = builder.arrays()
    for key, column in slow.items():
        assert np.array_equal(quick[key], column), key
        assert quick[key].dtype == column.dtype


@pytest.mark.parametrize("failing", ["id_ends", "recipe_blob", "pdq_times", "grids", "geometry"])
def test_an_entry_that_was_cut_short_leaves_no_trace(failing, monkeypatch):
    builder = ColumnBuilder()
    builder.add(prepare(b"0", any_fingerprint(0), b"m0"))

    def cut_short(rows):
        raise MemoryError

    with monkeypatch.context() as patch:
        for name in ("extend", "append"):
            patch.setattr(builder._columns[failing], name, cut_short)
        with pytest.raises(MemoryError):
            builder.add(prepare(b"x", any_fingerprint(3), b"mx"))
    builder.add(prepare(b"1", any_fingerprint(1), b"m1"))
    check(builder.arrays(), [0, 1])
