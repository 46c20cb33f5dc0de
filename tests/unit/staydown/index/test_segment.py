"""Segments: what is stored comes back, removals stay, and what does not fit together is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index_samples import any_fingerprint
from staydown.errors import SnapshotDamagedError
from staydown.index.columns import PARENTS, ColumnBuilder
from staydown.index.layers import is_dead
from staydown.index.names import digest_of
from staydown.index.prepared import prepare, rebuild
from staydown.index.segment import (
    FEWEST_ROWS,
    Segment,
    build_segment,
    segment_from,
    stored_arrays,
    stored_meta,
)
from staydown.index.verify import is_sound


def segment_of(seeds: list[int], **options) -> Segment:
    builder = ColumnBuilder()
    for seed in seeds:
        builder.add(prepare(str(seed).encode(), any_fingerprint(seed), b"m"))
    return build_segment(builder.arrays(), **options)


@pytest.fixture(scope="module")
def long():
    """More window hashes than a segment without tables may have, and fewer of the others."""
    return segment_of(list(range(330)))


def again(segment: Segment) -> Segment:
    return segment_from(stored_arrays(segment), stored_meta(segment), "it")


def test_only_long_columns_get_tables(long):
    assert len(long.arrays["window_hashes"]) >= FEWEST_ROWS > len(long.arrays["pdq_hashes"])
    assert long.windows is not None
    assert long.pdq is None
    assert long.windows.count == len(long.arrays["window_hashes"])


def test_the_limit_of_points_leaves_the_others_out_of_the_tables(long):
    some = segment_of(list(range(330)), index_points=3)
    ends = some.arrays["window_ends"].astype(np.int64)
    sizes = np.diff(ends, prepend=0)
    assert some.windows.count == int(np.minimum(sizes, 3).sum())
    assert np.array_equal(some.arrays["window_hashes"], long.arrays["window_hashes"])


def test_what_is_stored_comes_back(long):
    gone = np.array([0, 7, 329])
    found = again(long.without(gone))
    assert found.is_mapped
    assert np.flatnonzero(found.dead).tolist() == gone.tolist()
    assert is_sound(found)
    for row in (0, 1, 2, 100, 329):
        assert rebuild(found.entry(row)) == any_fingerprint(row)
        assert found.ids.find(digest_of(str(row).encode())) == [row]
    assert np.array_equal(found.dead_windows, long.without(gone).dead_windows)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=12), st.data())
def test_removed_entries_take_all_their_rows_along(seeds, data):
    segment = segment_of(seeds)
    rows = st.lists(st.integers(0, len(seeds) - 1), max_size=6)
    first, second = data.draw(rows), data.draw(rows)
    thinned = segment.without(np.array(first, np.int64)).without(np.array(second, np.int64))
    gone = {*first, *second}
    for row in range(len(seeds)):
        assert thinned.is_dead(row) == (row in gone)
        for hash_row in range(*thinned.span("pdq_ends", row)):
            assert is_dead(thinned.dead_pdq, hash_row) == (row in gone)
        for picture in range(*thinned.span("picture_ends", row)):
            for point in range(*thinned.span("window_ends", picture)):
                assert is_dead(thinned.dead_windows, point) == (row in gone)
    assert not any(segment.is_dead(row) for row in range(len(seeds)))


def wrong_arrays(name: str, array: np.ndarray):
    yield array.astype(np.float32)
    yield array[:-1]
    yield array[None]
    yield np.concatenate([array, array])


@pytest.mark.parametrize(
    "name",
    ["id_ends", "pdq_hashes", "pdq_marks", "picture_shapes", "grids", "window_ends", "geometry",
     "ids.keys", "ids.rows", "windows.offsets", "windows.near", "windows.rows"],
)  # fmt: skip
def test_arrays_that_do_not_fit_together_are_refused(long, name):
    stored, meta = stored_arrays(long), stored_meta(long)
    for wrong in wrong_arrays(name, stored[name]):
        with pytest.raises(SnapshotDamagedError, match="of it"):
            segment_from(stored | {name: wrong}, meta, "it")
    del stored[name]
    with pytest.raises(SnapshotDamagedError):
        segment_from(stored, meta, "it")


@pytest.mark.parametrize(
    "meta",
    [None, 5, {"windows": None}, {"windows": 5}, {"windows": [16]}, {"windows": [16, 2**70, 3]}],
)
def test_a_description_that_does_not_fit_is_refused(long, meta):
    with pytest.raises(SnapshotDamagedError):
        segment_from(stored_arrays(long), meta, "it")


def test_removals_of_another_length_are_refused(long):
    wrong = stored_arrays(long) | {"dead": np.zeros(3, np.uint8)}
    with pytest.raises(SnapshotDamagedError):
        segment_from(wrong, stored_meta(long), "it")


@pytest.mark.parametrize("ends", sorted(PARENTS))
def test_the_full_check_finds_ends_that_do_not_rise(long, ends):
    arrays = dict(long.arrays)
    wrong = arrays[ends].copy()
    wrong[[3, 200]] = wrong[[200, 3]]
    found = again(long)
    assert is_sound(found)
    if np.array_equal(wrong, arrays[ends]):
        pytest.fail("the sample does not show it")
    arrays[ends] = wrong
    assert not is_sound(Segment(arrays, found.ids, found.exact, found.pdq, found.windows))


@pytest.mark.parametrize("part", ["ids", "exact", "windows"])
def test_the_full_check_finds_lookups_and_tables_that_lie(long, part):
    stored = stored_arrays(long)
    name = "windows.offsets" if part == "windows" else f"{part}.rows"
    for change in (lambda a: a + 1, lambda a: np.full_like(a, 2**32 - 1)):
        wrong = segment_from(stored | {name: change(stored[name])}, stored_meta(long), "it")
        if part == "exact" and int(change(stored[name]).max()) < len(long):
            continue
        assert not is_sound(wrong)


def test_the_full_check_finds_keys_out_of_order(long):
    stored = stored_arrays(long)
    for name in ("ids.keys", "exact.keys"):
        wrong = stored | {name: stored[name][::-1].copy()}
        assert not is_sound(segment_from(wrong, stored_meta(long), "it"))
