"""Politeness: not too often to one host, and not at all while it asks to be left alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from staydown_web.base.errors import RateLimitedError

_MOST_KEPT = 4_096
LONGEST_PAUSE_S = 3_600


@dataclass
class Pace:
    """When a host may be asked next; shared by all threads of a process.

    Attributes:
        gap_s: between two requests to one host.
        clock: seconds that only go forward.
        sleep: waits; tests bring their own.
    """

    gap_s: float = 0.1
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next: dict[str, float] = field(default_factory=dict, repr=False)
    _paused: dict[str, float] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def wait(self, host: str, most_s: float) -> None:
        """Wait for the host's turn.

        Raises:
            RateLimitedError: it asked to be left alone for longer than ``most_s``, or too many
                wait for it.
        """
        with self._lock:
            now = self.clock()
            turn = max(now, self._next.get(host, 0.0), self._paused.get(host, 0.0))
            wait_s = turn - now
            if wait_s > most_s:
                raise RateLimitedError(
                    "the host asks for fewer requests; try again later", retry_after_s=int(wait_s)
                )
            if len(self._next) >= _MOST_KEPT:
                self._forget(now)
            self._next[host] = turn + self.gap_s
        if wait_s > 0:
            self.sleep(wait_s)

    def pause(self, host: str, seconds: float) -> None:
        """Leave a host alone, because it asked for that (429 or 503 with ``Retry-After``)."""
        with self._lock:
            if len(self._paused) >= _MOST_KEPT:
                self._forget(self.clock())
            until = self.clock() + min(max(seconds, 0.0), LONGEST_PAUSE_S)
            self._paused[host] = max(self._paused.get(host, 0.0), until)

    def _forget(self, now: float) -> None:
        for kept in (self._next, self._paused):
            for host in [host for host, until in kept.items() if until <= now]:
                del kept[host]
