"""The reference search follows from the definition of Hamming distance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.errors import HashShapeError, ThresholdError
from staydown.index import search_exhaustive

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
