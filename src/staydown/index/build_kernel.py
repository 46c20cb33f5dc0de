# ruff: noqa: PLR0917 - compiled functions take their arguments by place
"""The compiled loop that sorts rows into buckets."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from staydown.index.kernels import get, put, ring_bits
from staydown.index.native import (
    compiled,
    inlined,
    load_u32,
    prefetch,
    store_u8,
    store_u16,
    store_u32,
)

_BATCH = 64
"""How many rows are under way at once, so that their cache misses overlap."""

WORK_WORDS = 2 * _BATCH
"""Work space of one call, int64 words. It comes from the caller: an array made in a compiled
function is freed after its last use by name, and its address in use does not count as one."""


@inlined
def _row(chosen: Any, k: Any) -> Any:
    """Row number k of those that get into the table; ``chosen`` is 0 where all do."""
    return load_u32(chosen + 4 * k) if chosen != 0 else k


@inlined
def _count(hashes: Any, chosen: Any, count: Any, first: Any, bits: Any, offsets: Any) -> None:
    for k in range(count):
        at = offsets + 4 * (ring_bits(hashes + 32 * _row(chosen, k), first, bits) + 1)
        store_u32(at, load_u32(at) + 1)


@inlined
def _place(near: Any, rows: Any, row_bytes: Any, place: Any, row: Any, word: Any) -> None:
    store_u16(near + 2 * place, word)
    at = rows + row_bytes * place
    store_u16(at, row)
    store_u8(at + 2, row >> 16)
    if row_bytes == 4:
        store_u8(at + 3, row >> 24)


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
    work: npt.NDArray[np.int64],
) -> None:
    """Sort the rows of one piece: count, then place.

    Args:
        hashes: uint64, shape (n, 4).
        chosen: uint32 row numbers; empty where every row stands in the table.
        first: first bit of the piece.
        bits: number of its bits.
        offsets: uint32, 2 ** bits + 1, to fill.
        near: uint16, at least as many as rows, to fill.
        rows: uint8, row_bytes for each, to fill.
        row_bytes: 3 or 4.
        work: int64, WORK_WORDS of work space that no other thread uses.
    """
    start, picked, offset_at = hashes.ctypes.data, 0, offsets.ctypes.data
    near_at, rows_at = near.ctypes.data, rows.ctypes.data
    count = len(hashes)
    if len(chosen):
        picked, count = chosen.ctypes.data, len(chosen)
    offsets[:] = 0
    _count(start, picked, count, first, bits, offset_at)
    total = np.uint32(0)
    for b in range(len(offsets)):
        total += offsets[b]
        offsets[b] = total
    # offsets[b] is now the start of bucket b. Placing moves it to the end, which is the start of
    # b + 1; one shift at the end puts it right, without a second array.
    at = work.ctypes.data
    for k in range(0, count, _BATCH):
        size = min(_BATCH, count - k)
        for c in range(size):
            bucket = offset_at + 4 * ring_bits(start + 32 * _row(picked, k + c), first, bits)
            put(at, c, bucket)
            prefetch(bucket)
        for c in range(size):
            place = load_u32(get(at, c))
            store_u32(get(at, c), place + 1)
            put(at, _BATCH + c, place)
            prefetch(near_at + 2 * place)
            prefetch(rows_at + row_bytes * place)
        for c in range(size):
            row = _row(picked, k + c)
            word = ring_bits(start + 32 * row, first + bits, 16)
            _place(near_at, rows_at, row_bytes, get(at, _BATCH + c), row, word)
    for b in range(len(offsets) - 1, 0, -1):
        offsets[b] = offsets[b - 1]
    offsets[0] = np.uint32(0)
