"""Entries in layers: segments that never change, a short tail, and removals."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from staydown.errors import (
    EntryIdError,
    EntryNotFoundError,
    FingerprintFormatError,
    SnapshotDamagedError,
    ThresholdError,
)
from staydown.index.arrays import Arrays
from staydown.index.columns import ColumnBuilder, join_columns
from staydown.index.exhaustive import Hashes, check_hashes, check_max_bits
from staydown.index.names import ByteColumn, check_id, digest_of, digests, first_word
from staydown.index.notes import Meta, pack_meta, read_meta
from staydown.index.prepared import (
    Prepared,
    duration_of,
    exact_key,
    exact_keys,
    prepare,
    rebuild,
)
from staydown.index.segment import Segment, build_segment
from staydown.index.view import View
from staydown.types import Fingerprint, SignalType
from staydown.types.candidates import PdqHits, Picture, WindowHits

TAIL_PDQ_ROWS, TAIL_WINDOW_ROWS = 2048, 8192
"""The tail becomes a segment when it holds so many rows: a scan of it costs some us a query."""

MERGE_RATIO, LARGEST_MERGE = 4, 4_000_000
_KEPT_GENERATIONS = 3
"""How many compactions an entry number outlives."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a store, without its fingerprint.

    Attributes:
        entry_id: its id.
        number: its number in the store.
        meta: its free notes.
    """

    entry_id: str
    number: int
    meta: Meta


class LayeredStore:
    """What stores in memory and in files have in common. A ``CandidateStore`` but for durability.

    Args:
        name: what to call the store in an error.
        index_points: how many points of each picture can be found by ``search_windows``, strongest
            first; None means all.
        threads: how many cores building and batches may use; 0 means all.
    """

    def __init__(
        self, *, name: str = "the store", index_points: int | None = None, threads: int = 0
    ) -> None:
        self._lock = threading.RLock()
        self._name = name
        self._points = check_points(index_points)
        self._threads = threads
        self._entry_start = self._picture_start = 0
        self._previous: View | None = None
        self._clear()

    def _clear(self) -> None:
        self._segments: list[Segment] = []
        self._tail = ColumnBuilder()
        self._tail_ids: dict[bytes, int] = {}
        self._tail_exact: dict[bytes, list[int]] = {}
        self._tail_dead: set[int] = set()
        self._view_now: View | None = None
        self._live = 0

    def __reduce__(self) -> NoReturn:
        # A copy would share columns that both then write to.
        raise TypeError("a store is neither copied nor pickled; open its file once more")

    def __len__(self) -> int:
        return self._live

    def __contains__(self, entry_id: str) -> bool:
        return self._find(check_id(entry_id)) is not None

    def held(self, entry_ids: Sequence[str]) -> set[str]:
        """Those of many ids that the store holds; much quicker than one by one."""
        return {raw.decode() for raw in self._held([check_id(i) for i in entry_ids])}

    def entries(self) -> Iterator[Entry]:
        """Every living entry, in order of adding."""
        view = self._view()
        for segment, base in zip(view.segments, view.entry_bases, strict=False):
            ids, metas = segment.column("id"), segment.column("meta")
            for row in range(len(segment)):
                if not segment.is_dead(row):
                    yield Entry(
                        ids.get(row).decode("utf-8", "replace"),
                        base + row,
                        self._read_meta(metas.get(row)),
                    )

    def meta(self, entry_id: str) -> Meta:
        """The free notes of an entry.

        Raises:
            EntryNotFoundError: no entry has this id.
        """
        segment, row = self._locate(entry_id)
        return self._read_meta(segment.column("meta").get(row))

    def entry_id(self, entry: int) -> str:
        """The id of an entry number."""
        segment, row = self._view().locate(entry)
        return segment.name(row).decode("utf-8", "replace")

    def fingerprint(self, entry_id: str) -> Fingerprint:
        """The fingerprint of an entry, equal to the one that was added.

        Raises:
            EntryNotFoundError: no entry has this id.
            SnapshotDamagedError: the file is damaged at this entry.
        """
        segment, row = self._locate(entry_id)
        try:
            return rebuild(segment.entry(row))
        except (ValueError, LookupError, struct.error, FingerprintFormatError):
            raise self._damaged() from None

    def exact(self, type_: SignalType, raw: bytes) -> list[int]:
        """Entry numbers whose SHA-256 or MD5 this is, in order of adding."""
        view, found = self._view(), []
        key = exact_key(type_, raw)
        for segment, base in zip(view.segments, view.entry_bases, strict=False):
            if segment.exact is None:
                rows = view.tail_exact.get(key, ())
                found += [base + row for row in rows if row < len(segment)]
                continue
            recipes = segment.column("recipe")
            for row in dict.fromkeys(segment.exact.find(first_word(key))):
                is_it = row < len(segment) and key in exact_keys(recipes.get(row))
                if is_it and not segment.is_dead(row):
                    found.append(base + row)
        return found

    def search_pdq(
        self, hashes: Hashes, *, max_bits: int, sure_bits: tuple[int, ...] | None = None
    ) -> PdqHits:
        """Stored whole-picture hashes (photos, all video frames) near each query row."""
        check_hashes(hashes)
        return self._view().search_pdq(
            hashes, check_max_bits(max_bits), self._threads, sure_bits=sure_bits
        )

    def search_windows(self, hashes: Hashes, *, max_bits: int) -> WindowHits:
        """Stored window hashes near each query row."""
        check_hashes(hashes)
        return self._view().search_windows(hashes, check_max_bits(max_bits), self._threads)

    def picture(self, number: int) -> Picture:
        """One picture by number."""
        return self._view().picture(number)

    def pictures(self, entry: int) -> list[int]:
        """The picture numbers of an entry, in order of time."""
        return self._view().pictures(entry)

    def picture_count(self) -> int:
        """How many pictures have windows, removed ones among them until the next compaction."""
        return self._view().picture_count()

    def frames(self, entry: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], Hashes]:
        """Times in ms (-1 for a photo), qualities and pdq hashes of an entry, in order of time."""
        return self._view().frames(entry)

    def duration_ms(self, entry: int) -> int:
        """Length of an entry's video in ms; 0 for a photo."""
        segment, row = self._view().locate(entry)
        return duration_of(segment.column("recipe").get(row))

    # What follows changes the store; subclasses call it.

    def _prepare(self, entry_id: str, fingerprint: Fingerprint, meta: Meta | None) -> Prepared:
        return prepare(check_id(entry_id), fingerprint, pack_meta(meta))

    def _append(self, entry: Prepared) -> None:
        """Append an entry to the tail. The caller has checked that its id is free."""
        with self._lock:
            row = len(self._tail)
            self._tail.add(entry)
            self._tail_ids[entry.entry_id] = row
            for key in entry.exact:
                self._tail_exact.setdefault(key, []).append(row)
            self._live += 1
            self._view_now = None
            if self._tail.pdq_rows >= TAIL_PDQ_ROWS or self._tail.window_rows >= TAIL_WINDOW_ROWS:
                self._seal_tail()

    def _append_segment(self, segment: Segment) -> None:
        with self._lock:
            self._seal_tail(merge=False)
            self._segments.append(segment)
            self._live += _living(segment)
            self._view_now = None

    def _drop_from(self, first: int) -> None:
        """Forget the entries from number ``first`` on; a segment that holds them comes next."""
        with self._lock:
            self._seal_tail(merge=False)
            total = sum(len(s) for s in self._segments)
            while total > first:
                gone = self._segments.pop()
                total -= len(gone)
                self._live -= _living(gone)
            if total != first:
                raise self._damaged()
            self._view_now = None

    def _renumber(self) -> None:
        """Start anew with numbers that were never used; numbers of before lead to what was.

        Only for a few compactions: each holds on to a file that is deleted otherwise.
        """
        self._previous = self._view()
        self._previous.forget_before(_KEPT_GENERATIONS - 1)
        self._entry_start = self._previous.entry_bases[-1]
        self._picture_start = self._previous.picture_bases[-1]
        self._clear()

    def _remove_numbers(self, entries: npt.NDArray[np.int64]) -> None:
        """Remove entries by their numbers, counted from the first living segment."""
        with self._lock:
            base = 0
            for at, segment in enumerate(self._segments):
                mine = entries[(entries >= base) & (entries < base + len(segment))] - base
                if len(mine):
                    self._segments[at] = segment.without(mine)
                    self._live += _living(self._segments[at]) - _living(segment)
                base += len(segment)
            for row in (entries[entries >= base] - base).tolist():
                self._remove_from_tail(row)
            self._view_now = None

    def _remove_from_tail(self, row: int) -> None:
        if row in self._tail_dead or row >= len(self._tail):
            return
        entry = self._tail_segment().entry(row)
        self._tail_ids.pop(entry.entry_id, None)
        for key in entry.exact:
            self._tail_exact[key].remove(row)
        self._tail_dead.add(row)
        self._live -= 1

    def _find(self, raw: bytes) -> int | None:
        """The number of the living entry with this id."""
        with self._lock:
            base, key = 0, digest_of(raw)
            for segment in self._segments:
                for row in segment.ids.find(key) if segment.ids else ():
                    is_it = row < len(segment) and segment.column("id").get(row) == raw
                    if is_it and not segment.is_dead(row):
                        return base + row
                base += len(segment)
            row_in_tail = self._tail_ids.get(raw)
            return None if row_in_tail is None else base + row_in_tail

    def _require(self, entry_id: str) -> int:
        found = self._find(check_id(entry_id))
        if found is None:
            raise EntryNotFoundError("no entry has this id")
        return found

    def _held(self, raws: Sequence[bytes]) -> set[bytes]:
        """Those of many ids that living entries have."""
        with self._lock:
            found = {raw for raw in raws if raw in self._tail_ids} if self._tail_ids else set()
            keys = digests(ByteColumn.of(raws))
            for segment in self._segments:
                for at, row in segment.ids.find_many(keys) if segment.ids else ():
                    is_it = row < len(segment) and segment.column("id").get(row) == raws[at]
                    if is_it and not segment.is_dead(row):
                        found.add(raws[at])
            return found

    def _require_all_free(self, raws: Sequence[bytes]) -> None:
        if len(self) and self._held(raws):
            raise EntryIdError("an entry has one of these ids already; remove it first")

    def _require_free(self, raw: bytes) -> None:
        if self._find(raw) is not None:
            raise EntryIdError("an entry has this id already; remove it first")

    def _locate(self, entry_id: str) -> tuple[Segment, int]:
        with self._lock:
            return self._view().locate(self._require(entry_id) + self._entry_start)

    def _view(self) -> View:
        view = self._view_now
        if view is not None:
            return view
        with self._lock:
            segments = list(self._segments)
            if len(self._tail):
                segments.append(self._tail_segment())
            self._view_now = View(
                tuple(segments),
                name=self._name,
                index_points=self._points,
                starts=(self._entry_start, self._picture_start),
                previous=self._previous,
                tail_exact=self._tail_exact,
            )
            return self._view_now

    def _tail_segment(self) -> Segment:
        segment = Segment(self._tail.arrays())
        return segment.without(np.array(sorted(self._tail_dead), np.int64))

    def _seal_tail(self, *, merge: bool = True) -> None:
        """Make a segment of the tail, joined with the last ones in memory if those are small."""
        if not len(self._tail):
            return
        parts = [self._tail_segment()]
        total = rows_of(parts[0])
        kept = len(self._segments)
        while merge and kept and not self._segments[kept - 1].is_mapped:
            count = rows_of(self._segments[kept - 1])
            if count >= MERGE_RATIO * total or count + total > LARGEST_MERGE:
                break
            kept -= 1
            parts.insert(0, self._segments[kept])
            total += count
        # Joining takes long: where it is cut short, nothing has changed yet.
        made = self._joined(parts)
        self._segments[kept:] = [made]
        self._tail = ColumnBuilder()
        self._tail_ids, self._tail_exact, self._tail_dead = {}, {}, set()
        self._view_now = None

    def _joined(self, parts: list[Segment], new: Arrays | None = None) -> Segment:
        """One segment of several, and of new entries. Removed entries keep their numbers."""
        columns = [s.arrays for s in parts]
        made = self._built(join_columns(columns if new is None else [*columns, new]))
        dead, base = [], 0
        for s in parts:
            if s.dead is not None:
                dead.append(np.flatnonzero(s.dead) + base)
            base += len(s)
        return made.without(np.concatenate(dead)) if dead else made

    def _built(self, arrays: Arrays) -> Segment:
        return build_segment(arrays, index_points=self._points, threads=self._threads)

    def _read_meta(self, raw: bytes) -> Meta:
        try:
            return read_meta(raw)
        except ValueError:
            raise self._damaged() from None

    def _damaged(self) -> SnapshotDamagedError:
        return SnapshotDamagedError(f"{self._name} is damaged; restore it from a copy")


def check_points(points: int | None) -> int | None:
    """How many points of a picture can be found; None means all.

    Raises:
        ThresholdError: not a whole number, or below 0.
    """
    if points is not None and (
        not isinstance(points, int) or isinstance(points, bool) or points < 0
    ):
        raise ThresholdError(f"index_points is {points!r}, want a whole number from 0 on, or None")
    return points


def rows_of(segment: Segment) -> int:
    """How many hashes a segment holds."""
    return len(segment.arrays["pdq_hashes"]) + len(segment.arrays["window_hashes"])


def _living(segment: Segment) -> int:
    return len(segment) - (0 if segment.dead is None else int(segment.dead.sum()))
