"""The segments of this installation, as every room calls them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import transaction

from staydown import Fingerprint, Match, SignalType
from staydown.index import BankFile
from staydown_web.banks.selectors import Living
from staydown_web.banks.services.segment_store import SegmentStore
from staydown_web.banks.services.segments import Segments
from staydown_web.banks.services.travelling import share
from staydown_web.base.bell import Listener, News, ring

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
    """Tell every process of this machine that its caches are out of date."""
    _segments().touch()


def touch_after_commit() -> None:
    """Tell every process of every machine so, once the current transaction is durable."""
    ring(News.TOUCHED)
    transaction.on_commit(touch_segments, robust=True)


def catch_up() -> int:
    """Bring the segments up to the database; returns how many changes that took."""
    return _segments().catch_up()


def follow_changes(listener: Listener, *, timeout_s: float) -> int | None:
    """Wait for what another machine changes, and take it in at once.

    Returns:
        How many changes were taken in; None where there is nothing to wait for, because the
        database lies on this machine.
    """
    heard = listener.wait(timeout_s=timeout_s)
    if heard is None:
        return None
    if News.TOUCHED in heard:
        touch_segments()
    return catch_up() if News.CHANGED in heard else 0


def prefill_segments(batch_id: UUID, puts: Iterable[Callable[[BankFile], object]]) -> None:
    """Put the entries of an import in, piece by piece, before it counts."""
    _segments().prefill(batch_id, puts)


def keep_ready(batch_id: UUID, entries: Sequence[Living]) -> None:
    """Entries that this process has just committed, so that ``catch_up`` need not read them."""
    _segments().keep_ready(batch_id, entries)


def purge_segments() -> int:
    """Destroy what is left of withdrawn entries in memory and on disk; returns of how many."""
    return _segments().purge()


def examine_segments() -> bool:
    """Compare the bank in memory with its checksums and the database; mend what is wrong.

    Returns:
        Whether all was well.
    """
    return _segments().examine()


def save_snapshot(*, is_due: bool = False, is_anew: bool = False) -> bool:
    """Seal a snapshot on disk, so that the next start need not read the whole database.

    Args:
        is_due: True seals whatever is new at once; else enough must have changed.
        is_anew: True seals also where nothing is new, such as under a newer key.

    Returns:
        Whether one was sealed.
    """
    segments = _segments()
    segments.open()
    missing = segments.unsaved()
    enough = missing is None or missing >= SAVE_AFTER or (missing > 0 and is_due)
    if not (enough or is_anew):
        return False
    segments.save()
    return True


def share_snapshot(*, now: datetime) -> bool:
    """Publish the newest snapshot of this machine in the object store, where that is due.

    Returns:
        Whether it was published; never where no store is set.

    Raises:
        SegmentStoreError: the store does not answer.
    """
    segments = _segments()
    newest = segments.snapshots.newest()
    if segments.store is None or newest is None:
        return False
    return share(newest, segments.store, now=now)


def _segments() -> Segments:
    folder = settings.STAYDOWN_SHARED_MEMORY
    found = _open.get(folder)
    if found is not None and found.pid == os.getpid():
        return found
    with _lock:
        found = _open.get(folder)
        if found is None or found.pid != os.getpid():
            url = settings.STAYDOWN_SEGMENTS_URL
            store = SegmentStore(url) if url else None
            found = Segments(Path(folder), Path(settings.STAYDOWN_HOME) / "segments", store=store)
            _open[folder] = found
        return found
