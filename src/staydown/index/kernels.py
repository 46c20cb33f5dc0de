"""The compiled search over all layers, in one call.

The steps hand each other two addresses, of a layer's description and of the search's state, and
no arrays: numba counts references on every array that is passed, which would cost more than the
search. Fields are read by number with ``get`` and written with ``put``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from staydown.index.native import (
    compiled,
    inlined,
    load_i64,
    load_u32,
    load_u64,
    lowest_bit,
    near_words,
    popcount,
    prefetch,
    store_i64,
    store_u16,
)
from staydown.index.plan import PLAN_HEAD, PLAN_STEP
from staydown.index.tables import NEAR_LANES

# Fields of one layer's description, int64; layers.py fills them in.
HASHES, ROWS_COUNT, DEAD, BASE, PLAN, COUNT = 0, 1, 2, 3, 4, 5
OFFSETS, NEAR, ROWS, NEAR_STRIDE, ROWS_STRIDE, ROW_BYTES = 6, 7, 8, 9, 10, 11
LAYER_WORDS = 12

# Fields of a plan, as plan.py lays them out.
_PIECES, _PROBES, _PROBE_AT = 0, 1, 2
_FIRST, _BITS, _LIMIT, _OFFSET = 0, 1, 2, 3

# Fields of the state of a search, int64: what is asked, where hits go, and work space.
_QUERY, _QUERY_AT, _MAX_BITS, _FOUND, _ROOM, _OUT_QUERY, _OUT_ROW, _OUT_BITS = range(8)
_AHEAD = 24
"""How many buckets apart the steps of a search run. Source: ADR-0006."""
_RING = 64
"""How many buckets are noted at once; a power of two above ``2 * _AHEAD``."""
_WAITING, _KEY, _NEXT, _LOW = 8, 16, 48, 80
_HIGH, _CANDIDATES = _LOW + _RING, _LOW + 2 * _RING
_BATCH = 256
STATE_WORDS = _CANDIDATES + _BATCH + NEAR_LANES

_PIECE_SHIFT = 40
_ROW_MASK = (1 << _PIECE_SHIFT) - 1
_NEXT_BITS = 16


@inlined
def get(address: Any, field: Any) -> Any:
    """An int64 field."""
    return load_i64(address + 8 * field)


@inlined
def put(address: Any, field: Any, value: Any) -> None:
    """Set an int64 field."""
    store_i64(address + 8 * field, value)


@inlined
def ring_bits(address: Any, first: Any, bits: Any) -> Any:
    """``bits`` bits of the hash at ``address`` from bit ``first`` on, as on a ring of 256."""
    word, shift = (first >> 6) & 3, first & 63
    value = load_u64(address + 8 * word) >> np.uint64(shift)
    if shift + bits > 64:
        value |= load_u64(address + 8 * ((word + 1) & 3)) << np.uint64(64 - shift)
    return np.int64(value & ((np.uint64(1) << np.uint64(bits)) - np.uint64(1)))


@inlined
def distance(a: Any, b: Any, max_bits: Any) -> Any:
    """Bits between the hashes at two addresses; stops half way where they are already too many."""
    found = popcount(load_u64(a) ^ load_u64(b)) + popcount(load_u64(a + 8) ^ load_u64(b + 8))
    if found > max_bits:
        return found
    return (
        found
        + popcount(load_u64(a + 16) ^ load_u64(b + 16))
        + popcount(load_u64(a + 24) ^ load_u64(b + 24))
    )


@inlined
def _piece(plan: Any, i: Any, field: Any) -> Any:
    return get(plan, PLAN_HEAD + PLAN_STEP * i + field)


@compiled
def _starts_at(plan: int, i: int, a: int, b: int) -> bool:
    """True where piece i passes both tests for the hashes at these addresses."""
    first, bits, limit = _piece(plan, i, _FIRST), _piece(plan, i, _BITS), _piece(plan, i, _LIMIT)
    if limit < 0:
        return False
    here = popcount(np.uint64(ring_bits(a, first, bits) ^ ring_bits(b, first, bits)))
    if here > limit:
        return False
    after, budget = first + bits, limit + _piece(plan, (i + 1) % get(plan, _PIECES), _LIMIT) + 1
    next_bits = ring_bits(a, after, _NEXT_BITS) ^ ring_bits(b, after, _NEXT_BITS)
    return bool(here + popcount(np.uint64(next_bits)) <= budget)


@inlined
def _emit(layer: Any, state: Any, row: Any, bits: Any) -> None:
    """Write one hit, unless its row is dead; beyond the room hits are counted alone."""
    dead = get(layer, DEAD)
    if dead != 0 and (load_i64(dead + 8 * (row >> 6)) >> (row & 63)) & 1:
        return
    found = get(state, _FOUND)
    if found < get(state, _ROOM):
        put(get(state, _OUT_QUERY), found, get(state, _QUERY))
        put(get(state, _OUT_ROW), found, get(layer, BASE) + row)
        store_u16(get(state, _OUT_BITS) + 2 * found, bits)
    put(state, _FOUND, found + 1)


@compiled
def _check_candidates(layer: int, state: int) -> bool:
    """Compare the collected candidates in full. False where a row number cannot be true."""
    hashes, rows, row_bytes = get(layer, HASHES), get(layer, ROWS), get(layer, ROW_BYTES)
    stride, count, plan = get(layer, ROWS_STRIDE), get(layer, ROWS_COUNT), get(layer, PLAN)
    row_mask = (1 << (8 * row_bytes)) - 1
    for c in range(get(state, _WAITING)):
        candidate = get(state, _CANDIDATES + c)
        piece, j = candidate >> _PIECE_SHIFT, candidate & _ROW_MASK
        row = load_u32(rows + piece * stride + row_bytes * j) & row_mask
        if row >= count:
            return False
        put(state, _CANDIDATES + c, piece << _PIECE_SHIFT | row)
        prefetch(hashes + 32 * row)
    a, max_bits = get(state, _QUERY_AT), get(state, _MAX_BITS)
    for c in range(get(state, _WAITING)):
        candidate = get(state, _CANDIDATES + c)
        piece, row = candidate >> _PIECE_SHIFT, candidate & _ROW_MASK
        b = hashes + 32 * row
        bits = distance(a, b, max_bits)
        if bits > max_bits:
            continue
        # A pair may pass at several pieces; it is reported at the first of them alone.
        is_first = True
        for i in range(piece):
            if _starts_at(plan, i, a, b):
                is_first = False
                break
        if is_first:
            _emit(layer, state, row, bits)
    put(state, _WAITING, 0)
    return True


@inlined
def _fetch_offsets(layer: Any, state: Any, plan: Any, p: Any) -> None:
    """First step for probe p: ask for the bucket's offsets."""
    probe = get(get(plan, _PROBE_AT), p)
    i = (probe >> 32) & 0xFF
    bucket = get(state, _KEY + i) ^ (probe & 0xFFFFFFFF)
    at = get(layer, OFFSETS) + 4 * (_piece(plan, i, _OFFSET) + bucket)
    put(state, _LOW + (p & (_RING - 1)), at)
    prefetch(at)


@inlined
def _fetch_bucket(layer: Any, state: Any, plan: Any, p: Any) -> Any:
    """Second step: read the offsets, ask for the bucket. False where they cannot be true."""
    i = (get(get(plan, _PROBE_AT), p) >> 32) & 0xFF
    at = get(state, _LOW + (p & (_RING - 1)))
    low, high = load_u32(at), load_u32(at + 4)
    if low > high or high > get(layer, COUNT):
        return False
    put(state, _LOW + (p & (_RING - 1)), low)
    put(state, _HIGH + (p & (_RING - 1)), high)
    if low < high:
        line = get(layer, NEAR) + i * get(layer, NEAR_STRIDE) + 2 * low
        prefetch(line)
        # A bucket is read 64 bytes at a time from wherever it begins: nearly always two lines.
        prefetch(line + 63)
        if high - low > NEAR_LANES:
            prefetch(line + 128)
    return True


@inlined
def _scan_bucket(layer: Any, state: Any, plan: Any, p: Any) -> Any:
    """Third step: collect the rows whose next bits pass. False where the layer is damaged."""
    low, high = get(state, _LOW + (p & (_RING - 1))), get(state, _HIGH + (p & (_RING - 1)))
    probe = get(get(plan, _PROBE_AT), p)
    i, limit = (probe >> 32) & 0xFF, (probe >> 40) & 0xFF
    base = get(layer, NEAR) + i * get(layer, NEAR_STRIDE)
    rows, row_bytes = get(layer, ROWS) + i * get(layer, ROWS_STRIDE), get(layer, ROW_BYTES)
    word = get(state, _NEXT + i)
    while low < high:
        hits = near_words(base + 2 * low, word, limit)
        if high - low < NEAR_LANES:
            hits &= (1 << (high - low)) - 1
        if hits != 0:
            waiting = get(state, _WAITING)
            while hits != 0:
                j = low + lowest_bit(hits)
                hits &= hits - 1
                prefetch(rows + row_bytes * j)
                put(state, _CANDIDATES + waiting, i << _PIECE_SHIFT | j)
                waiting += 1
            put(state, _WAITING, waiting)
            if waiting >= _BATCH and not _check_candidates(layer, state):
                return False
        low += NEAR_LANES
    return True


@compiled
def _probe_layer(layer: int, state: int) -> bool:
    """Search one layer by its tables. Three steps run _AHEAD buckets apart to hide memory."""
    plan, a = get(layer, PLAN), get(state, _QUERY_AT)
    probes = get(plan, _PROBES)
    for i in range(get(plan, _PIECES)):
        first, bits = _piece(plan, i, _FIRST), _piece(plan, i, _BITS)
        put(state, _KEY + i, ring_bits(a, first, bits))
        put(state, _NEXT + i, ring_bits(a, first + bits, _NEXT_BITS))
    for p in range(probes + 2 * _AHEAD):
        if p < probes:
            _fetch_offsets(layer, state, plan, p)
        if _AHEAD <= p < probes + _AHEAD and not _fetch_bucket(layer, state, plan, p - _AHEAD):
            return False
        if p >= 2 * _AHEAD and not _scan_bucket(layer, state, plan, p - 2 * _AHEAD):
            return False
    return bool(_check_candidates(layer, state))


@compiled
def _scan_layer(layer: int, state: int) -> None:
    """Compare every row of one layer."""
    at, a, max_bits = get(layer, HASHES), get(state, _QUERY_AT), get(state, _MAX_BITS)
    w0, w1, w2, w3 = load_u64(a), load_u64(a + 8), load_u64(a + 16), load_u64(a + 24)
    for row in range(get(layer, ROWS_COUNT)):
        bits = (
            popcount(load_u64(at) ^ w0)
            + popcount(load_u64(at + 8) ^ w1)
            + popcount(load_u64(at + 16) ^ w2)
            + popcount(load_u64(at + 24) ^ w3)
        )
        if bits <= max_bits:
            _emit(layer, state, row, bits)
        at += 32


@compiled
def search_layers(
    layers: npt.NDArray[np.int64],
    queries: npt.NDArray[np.uint8],
    span: tuple[int, int, int],
    state: npt.NDArray[np.int64],
    out: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint16]],
) -> int:
    """Search a span of the queries in all layers.

    Args:
        layers: int64, shape (layers, LAYER_WORDS), C-contiguous.
        queries: uint8, shape (q, 32), C-contiguous.
        span: first query row, one past the last, and the radius in bits.
        state: int64, STATE_WORDS of work space.
        out: room for hits, of one length: query rows, rows (the layer's base added), distances.

    Returns:
        How many hits there are, also beyond the room; or -1 where a table is damaged.
    """
    at, first, last = state.ctypes.data, span[0], span[1]
    put(at, _MAX_BITS, span[2])
    put(at, _FOUND, 0)
    put(at, _WAITING, 0)
    put(at, _ROOM, len(out[1]))
    put(at, _OUT_QUERY, out[0].ctypes.data)
    put(at, _OUT_ROW, out[1].ctypes.data)
    put(at, _OUT_BITS, out[2].ctypes.data)
    for query in range(first, last):
        put(at, _QUERY, query)
        put(at, _QUERY_AT, queries.ctypes.data + 32 * query)
        for s in range(len(layers)):
            layer = layers.ctypes.data + 8 * LAYER_WORDS * s
            if get(layer, PLAN) == 0:
                _scan_layer(layer, at)
            elif not _probe_layer(layer, at):
                return -1
    return int(get(at, _FOUND))
