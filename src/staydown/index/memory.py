"""A store that lives in memory alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from staydown.errors import EntryIdError, EntryNotFoundError
from staydown.index.exhaustive import HASH_BYTES, Hashes, check_hashes, check_max_bits
from staydown.types import Fingerprint, SignalType, Windows
from staydown.types.candidates import PdqHits, Picture, WindowHits

Triple = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint16]]


def _near(queries: Hashes, stored: Hashes, max_bits: int) -> Triple:
    check_hashes(queries)
    check_max_bits(max_bits)
    q = np.ascontiguousarray(queries).view(np.uint64)
    s = np.ascontiguousarray(stored).view(np.uint64)
    rows, cols, bits = [], [], []
    for row in range(len(q)):
        distances = np.bitwise_count(s ^ q[row]).sum(axis=1, dtype=np.uint16)
        near = np.flatnonzero(distances <= max_bits)
        rows.append(np.full(len(near), row, np.int64))
        cols.append(near)
        bits.append(distances[near])
    if not rows:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint16)
    return np.concatenate(rows), np.concatenate(cols), np.concatenate(bits)


class MemoryStore:
    """Entries in memory, searched exactly. A ``CandidateStore``."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._ids: list[str] = []
        self._prints: list[Fingerprint | None] = []
        self._frames: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], Hashes]] = []
        self._pictures: list[Picture] = []
        self._of_entry: list[list[int]] = []
        self._stale = True

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, entry_id: str, fingerprint: Fingerprint) -> None:
        """Add an entry."""
        if not entry_id or entry_id in self._numbers:
            raise EntryIdError("the entry id is empty or already taken")
        entry = len(self._ids)
        self._numbers[entry_id] = entry
        self._ids.append(entry_id)
        self._prints.append(fingerprint)
        timeline = fingerprint.timeline
        frames: list[tuple[int, Windows]] = []
        if timeline is not None:
            times = timeline.times_ms.astype(np.int64)
            self._frames.append((times, timeline.qualities, timeline.hashes))
            frames = [(int(times[f]), w) for f, w in timeline.windows]
        else:
            pdq = fingerprint.get(SignalType.PDQ)
            raw = pdq.raw if pdq else b""
            self._frames.append(
                (
                    np.full(1 if pdq else 0, -1, np.int64),
                    np.array([pdq.quality or 0] if pdq else [], np.uint8),
                    np.frombuffer(raw, np.uint8).reshape(-1, HASH_BYTES),
                )
            )
        windows = fingerprint.windows
        if windows is not None:
            frames.insert(0, (-1, windows))
        mine = []
        for time_ms, w in frames:
            mine.append(len(self._pictures))
            self._pictures.append(
                Picture(mine[-1], entry, time_ms, w.width, w.height, w.hashes, w.geometry, w.grid)
            )
        self._of_entry.append(mine)
        self._stale = True

    def remove(self, entry_id: str) -> None:
        """Remove an entry."""
        if entry_id not in self._numbers:
            raise EntryNotFoundError("no entry has this id")
        self._prints[self._numbers.pop(entry_id)] = None
        self._stale = True

    def refresh(self) -> bool:
        """Nothing else can change it: False."""
        return False

    def entry_id(self, entry: int) -> str:
        """The id of an entry number."""
        return self._ids[entry]

    def fingerprint(self, entry_id: str) -> Fingerprint:
        """The fingerprint of an entry."""
        if entry_id not in self._numbers:
            raise EntryNotFoundError("no entry has this id")
        found = self._prints[self._numbers[entry_id]]
        assert found is not None  # noqa: S101
        return found

    def exact(self, sha256: bytes) -> list[int]:
        """Entry numbers whose sha256 is this."""
        out = []
        for number in self._numbers.values():
            fingerprint = self._prints[number]
            signal = fingerprint.get(SignalType.SHA256) if fingerprint else None
            if signal and signal.raw == sha256:
                out.append(number)
        return out

    def _build(self) -> None:
        live = sorted(self._numbers.values())
        empty = np.empty((0, HASH_BYTES), np.uint8)
        self._p_entry = np.repeat(live, [len(self._frames[e][0]) for e in live]).astype(np.int64)
        none: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._p_time = np.concatenate([none, *(self._frames[e][0] for e in live)])
        self._p_quality = np.concatenate(
            [np.empty(0, np.uint8), *(self._frames[e][1] for e in live)]
        )
        self._p_hashes = np.concatenate([empty, *(self._frames[e][2] for e in live)])
        pictures = [self._pictures[p] for e in live for p in self._of_entry[e]]
        counts = [len(p.hashes) for p in pictures]
        self._w_picture = np.repeat([p.number for p in pictures], counts).astype(np.int64)
        self._w_point = np.concatenate([none, *(np.arange(n) for n in counts)])
        self._w_hashes = np.concatenate([empty, *(p.hashes for p in pictures)])
        self._stale = False

    def search_pdq(self, hashes: Hashes, *, max_bits: int) -> PdqHits:
        """Whole-picture hashes near each query row."""
        if self._stale:
            self._build()
        q, s, d = _near(hashes, self._p_hashes, max_bits)
        return PdqHits(q, self._p_entry[s], self._p_time[s], self._p_quality[s], d)

    def search_windows(self, hashes: Hashes, *, max_bits: int) -> WindowHits:
        """Window hashes near each query row."""
        if self._stale:
            self._build()
        q, s, d = _near(hashes, self._w_hashes, max_bits)
        return WindowHits(q, self._w_picture[s], self._w_point[s], d)

    def picture(self, number: int) -> Picture:
        """One picture by number."""
        return self._pictures[number]

    def pictures(self, entry: int) -> list[int]:
        """The picture numbers of an entry, in order of time."""
        return self._of_entry[entry]

    def frames(self, entry: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], Hashes]:
        """Times in ms (-1 for a photo), qualities and pdq hashes of an entry."""
        return self._frames[entry]
