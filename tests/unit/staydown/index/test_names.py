"""Columns of ids, and lookups by digest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.errors import EntryIdError, SnapshotDamagedError
from staydown.index.names import ByteColumn, Lookup, check_id, digest_of, digests, first_word

strings = st.lists(st.binary(max_size=40), max_size=30)


@given(strings)
def test_strings_come_back_from_their_column(raws):
    column = ByteColumn.of(raws)
    assert [column.get(row) for row in range(len(column))] == raws


@given(strings)
def test_the_compiled_digest_equals_the_plain_one(raws):
    assert digests(ByteColumn.of(raws)).tolist() == [digest_of(raw) for raw in raws]


def test_digests_are_fnv_1a():
    # Published values: draft-eastlake-fnv, 64 bits, of "" and "a".
    assert digest_of(b"") == 0xCBF29CE484222325
    assert digest_of(b"a") == 0xAF63DC4C8601EC8C


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(0, 11))
def test_a_lookup_finds_all_rows_of_a_key(keys, wanted):
    lookup = Lookup.of(np.array(keys, np.uint64))
    assert lookup.find(wanted) == [row for row, key in enumerate(keys) if key == wanted]


def test_a_lookup_keeps_the_rows_it_was_given():
    lookup = Lookup.of(np.array([5, 1], np.uint64), np.array([70, 80], np.uint32))
    assert (lookup.find(5), lookup.find(1)) == ([70], [80])


def test_the_largest_key_is_found():
    top = 2**64 - 1
    assert Lookup.of(np.array([top, 0], np.uint64)).find(top) == [0]
    assert first_word(b"\xff" * 32) == top


def test_ids_are_checked():
    assert check_id("é") == "é".encode()
    for wrong in ("", None, 3, b"x", "x" * 1025, "\ud800"):
        with pytest.raises(EntryIdError):
            check_id(wrong)


@pytest.mark.parametrize("ends", [[5], [3, 2], [2, 2**63], [2**64 - 1, 2]])
def test_ends_outside_their_bytes_are_refused_before_anything_is_read(ends):
    column = ByteColumn(np.zeros(4, np.uint8), np.array(ends, np.uint64))
    with pytest.raises(SnapshotDamagedError):
        digests(column)


@pytest.mark.parametrize(("ends", "want"), [([9], b"abc"), ([2, 1], b"ab"), ([2**64 - 1], b"abc")])
def test_a_row_of_a_damaged_column_is_cut_to_what_there_is(ends, want):
    column = ByteColumn(np.frombuffer(b"abc", np.uint8), np.array(ends, np.uint64))
    assert column.get(0) == want
    assert column.get(len(column) - 1) in (want, b"")
