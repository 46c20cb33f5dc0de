"""A run of entries with everything that makes them quick to search."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from staydown.errors import SnapshotDamagedError
from staydown.index.arrays import Arrays
from staydown.index.columns import PARENTS, PER_ENTRY, PER_PDQ, PER_PICTURE, PER_WINDOW, SHAPES
from staydown.index.layers import as_words, cores, dead_map, mark_dead
from staydown.index.names import ByteColumn, Lookup, bytes_at, digests, first_word
from staydown.index.prepared import PictureRows, Prepared, exact_keys
from staydown.index.tables import WINDOW_BITS, Tables, build_tables, tables_from, tables_meta

Dead = npt.NDArray[np.uint64]

FEWEST_ROWS = 2048
"""Fewer hashes get no tables: a scan of them is as quick, and tables take 4 MB and more."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Entries as columns, with lookups and tables where they are built.

    Attributes:
        arrays: the columns of ``columns.SHAPES``; may be views on a mapped file.
        ids: rows by digest of the id, or None for a short run.
        exact: rows by the first word of the SHA-256 and of the MD5, or None for a short run.
        pdq: bucket tables over ``pdq_hashes``, or None.
        windows: bucket tables over ``window_hashes``, or None.
        dead: bool, shape (entries,): removed entries, or None.
        dead_pdq: bit map of rows of removed entries, or None.
        dead_windows: the same for window rows, or None.
        is_mapped: True where the arrays are views on a file.
    """

    arrays: Arrays
    ids: Lookup | None = None
    exact: Lookup | None = None
    pdq: Tables | None = None
    windows: Tables | None = None
    dead: npt.NDArray[np.bool_] | None = None
    dead_pdq: Dead | None = None
    dead_windows: Dead | None = None
    is_mapped: bool = False

    def __len__(self) -> int:
        return len(self.arrays["id_ends"])

    @property
    def pictures(self) -> int:
        """How many pictures with windows there are."""
        return len(self.arrays["window_ends"])

    def column(self, name: str) -> ByteColumn:
        """One of the columns of byte strings: id, recipe or meta."""
        return ByteColumn(self.arrays[f"{name}_blob"], self.arrays[f"{name}_ends"])

    def name(self, entry: int) -> bytes:
        """The id of this entry; empty where a damaged column points outside itself."""
        return bytes_at(self.arrays["id_blob"], self.arrays["id_ends"], entry)

    def is_dead(self, entry: int) -> bool:
        """Whether this entry is removed."""
        return self.dead is not None and bool(self.dead[entry])

    def span(self, ends: str, row: int) -> tuple[int, int]:
        """First and one past the last row that belong to ``row``."""
        column = self.arrays[ends]
        return (int(column[row - 1]) if row else 0), int(column[row])

    def without(self, entries: npt.NDArray[np.int64]) -> Segment:
        """The same segment with these entries removed."""
        if not len(entries):
            return self
        dead = np.zeros(len(self), np.bool_) if self.dead is None else self.dead.copy()
        dead[entries] = True
        pdq, windows = [], []
        for entry in entries.tolist():
            pdq.append(np.arange(*self.span("pdq_ends", entry)))
            first, last = self.span("picture_ends", entry)
            if first < last:
                start = self.span("window_ends", first)[0]
                windows.append(np.arange(start, self.span("window_ends", last - 1)[1]))
        return replace(
            self,
            dead=dead,
            dead_pdq=_marked(self.dead_pdq, pdq, len(self.arrays["pdq_hashes"])),
            dead_windows=_marked(self.dead_windows, windows, len(self.arrays["window_hashes"])),
        )

    def picture_rows(self, picture: int) -> PictureRows:
        """One picture, as views."""
        a = self.arrays
        first, last = self.span("window_ends", picture)
        width, height, marks, _ = a["picture_shapes"][picture].tolist()
        return PictureRows(
            int(a["picture_times"][picture]),
            marks,
            width,
            height,
            a["window_hashes"][first:last],
            a["geometry"][first:last],
            a["grids"][picture],
        )

    def entry(self, entry: int) -> Prepared:
        """One entry as rows."""
        a = self.arrays
        first, last = self.span("pdq_ends", entry)
        recipe = self.column("recipe").get(entry)
        return Prepared(
            self.column("id").get(entry),
            recipe,
            self.column("meta").get(entry),
            tuple(exact_keys(recipe)),
            a["pdq_times"][first:last],
            a["pdq_marks"][first:last],
            a["pdq_hashes"][first:last],
            tuple(self.picture_rows(p) for p in range(*self.span("picture_ends", entry))),
        )


def _marked(dead: Dead | None, rows: list[npt.NDArray[Any]], count: int) -> Dead | None:
    if not rows:
        return dead
    dead = dead_map(count) if dead is None else dead.copy()
    mark_dead(dead, np.concatenate(rows).astype(np.int64))
    return dead


def build_segment(arrays: Arrays, *, index_points: int | None = None, threads: int = 0) -> Segment:
    """Sort a run of entries: lookups by id, SHA-256 and MD5, tables over long hash columns.

    Args:
        arrays: the columns.
        index_points: only the first so many points of each picture get into the tables.
        threads: how many cores to use; 0 means all.
    """
    ids = Lookup.of(digests(ByteColumn(arrays["id_blob"], arrays["id_ends"])))
    exact = _exact_lookup(arrays)
    threads = threads or cores()
    pdq = windows = None
    if len(arrays["pdq_hashes"]) >= FEWEST_ROWS:
        pdq = build_tables(as_words(arrays["pdq_hashes"]), threads=threads)
    if len(arrays["window_hashes"]) >= FEWEST_ROWS:
        windows = _window_tables(arrays, index_points, threads)
    return Segment(arrays, ids, exact, pdq, windows)


def _window_tables(arrays: Arrays, index_points: int | None, threads: int) -> Tables:
    chosen = None
    if index_points is not None:
        ends = arrays["window_ends"].astype(np.int64)
        starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        point = np.arange(len(arrays["window_hashes"])) - np.repeat(starts, ends - starts)
        chosen = np.flatnonzero(point < index_points).astype(np.uint32)
    words = as_words(arrays["window_hashes"])
    return build_tables(words, usual_bits=WINDOW_BITS, chosen=chosen, threads=threads)


def _exact_lookup(arrays: Arrays) -> Lookup:
    recipes = ByteColumn(arrays["recipe_blob"], arrays["recipe_ends"])
    sizes = np.diff(recipes.ends, prepend=np.uint64(0))
    keys, rows = [], []
    # A recipe that holds an MD5 or a SHA-256 is longer than 16 bytes.
    for row in np.flatnonzero(sizes > 16).tolist():
        for key in exact_keys(recipes.get(row)):
            keys.append(first_word(key))
            rows.append(row)
    return Lookup.of(np.array(keys, np.uint64), np.array(rows, np.uint32))


def stored_arrays(segment: Segment) -> Arrays:
    """The columns, lookups, tables and removals of a segment, by their names in a file."""
    arrays = {key: segment.arrays[key] for key in SHAPES}
    for name, lookup in (("ids", segment.ids), ("exact", segment.exact)):
        if lookup is not None:
            arrays[f"{name}.keys"], arrays[f"{name}.rows"] = lookup.keys, lookup.rows
    for name, tables in (("pdq", segment.pdq), ("windows", segment.windows)):
        if tables is not None:
            arrays[f"{name}.offsets"] = tables.offsets
            arrays[f"{name}.near"] = tables.near
            arrays[f"{name}.rows"] = tables.rows
    if segment.dead is not None:
        arrays["dead"] = segment.dead.view(np.uint8)
    return arrays


def stored_meta(segment: Segment) -> dict[str, Any]:
    """What a file must say about the tables beside their arrays."""
    return {
        name: tables_meta(tables)
        for name, tables in (("pdq", segment.pdq), ("windows", segment.windows))
        if tables is not None
    }


def segment_from(stored: Arrays, meta: dict[str, Any], name: str) -> Segment:
    """A segment over mapped arrays.

    Raises:
        SnapshotDamagedError: arrays are missing, or their shapes do not fit together.
    """
    try:
        arrays = {key: stored[key] for key in SHAPES}
        _check_shapes(arrays)
        ids = _lookup(stored, "ids", len(arrays["id_ends"]))
        # An entry can have a SHA-256 and an MD5.
        exact = _lookup(stored, "exact", 2 * len(arrays["id_ends"]))
        pdq, windows = (
            tables_from(stored, key, meta[key], len(arrays[rows])) if key in meta else None
            for key, rows in (("pdq", "pdq_hashes"), ("windows", "window_hashes"))
        )
        made = Segment(arrays, ids, exact, pdq, windows, is_mapped=True)
        return _with_dead(made, stored.get("dead"))
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError):
        raise SnapshotDamagedError(
            f"a segment of {name} does not fit together; restore the file from a copy"
        ) from None


def _with_dead(segment: Segment, dead: npt.NDArray[np.uint8] | None) -> Segment:
    if dead is None:
        return segment
    if dead.shape != (len(segment),):
        raise ValueError("dead")
    return segment.without(np.flatnonzero(dead))


def _check_shapes(arrays: Arrays) -> None:
    for key, (dtype, row) in SHAPES.items():
        if arrays[key].dtype != np.dtype(dtype) or arrays[key].shape[1:] != row:
            raise ValueError(key)
    for group, parent in (
        (PER_ENTRY, "id_ends"),
        (PER_PDQ, "pdq_hashes"),
        (PER_PICTURE, "picture_times"),
        (PER_WINDOW, "window_hashes"),
    ):
        if any(len(arrays[key]) != len(arrays[parent]) for key in group):
            raise ValueError(parent)
    for ends, rows in PARENTS.items():
        last = int(arrays[ends][-1]) if len(arrays[ends]) else 0
        if last != len(arrays[rows]):
            raise ValueError(ends)


def _lookup(stored: Arrays, name: str, entries: int) -> Lookup:
    keys, rows = stored[f"{name}.keys"], stored[f"{name}.rows"]
    if keys.dtype != np.uint64 or rows.dtype != np.uint32 or keys.shape != rows.shape:
        raise ValueError(name)
    if keys.ndim != 1 or len(keys) > entries or (name == "ids" and len(keys) != entries):
        raise ValueError(name)
    return Lookup(keys, rows)
