"""The compiled loops: building tables, and the search over all layers in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from staydown.index.native import (
    NEAR_LANES,
    compiled,
    load_i64,
    load_u16,
    load_u32,
    load_u64,
    lowest_bit,
    near_words,
    popcount,
    prefetch,
)

Int64s = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

# Fields of one layer in the description that Python hands over; all int64.
HASHES, ROWS_COUNT, DEAD, IDS, BASE, PLAN, COUNT = 0, 1, 2, 3, 4, 5, 6
OFFSETS, NEAR, ROWS, NEAR_STRIDE, ROWS_STRIDE, ROW_BYTES = 7, 8, 9, 10, 11, 12
LAYER_WORDS = 16

DAMAGED = -1
"""What a search returns when a table points outside its rows."""

# Scratch of one search, int64: keys, next words, then rings of bucket ends, then candidates.
_KEY, _NEXT, _LOW, _HIGH, _CANDIDATES = 0, 32, 64, 128, 192
_RING = 64
_AHEAD = 20
_BATCH = 256
SCRATCH_WORDS = _CANDIDATES + _BATCH + NEAR_LANES


@compiled
def ring_bits(address: int, first: int, bits: int) -> Any:
    """``bits`` bits of the hash at ``address`` from bit ``first`` on, as on a ring of 256."""
    word, shift = (first >> 6) & 3, first & 63
    value = load_u64(address + 8 * word) >> np.uint64(shift)
    if shift + bits > 64:
        value |= load_u64(address + 8 * ((word + 1) & 3)) << np.uint64(64 - shift)
    return np.int64(value & ((np.uint64(1) << np.uint64(bits)) - np.uint64(1)))


@compiled
def distance(a: int, b: int, max_bits: int) -> Any:
    """Bits between the hashes at two addresses; stops half way where they are already too many."""
    found = popcount(load_u64(a) ^ load_u64(b)) + popcount(load_u64(a + 8) ^ load_u64(b + 8))
    if found > max_bits:
        return found
    return (
        found
        + popcount(load_u64(a + 16) ^ load_u64(b + 16))
        + popcount(load_u64(a + 24) ^ load_u64(b + 24))
    )


@compiled
def _starts_at(plan: int, i: int, a: int, b: int) -> Any:
    """True where piece i passes both tests for these two hashes."""
    pieces = load_i64(plan)
    at = plan + 8 * (4 + 4 * i)
    after = plan + 8 * (4 + 4 * ((i + 1) % pieces))
    first, bits, limit = load_i64(at), load_i64(at + 8), load_i64(at + 16)
    if limit < 0:
        return False
    here = popcount(np.uint64(ring_bits(a, first, bits) ^ ring_bits(b, first, bits)))
    if here > limit:
        return False
    then = popcount(np.uint64(ring_bits(a, first + bits, 16) ^ ring_bits(b, first + bits, 16)))
    return here + then <= limit + load_i64(after + 16) + 1


@compiled
def _emit(
    layer: Int64s,
    row: int,
    query: int,
    bits: int,
    found: int,
    out_query: Int64s,
    out_id: Int64s,
    out_bits: npt.NDArray[np.uint16],
) -> Any:
    """Write one hit unless its row is dead or the room is used up; returns the new count."""
    if layer[DEAD] != 0:
        word = load_i64(layer[DEAD] + 8 * (row >> 6))
        if (word >> (row & 63)) & 1:
            return found
    if found < len(out_id):
        out_query[found] = query
        out_bits[found] = bits
        out_id[found] = load_i64(layer[IDS] + 8 * row) if layer[IDS] != 0 else layer[BASE] + row
    return found + 1


@compiled
def _check_candidates(
    layer: Int64s,
    scratch: Int64s,
    n: int,
    a: int,
    max_bits: int,
    query: int,
    found: int,
    out_query: Int64s,
    out_id: Int64s,
    out_bits: npt.NDArray[np.uint16],
) -> Any:
    """Compare the collected candidates in full. Returns the new count, or DAMAGED."""
    row_mask = (1 << (8 * layer[ROW_BYTES])) - 1
    for c in range(n):
        piece, j = scratch[_CANDIDATES + c] >> 40, scratch[_CANDIDATES + c] & 0xFFFFFFFFFF
        at = layer[ROWS] + piece * layer[ROWS_STRIDE] + layer[ROW_BYTES] * j
        row = load_u32(at) & row_mask
        if row >= layer[ROWS_COUNT]:
            return DAMAGED
        scratch[_CANDIDATES + c] = piece << 40 | row
        prefetch(layer[HASHES] + 32 * row)
    for c in range(n):
        piece, row = scratch[_CANDIDATES + c] >> 40, scratch[_CANDIDATES + c] & 0xFFFFFFFFFF
        b = layer[HASHES] + 32 * row
        bits = distance(a, b, max_bits)
        if bits > max_bits:
            continue
        # A pair may pass at several pieces; it is reported at the first of them alone.
        earlier = False
        for i in range(piece):
            if _starts_at(layer[PLAN], i, a, b):
                earlier = True
                break
        if not earlier:
            found = _emit(layer, row, query, bits, found, out_query, out_id, out_bits)
    return found


@compiled
def _probe_layer(
    layer: Int64s,
    scratch: Int64s,
    a: int,
    max_bits: int,
    query: int,
    found: int,
    out_query: Int64s,
    out_id: Int64s,
    out_bits: npt.NDArray[np.uint16],
) -> Any:
    """Search one layer by its tables. Three steps run _AHEAD buckets apart to hide memory."""
    plan = layer[PLAN]
    pieces, probes, probe_at = load_i64(plan), load_i64(plan + 8), load_i64(plan + 16)
    count, stride = layer[COUNT], layer[NEAR_STRIDE]
    for i in range(pieces):
        at = plan + 8 * (4 + 4 * i)
        first, bits = load_i64(at), load_i64(at + 8)
        key = ring_bits(a, first, bits)
        scratch[_KEY + i] = key
        scratch[_NEXT + i] = ring_bits(a, first + bits, 16)
    waiting = 0
    for p in range(probes + 2 * _AHEAD):
        if p < probes:
            probe = load_i64(probe_at + 8 * p)
            i = (probe >> 32) & 0xFF
            start = load_i64(plan + 8 * (7 + 4 * i))
            bucket = scratch[_KEY + i] ^ (probe & 0xFFFFFFFF)
            at = layer[OFFSETS] + 4 * (start + bucket)
            scratch[_LOW + (p & (_RING - 1))] = at
            prefetch(at)
        if p >= _AHEAD and p < probes + _AHEAD:
            o = p - _AHEAD
            i = (load_i64(probe_at + 8 * o) >> 32) & 0xFF
            at = scratch[_LOW + (o & (_RING - 1))]
            low, high = load_u32(at), load_u32(at + 4)
            if low > high or high > count:
                return DAMAGED
            scratch[_LOW + (o & (_RING - 1))] = low
            scratch[_HIGH + (o & (_RING - 1))] = high
            line = layer[NEAR] + i * stride + 2 * low
            end = layer[NEAR] + i * stride + 2 * high
            if low < high:
                prefetch(line)
                if end > line + 64:
                    prefetch(line + 64)
                    prefetch(line + 128)
        if p >= 2 * _AHEAD:
            o = p - 2 * _AHEAD
            low, high = scratch[_LOW + (o & (_RING - 1))], scratch[_HIGH + (o & (_RING - 1))]
            probe = load_i64(probe_at + 8 * o)
            i, limit = (probe >> 32) & 0xFF, (probe >> 40) & 0xFF
            base = layer[NEAR] + i * stride
            word = scratch[_NEXT + i]
            while low < high:
                hits = near_words(base + 2 * low, word, limit)
                if high - low < NEAR_LANES:
                    hits &= (1 << (high - low)) - 1
                while hits != 0:
                    j = low + lowest_bit(hits)
                    hits &= hits - 1
                    prefetch(layer[ROWS] + i * layer[ROWS_STRIDE] + layer[ROW_BYTES] * j)
                    scratch[_CANDIDATES + waiting] = i << 40 | j
                    waiting += 1
                if waiting >= _BATCH:
                    found = _check_candidates(
                        layer, scratch, waiting, a, max_bits, query, found,
                        out_query, out_id, out_bits,
                    )  # fmt: skip
                    if found < 0:
                        return DAMAGED
                    waiting = 0
                low += NEAR_LANES
    return _check_candidates(
        layer, scratch, waiting, a, max_bits, query, found, out_query, out_id, out_bits
    )


@compiled
def _scan_layer(
    layer: Int64s,
    a: int,
    max_bits: int,
    query: int,
    found: int,
    out_query: Int64s,
    out_id: Int64s,
    out_bits: npt.NDArray[np.uint16],
) -> Any:
    """Compare every row of one layer."""
    at = layer[HASHES]
    w0, w1, w2, w3 = load_u64(a), load_u64(a + 8), load_u64(a + 16), load_u64(a + 24)
    for row in range(layer[ROWS_COUNT]):
        bits = (
            popcount(load_u64(at) ^ w0)
            + popcount(load_u64(at + 8) ^ w1)
            + popcount(load_u64(at + 16) ^ w2)
            + popcount(load_u64(at + 24) ^ w3)
        )
        if bits <= max_bits:
            found = _emit(layer, row, query, bits, found, out_query, out_id, out_bits)
        at += 32
    return found


@compiled
def search_layers(
    layers: npt.NDArray[np.int64],
    queries: npt.NDArray[np.uint8],
    first: int,
    last: int,
    max_bits: int,
    scratch: Int64s,
    out_query: Int64s,
    out_id: Int64s,
    out_bits: npt.NDArray[np.uint16],
) -> Any:
    """Search queries ``first`` to ``last`` in all layers.

    Args:
        layers: int64, shape (layers, LAYER_WORDS).
        queries: uint8, shape (q, 32), C-contiguous.
        first: first query row.
        last: one past the last query row.
        max_bits: radius.
        scratch: int64, SCRATCH_WORDS.
        out_query: int64, room for hits: query rows.
        out_id: int64, same length: ids, or base + row where the layer has no ids.
        out_bits: uint16, same length: distances.

    Returns:
        How many hits there are, also beyond the room; or DAMAGED.
    """
    found = 0
    start = queries.ctypes.data
    for query in range(first, last):
        for s in range(len(layers)):
            layer = layers[s]
            if layer[PLAN] != 0:
                found = _probe_layer(
                    layer, scratch, start + 32 * query, max_bits, query, found,
                    out_query, out_id, out_bits,
                )  # fmt: skip
                if found < 0:
                    return DAMAGED
            else:
                found = _scan_layer(
                    layer, start + 32 * query, max_bits, query, found,
                    out_query, out_id, out_bits,
                )  # fmt: skip
    return found
