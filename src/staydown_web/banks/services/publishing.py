"""The segments of this installation, as every room calls them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
from django.conf import settings

from staydown import Fingerprint, Match, SignalType
from staydown.index import BankFile
from staydown_web.banks.selectors import Living
from staydown_web.banks.services.segments import Segments

SAVE_AFTER = 1_000
"""A snapshot is due when it lacks so many changes: replaying them takes less than a second."""

_lock = threading.Lock()
_open: dict[Path | str, Segments] = {}


def open_segments() -> None:
    """Map the bank in this process. Once a process, at start; else the first match does it."""
    _segments().open()


def close_segments() -> None:
    """Let go of the bank in this process."""
    with _lock:
        for segments in _open.values():
            segments.close()
        _open.clear()


def is_ready() -> bool:
    """Whether this process has the bank mapped, so that checks are answered at once."""
    return _segments().is_open


def match_entries(fingerprint: Fingerprint) -> list[Match]:
    """Entries that a fingerprint is a copy of, best first; ids are those of ``Entry``."""
    return _segments().match(fingerprint)


def near_photos(pdq: bytes, *, max_bits: int, least_quality: int) -> list[tuple[UUID, int]]:
    """Photos by the distance of their ``pdq`` alone, nearest first: what lists of others mean.

    Args:
        pdq: 32 bytes.
        max_bits: radius, 0..256.
        least_quality: photos whose own ``pdq`` is less telling are left out.

    Returns:
        Id of the entry and distance in bits.
    """
    bank = _segments().bank()
    hits = bank.search_pdq(np.frombuffer(pdq, np.uint8).reshape(1, 32), max_bits=max_bits)
    telling = (hits.time_ms < 0) & (hits.quality >= least_quality)
    rows = zip(hits.entry[telling].tolist(), hits.distance[telling].tolist(), strict=True)
    found = [(UUID(bank.entry_id(entry)), distance) for entry, distance in rows]
    return sorted(found, key=lambda row: (row[1], row[0]))


def same_files(type_: SignalType, digest: bytes) -> list[UUID]:
    """Entries whose ``sha256`` or ``md5`` this is."""
    bank = _segments().bank()
    return [UUID(bank.entry_id(entry)) for entry in bank.exact(type_, digest)]


def segments_version() -> int:
    """A number that grows when an entry, a bank or a decision changes; caches go by it."""
    return _segments().version


def touch_segments() -> None:
    """Tell every process that its caches are out of date."""
    _segments().touch()


def catch_up() -> int:
    """Bring the segments up to the database; returns how many changes that took."""
    return _segments().catch_up()


def prefill_segments(batch_id: UUID, puts: Iterable[Callable[[BankFile], object]]) -> None:
    """Put the entries of an import in, piece by piece, before it counts."""
    _segments().prefill(batch_id, puts)


def keep_ready(batch_id: UUID, entries: Sequence[Living]) -> None:
    """Entries that this process has just committed, so that ``catch_up`` need not read them."""
    _segments().keep_ready(batch_id, entries)


def purge_segments() -> int:
    """Destroy what is left of withdrawn entries in memory and on disk; returns of how many."""
    return _segments().purge()


def save_snapshot(*, is_due: bool = False) -> bool:
    """Seal a snapshot on disk, so that the next start need not read the whole database.

    Args:
        is_due: True seals whatever is new at once; else enough must have changed.

    Returns:
        Whether one was sealed.
    """
    segments = _segments()
    segments.open()
    missing = segments.unsaved()
    if missing is not None and (missing == 0 or (missing < SAVE_AFTER and not is_due)):
        return False
    segments.save()
    return True


def _segments() -> Segments:
    folder = settings.STAYDOWN_SHARED_MEMORY
    found = _open.get(folder)
    if found is not None and found.pid == os.getpid():
        return found
    with _lock:
        found = _open.get(folder)
        if found is None or found.pid != os.getpid():
            found = Segments(Path(folder), Path(settings.STAYDOWN_HOME) / "segments")
            _open[folder] = found
        return found
