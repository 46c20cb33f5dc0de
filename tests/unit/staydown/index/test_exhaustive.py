"""The reference search follows from the definition of Hamming distance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.errors import HashShapeError, ThresholdError
from staydown.index import search_exhaustive
from staydown.index.exhaustive import check_hashes, check_max_bits

hashes = st.binary(min_size=32, max_size=32)


def as_rows(raws: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(raws), np.uint8).reshape(-1, 32)


def test_opposite_hash_is_256_bits_away() -> None:
    rows, distances = search_exhaustive(
        as_rows([b"\x00" * 32])[0], as_rows([b"\xff" * 32]), max_bits=256
    )
    assert (rows.tolist(), distances.tolist()) == ([0], [256])


@given(query=hashes, bank=st.lists(hashes, max_size=20), max_bits=st.integers(0, 256))
def test_agrees_with_integer_arithmetic(query: bytes, bank: list[bytes], max_bits: int) -> None:
    wanted = int.from_bytes(query)
    near = [(i, (int.from_bytes(h) ^ wanted).bit_count()) for i, h in enumerate(bank)]

    rows, distances = search_exhaustive(as_rows([query])[0], as_rows(bank), max_bits=max_bits)

    assert list(zip(rows.tolist(), distances.tolist(), strict=True)) == [
        (row, bits) for row, bits in near if bits <= max_bits
    ]


def test_refuses_other_shapes_and_radii() -> None:
    one, bank = np.zeros(32, np.uint8), np.zeros((1, 32), np.uint8)
    for query, stored in ((bank, bank), (one.astype(np.int16), bank), (one, one)):
        with pytest.raises(HashShapeError):
            search_exhaustive(query, stored, max_bits=1)
    for max_bits in (-1, 257):
        with pytest.raises(ThresholdError):
            search_exhaustive(one, bank, max_bits=max_bits)


@pytest.mark.parametrize("max_bits", [np.uint8(255), np.int16(255), np.uint64(255)])
def test_a_radius_of_a_narrow_type_does_not_wrap(max_bits) -> None:
    two = np.zeros((2, 32), np.uint8)
    rows, _ = search_exhaustive(two[0], two, max_bits=max_bits)
    assert rows.tolist() == [0, 1]
    assert type(check_max_bits(max_bits)) is int


@pytest.mark.parametrize("max_bits", [31.0, 31.5, "3", None, float("nan"), np.float64(3), [3]])
def test_a_radius_that_is_no_whole_number_is_refused(max_bits) -> None:
    with pytest.raises(ThresholdError):
        check_max_bits(max_bits)


@pytest.mark.parametrize("hashes", [None, [[0] * 32], bytes(32), np.zeros((1, 4), np.uint64)])
def test_what_is_no_array_of_hashes_is_refused(hashes) -> None:
    with pytest.raises(HashShapeError, match="it: got"):
        check_hashes(hashes, "it")
