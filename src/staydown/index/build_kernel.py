# ruff: noqa: PLR0917 - compiled functions take their arguments by place
"""The compiled loop that sorts rows into buckets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from staydown.index.kernels import ring_bits
from staydown.index.native import compiled


@compiled
def build_piece(
    hashes: npt.NDArray[np.uint64],
    chosen: npt.NDArray[np.uint32],
    first: int,
    bits: int,
    offsets: npt.NDArray[np.uint32],
    near: npt.NDArray[np.uint16],
    rows: npt.NDArray[np.uint8],
    row_bytes: int,
) -> None:
    """Count, then place. ``chosen`` is empty where every row stands in the table."""
    start = hashes.ctypes.data
    count = len(chosen) or len(hashes)
    offsets[:] = 0
    for k in range(count):
        row = np.int64(chosen[k]) if len(chosen) else k
        offsets[ring_bits(start + 32 * row, first, bits) + 1] += np.uint32(1)
    total = np.uint32(0)
    for b in range(len(offsets)):
        total += offsets[b]
        offsets[b] = total
    # offsets[b] is now the start of bucket b. Placing moves it to the end, which is the start of
    # b + 1; one shift at the end puts it right, without a second array.
    for k in range(count):
        row = np.int64(chosen[k]) if len(chosen) else k
        at = start + 32 * row
        bucket = ring_bits(at, first, bits)
        place = np.int64(offsets[bucket])
        offsets[bucket] = np.uint32(place + 1)
        near[place] = np.uint16(ring_bits(at, first + bits, 16))
        for byte in range(row_bytes):
            rows[place * row_bytes + byte] = np.uint8((row >> (8 * byte)) & 0xFF)
    for b in range(len(offsets) - 1, 0, -1):
        offsets[b] = offsets[b - 1]
    offsets[0] = np.uint32(0)
