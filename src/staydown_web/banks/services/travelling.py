"""When a snapshot goes to the object store, and when a machine starts from one there."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from staydown.errors import StaydownError
from staydown_web.banks.selectors import (
    anchor_of,
    changes_from,
    has_withdrawn,
    imported_after,
)
from staydown_web.banks.services.segment_store import SUFFIX, Pointer, SegmentStore, Version
from staydown_web.banks.services.shared_state import Progress
from staydown_web.banks.services.snapshots import Snapshot, Snapshots
from staydown_web.base.errors import SealError

FAR_BEHIND: Final = 1_000
"""Changes by which a snapshot is so much newer that it goes to the store at once, or is fetched."""
EVERY: Final = timedelta(minutes=10)
"""A newer snapshot goes to the store after so long, however little is new."""
LEFT_AFTER: Final = timedelta(hours=1)
"""An object that no pointer names was left by a machine that stopped; nobody fetches so long."""
_READ: Final = 1 << 20

log = logging.getLogger("staydown.segments")


def share(newest: Snapshot, store: SegmentStore, *, now: datetime) -> bool:
    """Publish a snapshot of this machine, where the one in the store should give way to it.

    The object comes first, then the pointer; then what no longer counts is deleted. Cut short
    anywhere, the store holds a whole snapshot, and the next call goes on.

    Args:
        newest: the newest on this machine.
        store: where to.
        now: the moment, aware UTC.

    Returns:
        Whether it was published.

    Raises:
        SegmentStoreError: the store does not answer.
    """
    found, over = _current(store)
    if found is not None and not is_due(newest, found, now=now):
        return False
    digest = _digest_of(newest.path)
    name = f"{newest.progress.applied:016d}-{digest[:16]}{SUFFIX}"
    pointer = Pointer(name, newest.path.stat().st_size, digest, newest.progress, now, newest.key)
    store.put(name, newest.path)
    if not store.move_pointer(pointer, over=over):
        store.delete(name)
        return False
    if found is not None and found.name != name:
        store.delete(found.name)
    for left in store.objects_before(now - LEFT_AFTER):
        if left != name:
            store.delete(left)
    return True


def is_due(newest: Snapshot, found: Pointer, *, now: datetime) -> bool:
    """Whether a snapshot should take the place of the one in the store.

    Args:
        newest: of this machine.
        found: what is in the store.
        now: the moment, aware UTC.
    """
    if not _is_of_this_database(found.progress):
        log.warning("the store of segments holds another database's; it is replaced")
        return True
    mine = newest.progress
    if mine.applied < found.progress.applied:
        return False
    if newest.key > found.key:
        return True  # the key of the one in the store will be retired
    if mine.applied == found.progress.applied:
        return mine.removed < found.progress.removed
    return now - found.made_at >= EVERY or _is_cleaner(mine, found) or _is_far_ahead(mine, found)


def _is_cleaner(mine: Progress, found: Pointer) -> bool:
    """Bytes of withdrawn entries leave the store as soon as there is a snapshot without them."""
    went = has_withdrawn(after=found.progress.applied, upto=mine.applied)
    return mine.removed < found.progress.removed or (not mine.removed and went)


def _is_far_ahead(mine: Progress, found: Pointer) -> bool:
    before = found.progress.applied
    return mine.applied - before + imported_after(before) >= FAR_BEHIND


def fetch_newer(snapshots: Snapshots, store: SegmentStore) -> bool:
    """Fetch the snapshot of the store, where this machine has none or a much older one.

    A store that does not answer, or holds something damaged, is logged and passed over: the
    database has everything.

    Returns:
        Whether there is a new snapshot on this machine.
    """
    try:
        pointer = store.pointer()
        if pointer is None or not _is_worth_fetching(snapshots.newest(), pointer):
            return False
        if not _is_of_this_database(pointer.progress):
            raise SealError("the store of segments holds another database's")
        with snapshots.arriving() as arriving:
            try:
                store.fetch(pointer, arriving)
            except StaydownError:
                again = store.pointer()
                if again is None or again.name == pointer.name:
                    raise
                # Replaced while it was fetched: the new one stays for a while.
                pointer = again
                store.fetch(pointer, arriving)
            snapshots.keep(arriving, applied=pointer.progress.applied)
    except (StaydownError, OSError) as error:
        code = getattr(error, "code", type(error).__name__)
        log.warning("no start from the store of segments (%s); the database is read", code)
        return False
    return True


def _current(store: SegmentStore) -> tuple[Pointer | None, Version | None]:
    """The pointer in the store, and the condition on which it may be replaced."""
    found = store.pointer_bytes()
    if found is None:
        return None, None
    try:
        return Pointer.from_json(*found), found[1]
    except SealError:
        log.warning("the pointer in the store of segments cannot be read; it is replaced")
        return None, found[1]


def _is_of_this_database(progress: Progress) -> bool:
    rows = changes_from(progress.applied, limit=1)
    return not progress.applied or (bool(rows) and anchor_of(rows[0]) == progress.anchor)


def _is_worth_fetching(mine: Snapshot | None, pointer: Pointer) -> bool:
    return mine is None or pointer.progress.applied - mine.progress.applied >= FAR_BEHIND


def _digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ):
            digest.update(piece)
    return digest.hexdigest()
