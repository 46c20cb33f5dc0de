"""Columns of ids: taking, joining and looking up keep every id at its row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.errors import EntryIdError
from staydown.index.ids import NumberIds, TextIds, columns_of, join_ids

numbers = st.integers(-(2**63), 2**63 - 1)
texts = st.text(min_size=1, max_size=12).filter(lambda t: t.isprintable() or t == "\0")
runs = st.one_of(
    st.lists(st.lists(numbers, max_size=9), min_size=1, max_size=4),
    st.lists(st.lists(texts, min_size=1, max_size=9), min_size=1, max_size=4),
)


@given(runs)
def test_joined_columns_hold_all_ids_in_order(runs):
    columns = [columns_of(run) for run in runs]
    joined = columns[0].joined(columns[1:])
    assert joined.values() == [i for run in runs for i in run]
    assert len(joined) == sum(map(len, runs))


@given(runs, st.data())
def test_taken_rows_hold_their_ids(runs, data):
    column = columns_of(runs[0])
    rows = data.draw(st.lists(st.integers(0, max(0, len(runs[0]) - 1)), max_size=12))
    rows = rows if runs[0] else []
    want = [runs[0][row] for row in rows]
    at = np.array(rows, np.int64)
    assert column.take(at).values() == column.at(at).tolist() == want


@given(runs, st.data())
def test_the_rows_of_ids_are_all_rows_that_hold_them(runs, data):
    column = columns_of(runs[0])
    wanted = data.draw(st.lists(st.sampled_from(runs[0]), max_size=5)) if runs[0] else []
    rows = column.rows_of(columns_of(wanted)).tolist()
    assert rows == [row for row, i in enumerate(runs[0]) if i in wanted]


@given(runs, st.data())
def test_rows_are_numbered_through_all_columns(runs, data):
    held = [i for run in runs for i in run]
    at = st.integers(0, max(0, len(held) - 1))
    rows = sorted(data.draw(st.lists(at, max_size=9))) if held else []
    is_text = bool(held) and isinstance(held[0], str)
    found = join_ids([columns_of(run) for run in runs], np.array(rows, np.int64), text=is_text)
    assert found.tolist() == [held[row] for row in rows]


def test_one_kind_of_id_is_never_the_other():
    one, other = columns_of([1, 2]), columns_of(["1", "2"])
    assert isinstance(one, NumberIds)
    assert isinstance(other, TextIds)
    assert one.rows_of(other).tolist() == other.rows_of(one).tolist() == []


def test_strings_with_one_digest_are_told_apart():
    column = columns_of(["a", "b", "a"])
    same = TextIds(column.text, np.full(3, 7, np.uint64))
    wanted = TextIds(columns_of(["a"]).text, np.full(1, 7, np.uint64))
    assert same.rows_of(wanted).tolist() == [0, 2]


@pytest.mark.parametrize(
    "ids",
    [
        "ab",
        b"ab",
        [None],
        [1, "a"],
        ["a", 1],
        [1.0],
        [True],
        [2**63],
        [-(2**63) - 1],
        [""],
        ["\ud800"],
    ],
)
def test_other_ids_are_refused(ids):
    with pytest.raises(EntryIdError):
        columns_of(ids)


@pytest.mark.parametrize(
    "ids",
    [np.zeros((2, 2), np.int64), np.array([2**63], np.uint64), np.array([1.5]), np.array([True])],
)
def test_other_arrays_are_refused(ids):
    with pytest.raises(EntryIdError):
        columns_of(ids)


def test_ids_of_an_array_are_copied():
    source = np.arange(3)
    column = columns_of(source)
    source[:] = 9
    assert column.values() == [0, 1, 2]
