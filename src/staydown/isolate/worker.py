"""A thread of the parent that keeps one decoding process busy."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable

from staydown.errors import DecodeCrashError, StaydownError
from staydown.isolate.jobs import Job, JobQueue
from staydown.isolate.lane import Lane
from staydown.isolate.sources import named, open_source
from staydown.isolate.wire import ChannelError, Reply, Status, unpack_error

DEPTH = 2
"""Requests a child holds: the one it works on and the next."""

FILES_A_CHILD = 5000
"""Files after which a child is replaced: it bounds leaks, and what a break-in could see."""


class Worker(threading.Thread):
    """Serves the queue with one child after the other, until the queue closes.

    The child is started by this thread and not by the caller's, because the kernel ends it when
    the thread that started it ends.

    Args:
        queue: where jobs come from.
        start: makes a child that may use so much memory; tests pass their own.
    """

    def __init__(self, queue: JobQueue, start: Callable[[int], Lane] = Lane) -> None:
        super().__init__(name="staydown-decode", daemon=True)
        self._queue, self._start_lane = queue, start
        self._lane: Lane | None = None
        self._open: deque[tuple[int, Job]] = deque()
        self._number = 0
        self._left = 0
        self._closing = False

    def run(self) -> None:
        """Take jobs until there are no more."""
        try:
            while (job := self._queue.take()) is not None:
                self._serve(job)
        finally:
            self._drop_lane()

    def stop(self) -> None:
        """End the child from another thread; the thread ends soon after."""
        self._closing = True
        lane = self._lane
        if lane is not None:
            lane.hang_up()

    @property
    def child_pid(self) -> int | None:
        """The process id of the child, for tests and reports."""
        return self._lane.pid if self._lane else None

    def _serve(self, job: Job) -> None:
        """Work until nothing is open; ``job`` is the first."""
        self._begin(job)
        started = time.monotonic()
        while self._open:
            while len(self._open) < min(DEPTH, self._left + len(self._open)):
                ahead = self._queue.take_ahead()
                if ahead is None:
                    break
                if not self._has_room(ahead) and self._queue.put_back(ahead):
                    break
                self._begin(ahead)
            self._finish(started)
            started = time.monotonic()

    def _begin(self, job: Job) -> None:
        """Open the source and send it; errors of the source end the job here."""
        if job.descriptor < 0 and job.source is not None:
            try:
                job.descriptor = open_source(job.source, job.request.limits.input_bytes)
            except StaydownError as error:
                _fail(job, error)
                return
        try:
            lane = self._ready_lane(job)
        except StaydownError as error:
            _fail(job, error)
            return
        self._number = (self._number + 1) & 0xFFFFFFFF
        self._open.append((self._number, job))
        self._left -= 1
        try:
            lane.ask(self._number, job.request, job.descriptor)
        except ChannelError:
            return  # Listening will say why the child is gone.

    def _has_room(self, job: Job) -> bool:
        """Whether the child's ceiling lets this file have what it may cost."""
        wanted = job.request.limits.memory_bytes
        return self._lane is None or wanted <= self._lane.memory_bytes

    def _ready_lane(self, job: Job) -> Lane:
        if not self._open and self._lane is not None and not self._suits(self._lane, job):
            self._drop_lane()
        if self._lane is None:
            self._lane = self._start_lane(job.request.limits.memory_bytes)
            self._left = FILES_A_CHILD
        if self._closing:
            raise _closed()
        return self._lane

    def _suits(self, lane: Lane, job: Job) -> bool:
        return self._left > 0 and lane.is_alive() and self._has_room(job)

    def _finish(self, started: float) -> None:
        """Wait for the oldest open job."""
        if not self._open or self._lane is None:
            return
        number, job = self._open[0]
        try:
            reply = self._lane.listen(started, job.request.limits)
            if reply.job != number or reply.status is Status.READY:
                self._lane.kill()
                raise DecodeCrashError("the decoding process gave an answer that does not belong")
        except StaydownError as error:
            self._open.popleft()
            self._after_death(job, error)
            return
        self._open.popleft()
        if reply.retire:
            self._left = 0
        _settle(job, reply)

    def _after_death(self, job: Job, error: StaydownError) -> None:
        """The child is gone: its file gets the error, the one that waited goes back."""
        self._drop_lane()
        while self._open:
            waiting = self._open.pop()[1]
            if not self._queue.put_back(waiting):
                _fail(waiting, _closed())
        _fail(job, _closed() if self._closing else error)

    def _drop_lane(self) -> None:
        if self._lane is not None:
            self._lane.kill()
            self._lane = None


def _closed() -> DecodeCrashError:
    return DecodeCrashError("the pool was closed before this file was done")


def _settle(job: Job, reply: Reply) -> None:
    if reply.status is Status.ERROR:
        _fail(job, unpack_error(reply.payload))
        return
    close_job(job)
    if job.future.set_running_or_notify_cancel():
        job.future.set_result(reply.payload)


def _fail(job: Job, error: StaydownError) -> None:
    close_job(job)
    if job.future.set_running_or_notify_cancel():
        job.future.set_exception(named(error, job.name))


def close_job(job: Job) -> None:
    """Close the job's file."""
    if job.descriptor >= 0:
        os.close(job.descriptor)
        job.descriptor = -1
