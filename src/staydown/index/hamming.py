"""``HammingIndex``: exact search among 256-bit hashes, with ids."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn, Self

import numpy as np
import numpy.typing as npt

from staydown.errors import EntryIdError, HashShapeError, SnapshotDamagedError, SnapshotError
from staydown.index.container import ADD, REMEDY, REMOVE, SEGMENT, Record
from staydown.index.exhaustive import (
    HASH_BITS,
    HASH_BYTES,
    Distances,
    Hashes,
    Rows,
    check_hashes,
    check_max_bits,
)
from staydown.index.hammingfile import map_index, save_index
from staydown.index.ids import IdColumn, NumberIds, TextIds, columns_of, join_ids
from staydown.index.layers import Layer, LayerSearch, as_words, cores, dead_map, mark_dead
from staydown.index.sharing import SharedChanges
from staydown.index.tables import build_tables

_TAIL = 2048
_MERGE_RATIO = 4
_LARGEST_MERGE = 4_000_000
_ROWS_PER_RECORD = 1_000_000


class HammingIndex:
    """Exact search among hashes of 256 bits: it returns what an exhaustive search returns.

    Ids are integers of 64 bits or strings, one kind in one index. One id may stand for several
    hashes. Searches and changes may come from several threads.

    Args:
        bits: 256, the only size there is.
        threads: how many cores building may use; 0 means all.
    """

    def __init__(self, bits: int = HASH_BITS, *, threads: int = 0) -> None:
        if bits != HASH_BITS:
            raise HashShapeError(f"bits is {bits}, want {HASH_BITS}")
        self._lock = threading.RLock()
        self._threads = threads
        self._shared: SharedChanges | None = None
        self._generation = 0
        self._is_behind = self._is_closed = False
        self._name = "the index"
        self._clear()

    def _clear(self) -> None:
        self._sealed: list[tuple[Layer, IdColumn]] = []
        self._tail = np.empty((_TAIL, HASH_BYTES), np.uint8)
        self._tail_ids: list[Any] = []
        self._tail_dead = dead_map(_TAIL)
        self._is_text: bool | None = None
        self._live = 0
        self._state: tuple[LayerSearch, list[IdColumn]] | None = None

    def __reduce__(self) -> NoReturn:
        # A copy would share rows that both then write to.
        raise TypeError("an index is neither copied nor pickled; save it and open it")

    def __len__(self) -> int:
        return self._live

    def add(self, ids: Iterable[int] | Iterable[str], hashes: Hashes) -> None:
        """Add hashes; the next search sees them.

        Args:
            ids: one id for each row: integers of 64 bits or strings. A numpy array is quickest.
            hashes: uint8, shape (n, 32), most significant bit first. Copied.

        Raises:
            EntryIdError: ids of the wrong kind, or not as many as hashes.
            HashShapeError: hashes of another dtype or shape.
            SnapshotError: a shared index that was closed.

        Cost: up to 2048 rows are appended; more build a segment, about 0.1 s a million on 2 cores.
        """
        check_hashes(hashes)
        column = columns_of(ids)
        if len(column) != len(hashes):
            raise EntryIdError(f"got {len(column)} ids for {len(hashes)} hashes")
        if not len(hashes):
            return
        with self._lock:
            self._require_open()
            if self._shared is None:
                self._apply_add(column, hashes)
                return
            with self._shared.writing():
                self._catch_up()
                self._check_kind(column)
                for start in range(0, len(hashes), _ROWS_PER_RECORD):
                    rows = np.arange(start, min(start + _ROWS_PER_RECORD, len(hashes)))
                    self._shared.append(ADD, column.take(rows), hashes[rows])
                    self._catch_up()

    def remove(self, ids: Iterable[int] | Iterable[str]) -> int:
        """Remove every hash of these ids; the next search no longer sees them.

        Returns:
            How many hashes were removed. Ids that are not there are passed over.
        """
        column = columns_of(ids)
        with self._lock:
            self._require_open()
            if self._shared is None:
                return self._apply_remove(column)
            with self._shared.writing():
                self._catch_up()
                before = self._live
                self._shared.append(REMOVE, column)
                self._catch_up()
                return before - self._live

    def _require_open(self) -> None:
        if self._is_closed:
            raise SnapshotError(f"{self._name} was closed; open it once more to change it")

    def _check_kind(self, column: IdColumn) -> None:
        if self._is_text not in (None, not isinstance(column, NumberIds)):
            raise EntryIdError("one index holds integer ids or string ids, not both")

    def _apply_add(self, column: IdColumn, hashes: Hashes) -> None:
        self._check_kind(column)
        self._is_text = not isinstance(column, NumberIds)
        if len(self._tail_ids) + len(hashes) <= _TAIL:
            start = len(self._tail_ids)
            self._tail[start : start + len(hashes)] = hashes
            self._tail_ids.extend(column.values())
        else:
            self._seal_tail()
            self._push(np.array(hashes, order="C"), column, None)
        self._live += len(hashes)
        self._state = None

    def _apply_remove(self, column: IdColumn) -> int:
        gone = 0
        for at, (layer, names) in enumerate(self._sealed):
            rows = names.rows_of(column)
            if len(rows):
                dead = dead_map(len(layer.hashes)) if layer.dead is None else layer.dead.copy()
                gone += mark_dead(dead, rows)
                self._sealed[at] = Layer(layer.hashes, layer.base, layer.tables, dead), names
        if self._tail_ids:
            rows = columns_of(self._tail_ids).rows_of(column)
            dead = self._tail_dead.copy()
            gone += mark_dead(dead, rows)
            self._tail_dead = dead
        self._live -= gone
        self._state = None
        return gone

    def search(
        self, hashes: Hashes, *, max_bits: int, threads: int = 0
    ) -> tuple[Rows, npt.NDArray[Any], Distances]:
        """Find every stored hash within ``max_bits`` of each query. Exact: nothing is missed.

        Args:
            hashes: uint8, shape (q, 32), or (32,) for one.
            max_bits: largest Hamming distance that counts, 0..256 inclusive.
            threads: how many cores a batch may use; 0 means all.

        Returns:
            Three arrays, one element a hit, by query row and then in order of adding: query rows
            (int64), ids (int64, or object for strings) and distances in bits (uint16).

        Raises:
            HashShapeError: hashes of another dtype or shape.
            ThresholdError: ``max_bits`` is outside 0..256.
            SnapshotDamagedError: a mapped file turned out to be damaged.
        """
        if isinstance(hashes, np.ndarray) and hashes.ndim == 1:
            hashes = hashes[None]
        check_hashes(hashes)
        max_bits = check_max_bits(max_bits)
        shared = self._shared
        if shared is not None and shared.is_due():
            self.refresh()
        state = self._state or self._make_state()
        rows, found, bits = state[0].search(hashes, max_bits, threads=threads)
        return rows, join_ids(state[1], found, text=bool(self._is_text)), bits

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the index to a file as one segment, replacing what is there at once.

        Args:
            path: where.

        Cost: builds one segment if there are several or removals; then writes it.
        """
        target = Path(path)
        with self._lock:
            if self._shared is None or self._shared.file.path.resolve() != target.resolve():
                self._write(target)
                return
            with self._shared.writing():
                self._catch_up()
                self._write(target)
                self._catch_up()

    def _write(self, path: Path) -> None:
        parts = [(layer.hashes, column, layer.dead) for layer, column in self._sealed]
        if self._tail_ids:
            rows = self._tail[: len(self._tail_ids)].copy()
            parts.append((rows, columns_of(self._tail_ids), self._tail_dead))
        if self._sealed and len(parts) == 1 and parts[0][2] is None:
            save_index(path, *self._sealed[0])
        elif self._live:
            save_index(path, *_make_segment(parts, self._threads))
        else:
            save_index(path, None, None)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        shared: bool = False,
        read_only: bool = False,
        threads: int = 0,
    ) -> Self:
        """Map a saved index.

        Args:
            path: what ``save`` wrote.
            shared: every ``add`` and ``remove`` is written to the file, durable when it returns,
                and found by all who opened it so, within a second. Otherwise changes stay in
                memory until ``save``.
            read_only: with ``shared``: see the changes of others, make none.
            threads: how many cores building may use; 0 means all.

        Raises:
            SnapshotMissingError: there is no file.
            SnapshotForeignError: it is not a saved index, or of a newer version.
            SnapshotDamagedError: it is damaged.

        Cost: the file is mapped, not read; segments of up to 32 MiB are checked in full.
        """
        made = cls(threads=threads)
        made._shared = SharedChanges(Path(path), read_only=read_only or not shared)
        made._generation, made._name = made._shared.file.generation, str(path)
        try:
            made._catch_up()
        except BaseException:
            made._let_go()
            raise
        if not shared:
            made._let_go()
        return made

    def close(self) -> None:
        """Let go of a shared file: it stays searchable as it is, and can no longer be changed."""
        with self._lock:
            self._is_closed = self._is_closed or self._shared is not None
            self._let_go()

    def _let_go(self) -> None:
        if self._shared is not None:
            self._shared.file.close()
            self._shared = None

    def refresh(self) -> bool:
        """Take in what others changed in a shared file; True if there was anything.

        Raises:
            SnapshotDamagedError, SnapshotForeignError: the file cannot be used any more.
        """
        with self._lock:
            if self._shared is None:
                return False
            if not self._is_behind and not self._shared.file.is_changed():
                return False
            return self._catch_up()

    def _catch_up(self) -> bool:
        if self._shared is None:
            return False
        file = self._shared.file
        if self._is_behind or file.is_replaced():
            file.reopen()
        # Stays set where this is cut short, so that nothing of the file is passed over.
        self._is_behind = True
        records = file.read_new()
        if file.generation != self._generation:
            self._generation = file.generation
            self._clear()
        gone: list[IdColumn] = []
        try:
            for record in records:
                if record.kind == REMOVE:
                    gone.append(self._shared.unpacked(record)[0])
                    continue
                self._take_removals(gone)
                self._take_in(self._shared, record)
            self._take_removals(gone)
        except EntryIdError:
            raise SnapshotDamagedError(f"{self._name} mixes kinds of ids; {REMEDY}") from None
        self._is_behind = False
        return bool(records)

    def _take_in(self, shared: SharedChanges, record: Record) -> None:
        if record.kind == SEGMENT:
            layer, column = map_index(shared.file, record)
            self._check_kind(column)
            self._is_text = not isinstance(column, NumberIds)
            self._seal_tail()
            self._sealed.append((layer, column))
            self._live += len(column)
            self._state = None
        elif record.kind == ADD:
            self._apply_add(*shared.unpacked(record))

    def _take_removals(self, gone: list[IdColumn]) -> None:
        """Remove many ids at once: each removal looks through all ids."""
        for kind in (NumberIds, TextIds):
            columns = [column for column in gone if isinstance(column, kind)]
            if columns:
                self._apply_remove(columns[0].joined(columns[1:]))
        gone.clear()

    def _make_state(self) -> tuple[LayerSearch, list[IdColumn]]:
        with self._lock:
            layers, names = [], []
            base = 0
            for layer, column in self._sealed:
                layers.append(Layer(layer.hashes, base, layer.tables, layer.dead))
                names.append(column)
                base += len(layer.hashes)
            if self._tail_ids:
                rows = self._tail[: len(self._tail_ids)]
                layers.append(Layer(rows, base, None, self._tail_dead))
                names.append(columns_of(self._tail_ids))
            self._state = (LayerSearch(tuple(layers), name=self._name), names)
            return self._state

    def _seal_tail(self) -> None:
        if not self._tail_ids:
            return
        count = len(self._tail_ids)
        self._push(self._tail[:count].copy(), columns_of(self._tail_ids), self._tail_dead)
        # A fresh array: searches under way may still read the old one.
        self._tail = np.empty((_TAIL, HASH_BYTES), np.uint8)
        self._tail_ids, self._tail_dead = [], dead_map(_TAIL)

    def _push(self, hashes: Hashes, column: IdColumn, dead: npt.NDArray[np.uint64] | None) -> None:
        """Make a segment, joined with the last ones while they are not much larger."""
        parts = [(hashes, column, dead)]
        total = len(hashes)
        kept = len(self._sealed)
        while kept:
            layer, names = self._sealed[kept - 1]
            count = len(layer.hashes)
            if count >= _MERGE_RATIO * total or total + count > _LARGEST_MERGE:
                break
            parts.insert(0, (layer.hashes, names, layer.dead))
            total += count
            kept -= 1
        # Joining takes long: where it is cut short, nothing has changed yet.
        made = _make_segment(parts, self._threads)
        self._sealed[kept:] = [made]


def _make_segment(
    parts: list[tuple[Hashes, IdColumn, npt.NDArray[np.uint64] | None]], threads: int
) -> tuple[Layer, IdColumn]:
    keep = [_living(len(h), dead) for h, _, dead in parts]
    if len(parts) == 1 and keep[0] is None:
        hashes, column = parts[0][0], parts[0][1]
    else:
        hashes = np.concatenate(
            [h if k is None else h[k] for (h, _, _), k in zip(parts, keep, strict=True)]
        )
        columns = [c if k is None else c.take(k) for (_, c, _), k in zip(parts, keep, strict=True)]
        column = columns[0].joined(columns[1:])
    tables = build_tables(as_words(hashes), threads=threads or cores())
    return Layer(hashes, 0, tables, None), column


def _living(count: int, dead: npt.NDArray[np.uint64] | None) -> Rows | None:
    """Row numbers that are not removed, or None where that is all."""
    if dead is None or not dead.any():
        return None
    bits = np.unpackbits(dead.view(np.uint8), bitorder="little")[:count]
    return np.flatnonzero(bits == 0)
