"""A snapshot of all segments that readers search without a lock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from staydown.errors import SnapshotDamagedError
from staydown.index.exhaustive import Hashes, Rows
from staydown.index.layers import Layer, LayerSearch
from staydown.index.prepared import WHOLE
from staydown.index.segment import Segment
from staydown.types.candidates import PdqHits, Picture, WindowHits

_QUALITY = np.uint8(WHOLE - 1)
_FEW = 4
"""Up to so many hits are described one by one: arrays of so few cost more than they save."""
_NO_ROWS = np.empty(0, np.int64)
_Described = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint8]]
_NO_PDQ_HITS = PdqHits(_NO_ROWS, _NO_ROWS, _NO_ROWS, np.empty(0, np.uint8), np.empty(0, np.uint16))


class View:
    """Segments in order, with the numbers of entries and pictures that follow from it.

    Args:
        segments: in order of adding.
        name: what to call the file in an error.
        index_points: points of each picture that can be found, strongest first; None means all.
        starts: the first entry number and the first picture number.
        previous: the view that numbers below these belong to, if any.
        tail_exact: rows of the last segment by ``exact_key``, where it has no lookup of its own. It
            may grow and shrink later, with entries of later views.
    """

    def __init__(
        self,
        segments: tuple[Segment, ...],
        *,
        name: str,
        index_points: int | None,
        starts: tuple[int, int] = (0, 0),
        previous: View | None = None,
        tail_exact: Mapping[bytes, list[int]] | None = None,
    ) -> None:
        self.segments = segments
        self.tail_exact = {} if tail_exact is None else tail_exact
        self._name = name
        self._points = index_points
        self._previous = previous
        self.entry_bases = _bases(segments, len, starts[0])
        self.picture_bases = _bases(segments, lambda s: s.pictures, starts[1])
        self._pdq_bases = _bases(segments, lambda s: len(s.arrays["pdq_hashes"]))
        self._window_bases = _bases(segments, lambda s: len(s.arrays["window_hashes"]))
        self._pdq = LayerSearch(
            tuple(
                Layer(s.arrays["pdq_hashes"], base, s.pdq, s.dead_pdq)
                for s, base in zip(segments, self._pdq_bases, strict=False)
                if len(s.arrays["pdq_hashes"])
            ),
            name=name,
        )
        self._windows = LayerSearch(
            tuple(
                Layer(s.arrays["window_hashes"], base, s.windows, s.dead_windows)
                for s, base in zip(segments, self._window_bases, strict=False)
                if len(s.arrays["window_hashes"])
            ),
            name=name,
        )

    def forget_before(self, generations: int) -> None:
        """Let go of views more than so many compactions back, and of the files they map."""
        view = self
        for _ in range(generations):
            if view._previous is None:
                return
            view = view._previous
        view._previous = None  # noqa: SLF001 - of the same class

    def locate(self, entry: int) -> tuple[Segment, int]:
        """The segment of an entry number, and its row there."""
        if self._previous is not None and entry < self.entry_bases[0]:
            return self._previous.locate(entry)
        return _locate(self.segments, self.entry_bases, entry)

    def search_pdq(
        self,
        hashes: Hashes,
        max_bits: int,
        threads: int,
        *,
        sure_bits: tuple[int, ...] | None = None,
    ) -> PdqHits:
        """See ``CandidateStore``."""
        query, rows, bits = self._pdq.search(hashes, max_bits, threads=threads, sure_bits=sure_bits)
        if not len(rows):
            return _NO_PDQ_HITS
        if len(rows) <= _FEW:
            return PdqHits(query, *self._few_pdq(rows.tolist()), bits)
        return PdqHits(query, *self._many_pdq(rows), bits)

    def _few_pdq(self, rows: list[int]) -> _Described:
        """As ``_many_pdq``, one by one."""
        entries, times, qualities = [], [], []
        for row in rows:
            number = bisect_right(self._pdq_bases, row) - 1
            local, arrays = row - self._pdq_bases[number], self.segments[number].arrays
            ends, mark = arrays["pdq_ends"], int(arrays["pdq_marks"][local])
            owner = int(ends.searchsorted(np.uint64(local), "right"))
            if owner >= len(ends):
                raise _outside(self._name)
            entries.append(owner + self.entry_bases[number])
            times.append(-1 if mark >= WHOLE else int(arrays["pdq_times"][local]))
            qualities.append(mark & (WHOLE - 1))
        return np.array(entries, np.int64), np.array(times, np.int64), np.array(qualities, np.uint8)

    def _many_pdq(self, rows: Rows) -> _Described:
        """The entries of rows of whole-picture hashes, their times and their qualities."""
        entries, times = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
        marks = np.empty(len(rows), np.uint8)
        for mine, s, base, number in self._split(rows, self._pdq_bases):
            local = rows[mine] - base
            found = _owners(s, "pdq_ends", local, self._name)
            entries[mine] = found + self.entry_bases[number]
            marks[mine] = s.arrays["pdq_marks"][local]
            times[mine] = s.arrays["pdq_times"][local]
        times[marks >= WHOLE] = -1
        return entries, times, marks & _QUALITY

    def search_windows(self, hashes: Hashes, max_bits: int, threads: int) -> WindowHits:
        """See ``CandidateStore``."""
        query, rows, bits = self._windows.search(hashes, max_bits, threads=threads)
        pictures, points = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
        for mine, s, base, number in self._split(rows, self._window_bases):
            local = rows[mine] - base
            found = _owners(s, "window_ends", local, self._name)
            ends = s.arrays["window_ends"]
            before = np.where(found > 0, ends[np.maximum(found - 1, 0)].astype(np.int64), 0)
            points[mine] = local - before
            pictures[mine] = found + self.picture_bases[number]
        if self._points is None:
            return WindowHits(query, pictures, points, bits)
        # Runs without tables hold every point; show the same ones as those with tables.
        keep = points < self._points
        return WindowHits(query[keep], pictures[keep], points[keep], bits[keep])

    def _split(
        self, rows: Rows, bases: list[int]
    ) -> list[tuple[npt.NDArray[np.bool_] | slice, Segment, int, int]]:
        if not len(rows):
            return []
        if len(self.segments) == 1:
            return [(slice(None), self.segments[0], 0, 0)]
        parts: list[tuple[npt.NDArray[np.bool_] | slice, Segment, int, int]] = []
        for number, segment in enumerate(self.segments):
            mine = (rows >= bases[number]) & (rows < bases[number + 1])
            if mine.any():
                parts.append((mine, segment, bases[number], number))
        return parts

    def picture(self, number: int) -> Picture:
        """See ``CandidateStore``."""
        if self._previous is not None and number < self.picture_bases[0]:
            return self._previous.picture(number)
        segment, row = _locate(self.segments, self.picture_bases, number)
        p = segment.picture_rows(row)
        at = bisect_right(self.picture_bases, number) - 1
        owner = _owners(segment, "picture_ends", np.array([row]), self._name)
        entry = int(owner[0]) + self.entry_bases[at]
        time_ms = -1 if p.marks & WHOLE else p.time_ms
        return Picture(number, entry, time_ms, p.width, p.height, p.hashes, p.geometry, p.grid)

    def pictures(self, entry: int) -> list[int]:
        """See ``CandidateStore``."""
        if self._previous is not None and entry < self.entry_bases[0]:
            return self._previous.pictures(entry)
        segment, row = self.locate(entry)
        base = self.picture_bases[bisect_right(self.entry_bases, entry) - 1]
        first, last = segment.span("picture_ends", row)
        return list(range(first + base, last + base))

    def picture_count(self) -> int:
        """See ``CandidateStore``."""
        return self.picture_bases[-1] - self.picture_bases[0]

    def frames(self, entry: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], Hashes]:
        """See ``CandidateStore``."""
        segment, row = self.locate(entry)
        first, last = segment.span("pdq_ends", row)
        marks = segment.arrays["pdq_marks"][first:last]
        times = segment.arrays["pdq_times"][first:last].astype(np.int64)
        times[marks >= WHOLE] = -1
        return times, marks & _QUALITY, segment.arrays["pdq_hashes"][first:last]


def _bases(
    segments: tuple[Segment, ...], size: Callable[[Segment], int], start: int = 0
) -> list[int]:
    return list(accumulate((size(s) for s in segments), initial=start))


def _locate(segments: tuple[Segment, ...], bases: list[int], number: int) -> tuple[Segment, int]:
    at = bisect_right(bases, number) - 1
    if not 0 <= at < len(segments):
        raise IndexError(f"there is no number {number}")
    return segments[at], number - bases[at]


def _owners(segment: Segment, ends: str, rows: Rows, name: str) -> npt.NDArray[np.int64]:
    """Which part each row belongs to."""
    column = segment.arrays[ends]
    found = np.searchsorted(column, rows.astype(np.uint64), "right")
    if len(found) and int(found.max()) >= len(column):
        raise _outside(name)
    return found


def _outside(name: str) -> SnapshotDamagedError:
    return SnapshotDamagedError(f"{name} points outside its rows; restore it from a copy")
