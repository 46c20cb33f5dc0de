"""The queue between callers and the threads that each hold one decoding process."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field

from staydown.isolate.sources import Source
from staydown.isolate.wire import Request


@dataclass(slots=True, eq=False)
class Job:
    """One file to work on.

    Attributes:
        source: path or bytes; None where ``descriptor`` is open already.
        request: what to do with it.
        name: how messages name it.
        future: where the raw reply or the error goes.
        descriptor: the open file, or -1.
    """

    source: Source | None
    request: Request
    name: str | None
    future: Future[bytes] = field(default_factory=Future)
    descriptor: int = -1


class JobQueue:
    """First in, first out, with a look at who is idle.

    A thread may take one job ahead, so that its child never waits for us, but only while no other
    thread stands idle.
    """

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._idle = 0
        self._closed = False

    def put(self, job: Job) -> bool:
        """Add a job at the end; True where another thread would help."""
        with self._ready:
            if self._closed:
                return False
            self._jobs.append(job)
            self._ready.notify()
            return len(self._jobs) > self._idle

    def put_back(self, job: Job) -> bool:
        """Return a job that was taken ahead and not begun; it is next. False once closed."""
        with self._ready:
            if self._closed:
                return False
            self._jobs.appendleft(job)
            self._ready.notify()
            return True

    def take(self) -> Job | None:
        """Wait for a job; None once the queue is closed."""
        with self._ready:
            self._idle += 1
            try:
                while not self._jobs and not self._closed:
                    self._ready.wait()
            finally:
                self._idle -= 1
            return self._jobs.popleft() if self._jobs and not self._closed else None

    def take_ahead(self) -> Job | None:
        """A job that no idle thread will take, or None."""
        with self._ready:
            if self._closed or len(self._jobs) <= self._idle:
                return None
            return self._jobs.popleft()

    def close(self) -> list[Job]:
        """Take no more jobs; gives back those that nobody began."""
        with self._ready:
            self._closed = True
            left = list(self._jobs)
            self._jobs.clear()
            self._ready.notify_all()
            return left

    @property
    def is_closed(self) -> bool:
        """True after ``close``."""
        return self._closed
