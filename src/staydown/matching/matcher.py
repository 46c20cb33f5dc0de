"""``Matcher``: a bank that says which entries a fingerprint is a copy of."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np

from staydown.errors import ThresholdError
from staydown.index import BankFile, MemoryStore
from staydown.matching.photo import match_photo
from staydown.matching.scoring import DEFAULT_MIN_SCORE, sure_score
from staydown.matching.video import match_video
from staydown.types import (
    SAME_BYTES,
    ContentKind,
    Evidence,
    Fingerprint,
    Match,
    MatchKind,
    Signal,
    SignalType,
)
from staydown.types.candidates import CandidateStore
from staydown.types.windows import GRID_SIDE, WINDOW_HASH_BYTES, Windows

_POINTS = 64


def load_compiled() -> None:
    """Compile the loops of a match, or load what was compiled: the first match then need not wait.

    Cost: half a second of processor time a process; half a minute where the cache has nothing.
    """
    known = Fingerprint(ContentKind.PHOTO, (_drawn_windows(),))
    matcher = Matcher()
    matcher.add("known", known)
    matcher.match(known)


def _drawn_windows() -> Signal:
    """Points of no picture: enough of them, each at a place of its own, to go through all loops."""
    drawn = np.random.default_rng(1)
    windows = Windows(
        width=384,
        height=288,
        hashes=drawn.integers(0, 256, (_POINTS, WINDOW_HASH_BYTES), dtype=np.uint8),
        geometry=drawn.integers(0, 1 << 32, _POINTS, dtype=np.uint32),
        grid=drawn.integers(0, 256, (GRID_SIDE, GRID_SIDE), dtype=np.uint8),
    )
    return Signal(SignalType.WINDOWS, base64.b64encode(windows.to_bytes()).decode("ascii"))


class Matcher:
    """A bank of entries, in memory or in a file.

    Args:
        store: where the entries are; a new store in memory by default.
        follow: look for other processes' changes before each match.
    """

    def __init__(self, store: CandidateStore | None = None, *, follow: bool = False) -> None:
        self._store: CandidateStore = MemoryStore() if store is None else store
        self._follow = follow

    @classmethod
    def open(cls, path: str | Path, *, follow: bool = False) -> Matcher:
        """Map a bank file.

        Args:
            path: a bank file.
            follow: see entries that other processes add or remove within a second.

        Raises:
            SnapshotError: the file is missing, damaged, or not a bank file.
        """
        return cls(BankFile.open(path), follow=follow)

    def save(self, path: str | Path) -> None:
        """Write all entries to a new bank file.

        Raises:
            SnapshotExistsError: there is a file at this path already.
        """
        with BankFile.create(path) as bank:
            bank.add_many(
                (e.entry_id, self._store.fingerprint(e.entry_id)) for e in self._store.entries()
            )

    def __len__(self) -> int:
        return len(self._store)

    def __contains__(self, entry_id: object) -> bool:
        return isinstance(entry_id, str) and entry_id in self._store

    def add(self, entry_id: str, fingerprint: Fingerprint) -> None:
        """Add an entry; the next match sees it.

        Raises:
            EntryIdError: the id is empty, too long or taken.
        """
        self._store.add(entry_id, fingerprint)

    def remove(self, entry_id: str) -> None:
        """Remove an entry; the next match no longer sees it.

        Raises:
            EntryNotFoundError: no entry has this id.
        """
        self._store.remove(entry_id)

    def match(self, fingerprint: Fingerprint, *, min_score: float | None = None) -> list[Match]:
        """Entries that the fingerprint is a copy of, best first.

        Args:
            fingerprint: of the upload.
            min_score: leave out weaker candidates; 0.0 gives all of them. None asks for
                ``DEFAULT_MIN_SCORE``, and for ``sure_score`` where nothing but windows of a photo
                speaks for a candidate, which is more in a bank of over 100,000 pictures.

        Returns:
            At most one match an entry; empty when nothing is alike.

        Raises:
            ThresholdError: ``min_score`` is outside 0..1.
        """
        floor = DEFAULT_MIN_SCORE if min_score is None else min_score
        if not 0.0 <= floor <= 1.0:
            raise ThresholdError(f"min_score is {min_score}, want 0..1")
        if self._follow:
            self._store.refresh()
        found = [m for m in self._candidates(fingerprint, floor) if m.score >= floor]
        if min_score is None and any(m.evidence.distance is None for m in found):
            alone = self._windows_alone(fingerprint)
            found = [m for m in found if m.evidence.distance is not None or m.score >= alone]
        found += self._identical(fingerprint)
        if len(found) < 2:
            return found
        by_entry = {m.entry_id: m for m in found}
        return sorted(by_entry.values(), key=lambda m: (-m.score, m.entry_id))

    def _candidates(self, fingerprint: Fingerprint, min_score: float) -> list[Match]:
        if fingerprint.get(SignalType.TIMELINE) is not None:
            return match_video(self._store, fingerprint)
        return match_photo(self._store, fingerprint, min_score=min_score)

    def _windows_alone(self, fingerprint: Fingerprint) -> float:
        """The default score where no whole-picture hash speaks; of videos many frames must."""
        if fingerprint.get(SignalType.TIMELINE) is not None:
            return DEFAULT_MIN_SCORE
        return sure_score(self._store.picture_count())

    def _identical(self, fingerprint: Fingerprint) -> list[Match]:
        found: set[int] = set()
        for type_ in (SignalType.SHA256, SignalType.MD5):
            signal = fingerprint.get(type_)
            if signal is not None:
                found.update(self._store.exact(type_, signal.raw))
        if not found:
            return []
        evidence = Evidence(reason=SAME_BYTES)
        return [Match(self._store.entry_id(e), MatchKind.IDENTICAL, 1.0, evidence) for e in found]
