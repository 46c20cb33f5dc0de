"""Search over layers: sorted segments with tables, and short runs of rows that are scanned."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from staydown.errors import SnapshotDamagedError, ThresholdError
from staydown.index.exhaustive import HASH_BYTES, Distances, Hashes, Rows
from staydown.index.plan import Plan, is_scan_cheaper, plan_for

if TYPE_CHECKING:
    from staydown.index.tables import Tables

Hits = tuple[Rows, Rows, Distances]
"""Query rows, global rows or ids, and distances; ascending by query row, then by the second."""

_ROOM, _LARGEST_ROOM = 4096, 1 << 20
_MIN_QUERIES_PER_THREAD = 8


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Rows that are searched together.

    Attributes:
        hashes: uint8, shape (n, 32), C-contiguous; may be a view on a mapped file.
        base: global number of the first row.
        tables: bucket tables, or None for rows that are scanned.
        dead: uint64 bit map of removed rows, at least n bits, or None; may be written to later.
    """

    hashes: Hashes
    base: int
    tables: Tables | None = None
    dead: npt.NDArray[np.uint64] | None = None


def dead_map(count: int) -> npt.NDArray[np.uint64]:
    """A bit map of ``count`` rows, none of them removed."""
    return np.zeros(count // 64 + 1, np.uint64)


def mark_dead(dead: npt.NDArray[np.uint64], rows: Rows) -> int:
    """Set the bits of these rows; returns how many were not set before."""
    words, bits = rows >> 6, np.uint64(1) << (rows & 63).astype(np.uint64)
    before = int(np.bitwise_count(dead).sum())
    np.bitwise_or.at(dead, words, bits)
    return int(np.bitwise_count(dead).sum()) - before


def is_dead(dead: npt.NDArray[np.uint64] | None, row: int) -> bool:
    """Whether this row is removed."""
    return dead is not None and bool(int(dead[row >> 6]) >> (row & 63) & 1)


class _Room(threading.local):
    """Buffers that one thread uses again and again."""

    def __init__(self) -> None:
        from staydown.index import kernels  # noqa: PLC0415 - numba, when needed

        self.search = kernels.search_layers
        self.state = np.zeros(kernels.STATE_WORDS, np.int64)
        self.grow(_ROOM)

    def grow(self, size: int) -> None:
        """Make room for so many hits."""
        self.size = size
        self.out = (np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.uint16))


NO_HITS: Hits = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint16))
for _column in NO_HITS:
    _column.setflags(write=False)


def _joined(found: list[Hits]) -> Hits:
    """Hits of several calls, one after another."""
    if len(found) == 1:
        return found[0]
    query, row, bits = zip(*found, strict=True)
    return np.concatenate(query), np.concatenate(row), np.concatenate(bits)


class LayerSearch:
    """An immutable list of layers, ready to be searched. Threads may share it.

    Args:
        layers: what to search.
        name: what to call the file in an error.
    """

    def __init__(self, layers: tuple[Layer, ...], *, name: str = "the index") -> None:
        self.layers = layers
        self._name = name
        self._described: dict[int, npt.NDArray[np.int64]] = {}
        self._plans: list[Plan] = []

    def search(
        self,
        queries: Hashes,
        max_bits: int,
        *,
        threads: int = 1,
        sure_bits: int | tuple[int, ...] | None = None,
    ) -> Hits:
        """Every live row within ``max_bits`` of each query.

        Args:
            queries: uint8, shape (q, 32), checked by the caller.
            max_bits: radius 0..256, checked by the caller.
            threads: how many cores a batch may use; 0 means all.
            sure_bits: look into the buckets that this radius needs, and no more; one number, or
                one for each query. Rows up to it are all found; farther ones, up to ``max_bits``,
                where their bits fall so. None means ``max_bits``. Source: ADR-0006, "Beyond".

        Raises:
            SnapshotDamagedError: a table of a mapped file points outside its rows.
        """
        held = np.array(queries, order="C")
        if isinstance(sure_bits, tuple):
            return self._search_by_runs(held, max_bits, sure_bits)
        described = self._for_radius(max_bits if sure_bits is None else min(sure_bits, max_bits))
        count = len(held)
        if threads == 1 or count < 2 * _MIN_QUERIES_PER_THREAD:
            return self._run(described, held, (0, count, max_bits))
        workers = threads if threads > 0 else cores()
        # More parts than threads, so that one slow part does not leave a core idle.
        parts = min(4 * workers, count // (_MIN_QUERIES_PER_THREAD // 4))
        cuts = [count * i // parts for i in range(parts + 1)]
        # One pool for batches of all sizes: on many cores, one for each would be a crowd.
        pool = _pool(workers)
        parts_found = [
            pool.submit(self._run, described, held, (first, last, max_bits))
            for first, last in pairwise(cuts)
        ]
        # Where one fails, no other may go on: the caller may put another file in this one's place.
        wait(parts_found)
        return _joined([part.result() for part in parts_found])

    def _search_by_runs(self, held: Hashes, max_bits: int, sure_bits: tuple[int, ...]) -> Hits:
        """Queries that stand together and have one radius are searched in one call."""
        if len(sure_bits) != len(held):
            raise ThresholdError(f"{len(sure_bits)} sure distances for {len(held)} hashes")
        found = []
        for radius, first, last in _runs(sure_bits):
            described = self._for_radius(min(radius, max_bits))
            hits = self._run(described, held, (first, last, max_bits))
            if len(hits[0]):
                found.append(hits)
        return _joined(found) if found else NO_HITS

    def _for_radius(self, sure_bits: int) -> npt.NDArray[np.int64]:
        described = self._described.get(sure_bits)
        return self._describe(sure_bits) if described is None else described

    def _run(
        self, described: npt.NDArray[np.int64], held: Hashes, span: tuple[int, int, int]
    ) -> Hits:
        room = _room()
        out = room.out
        found = room.search(described, held, span, room.state, out)
        if found == 0:
            return NO_HITS
        if found > room.size:
            room.grow(2 * found)
            out = room.out
            found = room.search(described, held, span, room.state, out)
        if found < 0:
            raise SnapshotDamagedError(
                f"{self._name}: a table points outside its rows; restore the file or rebuild it"
            )
        query, row, bits = out[0][:found], out[1][:found], out[2][:found]
        if found > 1:
            order = np.lexsort((row, query))
            hits = query[order], row[order], bits[order]
        else:
            hits = query.copy(), row.copy(), bits.copy()
        if room.size > _LARGEST_ROOM:
            room.grow(_ROOM)
        return hits

    def _describe(self, sure_bits: int) -> npt.NDArray[np.int64]:
        from staydown.index import kernels as k  # noqa: PLC0415 - numba, when needed

        words = np.zeros((len(self.layers), k.LAYER_WORDS), np.int64)
        for at, layer in zip(words, self.layers, strict=True):
            at[k.HASHES] = layer.hashes.ctypes.data
            at[k.ROWS_COUNT] = len(layer.hashes)
            at[k.DEAD] = 0 if layer.dead is None else layer.dead.ctypes.data
            at[k.BASE] = layer.base
            t = layer.tables
            if t is None or is_scan_cheaper(t.pieces, sure_bits, t.count):
                continue
            plan = plan_for(t.pieces, sure_bits)
            if plan is None:
                continue
            at[k.PLAN] = plan.words.ctypes.data
            at[k.COUNT] = t.count
            at[k.OFFSETS], at[k.NEAR] = t.offsets.ctypes.data, t.near.ctypes.data
            at[k.ROWS], at[k.ROW_BYTES] = t.rows.ctypes.data, t.row_bytes
            at[k.NEAR_STRIDE], at[k.ROWS_STRIDE] = t.near.strides[0], t.rows.strides[0]
            self._plans.append(plan)
        self._described[sure_bits] = words
        return words


@lru_cache
def _runs(sure_bits: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    """Queries that stand together and have one radius: the radius, the first, one past the last."""
    runs, first = [], 0
    for radius, run in groupby(sure_bits):
        last = first + sum(1 for _ in run)
        runs.append((radius, first, last))
        first = last
    return tuple(runs)


@cache
def _room() -> _Room:
    return _Room()


_pools: dict[tuple[int, int], ThreadPoolExecutor] = {}


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def _pool(threads: int) -> ThreadPoolExecutor:
    # By process as well: a forked child inherits the pool, but not its threads.
    key = os.getpid(), threads
    if key not in _pools:
        _pools[key] = ThreadPoolExecutor(threads, thread_name_prefix="staydown-index")
    return _pools[key]


def as_words(hashes: Hashes) -> npt.NDArray[np.uint64]:
    """The same memory as 64-bit words, shape (n, 4)."""
    return hashes.view(np.uint64).reshape(-1, HASH_BYTES // 8)
