"""Checks that may take long, each within a time of its own, and none raises."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from django.db import DatabaseError

from staydown.cli.checks import Check, Health
from staydown.errors import StaydownError


class TimeOverError(Exception):
    """The time of a check is over."""


@dataclass(frozen=True, slots=True)
class DeepCheck:
    """One check.

    Attributes:
        name: for its line.
        run: gives the line.
        within_s: how long it may take.
        instead: what to run where that is not enough; empty for nothing.
    """

    name: str
    run: Callable[[], Check]
    within_s: float
    instead: str = ""


def run_boxed(check: DeepCheck, *, left_s: float) -> Check:
    """The line of a check, within its time and what is left of the whole.

    Args:
        check: what to run.
        left_s: of the time for all checks together.
    """
    within_s = min(check.within_s, left_s)
    if within_s <= 0:
        return Check(check.name, Health.WARNING, f"left out: the time is over. {check.instead}")
    began = time.monotonic()
    try:
        with time_limit(within_s):
            found = check.run()
    except (TimeOverError, TimeoutError):
        detail = f"not done within {within_s:.0f} s. {check.instead}".rstrip()
        return Check(check.name, Health.WARNING, detail)
    except (StaydownError, DatabaseError, OSError) as error:
        code = getattr(error, "code", type(error).__name__)
        return Check(check.name, Health.BROKEN, f"could not be done ({code}). {check.instead}")
    took = time.monotonic() - began
    return Check(found.name, found.health, f"{found.detail} ({took:.1f} s)")


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise ``TimeOverError`` in the main thread when the time is over; no limit in another one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def over(_number: int, _frame: FrameType | None) -> None:
        raise TimeOverError

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
