"""One upload checked for a hook, within its time; whatever fails, the chosen answer is given."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from datetime import datetime
from typing import Any

from django.db import DatabaseError

from staydown import Fingerprint
from staydown.errors import StaydownError
from staydown_web.base.errors import CheckLateError
from staydown_web.hooks.services.answering import Answer, answer_failure, answer_verdict
from staydown_web.hooks.services.opening import OpenHook
from staydown_web.screening import services as screening
from staydown_web.screening.forms.uploads import MemoryFile

AT_ONCE = 8
"""Files of hooks that one process has in work; more wait, within their time."""

_lock = threading.Lock()
_rooms: dict[int, tuple[ThreadPoolExecutor, threading.BoundedSemaphore]] = {}


class Clock:
    """The time that one call has left.

    Args:
        seconds: in all.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left.

        Raises:
            CheckLateError: none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise CheckLateError("the check took longer than this hook may wait")
        return left


def check_for_hook(
    hook: OpenHook,
    *,
    take: Callable[[Clock], MemoryFile | Fingerprint],
    content_ref: str = "",
    account: str = "",
    now: datetime,
) -> Answer:
    """Check what a caller asks about.

    Args:
        hook: whose caller asks.
        take: gives the file or its fingerprint, within the time; errors in it are the upload's or
            ours, and are answered by the hook's choice.
        content_ref: the platform's own id of it.
        account: the platform's own id of who uploads.
        now: the moment, aware UTC.

    Returns:
        What the caller is to do; never an error for something that could not be checked.
    """
    try:
        outcome = try_check(hook, take=take, content_ref=content_ref, account=account, now=now)
    except StaydownError as error:
        return answer_failure(hook, error.code, now)
    except DatabaseError:
        return answer_failure(hook, "database_unreachable", now)
    except OSError:
        return answer_failure(hook, "source_unreadable", now)
    return answer_verdict(hook, outcome.verdict, outcome.check_id)


def try_check(
    hook: OpenHook,
    *,
    take: Callable[[Clock], MemoryFile | Fingerprint],
    content_ref: str = "",
    account: str = "",
    is_paced: bool = True,
    now: datetime,
) -> screening.Outcome:
    """The same for who deals with failures by himself.

    Raises:
        StaydownError: the upload could not be read, or not in time, or the bank could not.
        DatabaseError, OSError: the service's own surroundings failed.
    """
    if not hook.is_reachable:
        raise DatabaseError
    clock = Clock(hook.wait_s)
    return screening.check(
        caller=hook.caller,
        fingerprint=_fingerprint(take(clock), clock),
        content_ref=content_ref,
        account=account,
        is_paced=is_paced,
        now=now,
    )


def _fingerprint(taken: MemoryFile | Fingerprint, clock: Clock) -> Fingerprint:
    if isinstance(taken, Fingerprint):
        return taken
    threads, room = _room()
    if not room.acquire(timeout=_left_or_close(clock, taken)):
        taken.close()
        raise CheckLateError("more files are being checked than there is room for")

    def done(_: Future[Any]) -> None:
        # Also where nobody waits any more: until then the child reads the file.
        taken.close()
        room.release()

    future = threads.submit(screening.fingerprint_media, taken.path)
    future.add_done_callback(done)
    try:
        return future.result(timeout=clock.left())
    except LateError:
        raise CheckLateError("the check took longer than this hook may wait") from None


def _left_or_close(clock: Clock, taken: MemoryFile) -> float:
    try:
        return clock.left()
    except CheckLateError:
        taken.close()
        raise


def _room() -> tuple[ThreadPoolExecutor, threading.BoundedSemaphore]:
    """Threads that wait for decoding processes, of this process alone."""
    pid = os.getpid()
    with _lock:
        if pid not in _rooms:
            _rooms[pid] = (
                ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hooks"),
                threading.BoundedSemaphore(AT_ONCE),
            )
        return _rooms[pid]
