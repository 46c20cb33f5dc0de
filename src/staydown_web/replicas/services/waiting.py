"""A call that stays open until something changes, so that a replica is a second behind."""

from __future__ import annotations

import threading
import time

from staydown_web.banks.services import segments_version
from staydown_web.replicas.selectors import has_news

WAITING_AT_ONCE = 3
"""Calls that may wait in one process: each keeps one of its threads, and uploads need the rest."""
LONGEST_WAIT_S = 25.0
_LOOK_EVERY_S = 0.05
_ASK_EVERY_S = 0.5

_waiting = threading.BoundedSemaphore(WAITING_AT_ONCE)


def wait_for_change(*, seq: int, wait_s: float) -> bool:
    """Wait until there is a change after a number, or the time is over.

    Shared memory says at once that something changed on this machine; the database is asked now and
    then, for changes that another machine made.

    Args:
        seq: the last change that is known.
        wait_s: how long at most; at most 25 seconds.

    Returns:
        False where too many calls wait already, and this one did not.
    """
    if wait_s <= 0 or has_news(seq):
        return True
    if not _waiting.acquire(blocking=False):
        return False
    try:
        end = time.monotonic() + min(wait_s, LONGEST_WAIT_S)
        seen, asked = segments_version(), time.monotonic()
        while (now := time.monotonic()) < end:
            version = segments_version()
            if version != seen or now - asked >= _ASK_EVERY_S:
                seen, asked = version, now
                if has_news(seq):
                    return True
            time.sleep(_LOOK_EVERY_S)
        return True
    finally:
        _waiting.release()
