"""The slow, plain search that every faster one must equal."""

from __future__ import annotations

import operator

import numpy as np
import numpy.typing as npt

from staydown.errors import HashShapeError, ThresholdError

HASH_BYTES = 32
HASH_BITS = 256
_UINT8 = np.dtype(np.uint8)

Hashes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]
Distances = npt.NDArray[np.uint16]


def check_hashes(hashes: Hashes, name: str = "hashes") -> None:
    """Refuse an array that is not uint8 of shape (n, 32).

    Raises:
        HashShapeError: another dtype or shape.
    """
    if (
        not isinstance(hashes, np.ndarray)
        or hashes.dtype != _UINT8
        or hashes.ndim != 2
        or hashes.shape[1] != HASH_BYTES
    ):
        found = f"{getattr(hashes, 'dtype', type(hashes).__name__)}{getattr(hashes, 'shape', '')}"
        raise HashShapeError(f"{name}: got {found}, want uint8 of shape (n, {HASH_BYTES})")


def check_max_bits(max_bits: int) -> int:
    """The radius as an int of Python: arithmetic with a numpy uint8 would wrap at 256.

    Raises:
        ThresholdError: not a whole number, or outside 0..256.
    """
    try:
        whole = operator.index(max_bits)
    except TypeError:
        raise ThresholdError(f"max_bits is {max_bits!r}, want a whole number") from None
    if not 0 <= whole <= HASH_BITS:
        raise ThresholdError(f"max_bits is {whole}, want 0..{HASH_BITS}")
    return whole


def search_exhaustive(query: Hashes, stored: Hashes, *, max_bits: int) -> tuple[Rows, Distances]:
    """Find every stored hash within ``max_bits`` of ``query``. Exact: nothing is missed.

    Args:
        query: one hash; uint8, shape (32,), most significant bit first.
        stored: the hashes to search; uint8, shape (n, 32), n >= 0.
        max_bits: largest Hamming distance that counts, in bits, 0..256 inclusive.

    Returns:
        Row numbers (int64) and their distances in bits (uint16), both shape (k,), in ascending
        row order. k is 0 when nothing is near.

    Raises:
        HashShapeError: an array has another dtype or shape.
        ThresholdError: ``max_bits`` is outside 0..256.

    Cost: O(n) time, about 67 * n bytes of scratch.
    Source: definition of Hamming distance.
    """
    if query.dtype != np.uint8 or query.shape != (HASH_BYTES,):
        raise HashShapeError(f"query is {query.dtype}{query.shape}, want uint8({HASH_BYTES},)")
    check_hashes(stored, "stored")
    max_bits = check_max_bits(max_bits)

    # uint16, because 256 differing bits would wrap to 0 in uint8 and read as identical.
    distances = np.bitwise_count(stored ^ query).sum(axis=1, dtype=np.uint16)
    rows = np.flatnonzero(distances <= max_bits)
    return rows, distances[rows]
