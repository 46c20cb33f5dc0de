"""A pool of decoding processes."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

from staydown.errors import (
    ConfigError,
    DecodeCrashError,
    FingerprintFormatError,
    InputError,
    StaydownError,
)
from staydown.isolate.jobs import Job, JobQueue
from staydown.isolate.lane import Lane
from staydown.isolate.priority import give_way
from staydown.isolate.raster import raster_to_png
from staydown.isolate.request import check_request
from staydown.isolate.sources import Source, named, open_source, source_name
from staydown.isolate.wire import Operation, Request
from staydown.isolate.worker import Worker, close_job
from staydown.types import Fingerprint
from staydown.types.limits import Limits

AnySource = TypeVar("AnySource", bound=Source)

_JOIN_S = 5.0
_AHEAD = 4


class Pool:
    """Decoding processes that share the work of many files.

    Processes start when there is work for them, and each is replaced when a file kills it. Threads
    may share a pool. A pool works in a script without a main guard, in a daemon, and in a process
    that was forked after the pool was made.

    Args:
        workers: how many processes at most; None takes one for each processor.
        limits: what one file may cost where a call does not say otherwise.
        niceness: by how much the processes give way to others, 0 to 19.
    """

    def __init__(
        self, workers: int | None = None, limits: Limits | None = None, *, niceness: int = 0
    ) -> None:
        if workers is not None and workers < 1:
            raise ConfigError(f"a pool of {workers} workers cannot work; want 1 or more")
        self.workers = workers or len(os.sched_getaffinity(0))
        self.limits = limits or Limits()
        self._niceness = niceness
        self._start()
        _pools.add(self)

    def _start(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._queue = JobQueue()
        self._threads: list[Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def fingerprint(
        self,
        source: Source,
        *,
        signals: Iterable[str] | None = None,
        mode: str = "banking",
        limits: Limits | None = None,
        name: str | None = None,
    ) -> Fingerprint:
        """The fingerprint of one file; see ``staydown.fingerprint``."""
        wanted = check_request(signals, mode)
        future = self._submit(source, _fingerprint_request(wanted, mode, self._of(limits)), name)
        return _read(future, source_name(source, name))

    def fingerprints(
        self,
        sources: Iterable[AnySource],
        *,
        signals: Iterable[str] | None = None,
        mode: str = "banking",
        limits: Limits | None = None,
    ) -> Iterator[tuple[AnySource, Fingerprint | StaydownError]]:
        """The fingerprints of many files, in the order of the sources.

        Args:
            sources: taken as they are needed, a few ahead of what is given back.
            signals: as for ``staydown.fingerprint``.
            mode: as for ``staydown.fingerprint``.
            limits: what each file may cost.

        Yields:
            The source as it was given, and its fingerprint or the error that it ended in.

        Raises:
            InputError: an unknown signal type or mode; errors of a file are yielded.
        """
        wanted = check_request(signals, mode)
        request = _fingerprint_request(wanted, mode, self._of(limits))
        return self._in_order(iter(sources), request)

    def preview(
        self,
        source: Source,
        *,
        sharp: bool = False,
        side: int = 0,
        at_ms: int = 0,
        limits: Limits | None = None,
        name: str | None = None,
    ) -> bytes:
        """A small PNG of a file; see ``staydown.isolate.preview``."""
        of = self._of(limits)
        request = Request(Operation.PREVIEW, "screening", None, of, sharp, side, at_ms)
        block = self._submit(source, request, name).result()
        try:
            return raster_to_png(block)
        except StaydownError as error:
            raise named(error, source_name(source, name)) from None

    def close(self) -> None:
        """End all processes; files under way end in an error."""
        if self._pid != os.getpid():
            return
        for job in self._queue.close():
            close_job(job)
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(DecodeCrashError("the pool was closed before this file"))
        for thread in self._threads:
            thread.stop()
        for thread in self._threads:
            thread.join(_JOIN_S)
        _pools.discard(self)

    def child_pids(self) -> list[int]:
        """Process ids of the children that run now."""
        return [pid for thread in self._threads if (pid := thread.child_pid) is not None]

    def _of(self, limits: Limits | None) -> Limits:
        return limits or self.limits

    def _in_order(
        self, sources: Iterator[AnySource], request: Request
    ) -> Iterator[tuple[AnySource, Fingerprint | StaydownError]]:
        waiting: deque[tuple[AnySource, Future[bytes]]] = deque()
        more = True
        while more or waiting:
            while more and len(waiting) < _AHEAD * self.workers:
                try:
                    source = next(sources)
                except StopIteration:
                    more = False
                    break
                waiting.append((source, self._try_submit(source, request)))
            if waiting:
                source, future = waiting.popleft()
                try:
                    outcome: Fingerprint | StaydownError = _read(future, source_name(source, None))
                except StaydownError as error:
                    outcome = error
                yield source, outcome

    def _try_submit(self, source: Source, request: Request) -> Future[bytes]:
        try:
            return self._submit(source, request, None)
        except InputError as error:
            failed: Future[bytes] = Future()
            failed.set_exception(error)
            return failed

    def _submit(self, source: Source, request: Request, name: str | None) -> Future[bytes]:
        if self._pid != os.getpid():
            self._start()
        job = Job(source, request, source_name(source, name))
        if not isinstance(source, str | os.PathLike | bytes | bytearray | memoryview):
            # A file object belongs to the caller's thread, so it is read here.
            try:
                job.descriptor = open_source(source, request.limits.input_bytes)
            except StaydownError as error:
                raise named(error, job.name) from None
            job.source = None
        if self._queue.is_closed:
            close_job(job)
            raise ConfigError("the pool is closed")
        if self._queue.put(job):
            self._add_worker()
        return job.future

    def _start_lane(self, *given: Any) -> Lane:
        lane = Lane(*given)
        if self._niceness:
            give_way(lane.pid, self._niceness)
        return lane

    def _add_worker(self) -> None:
        with self._lock:
            if len(self._threads) < self.workers and not self._queue.is_closed:
                thread = Worker(self._queue, self._start_lane)
                self._threads.append(thread)
                thread.start()


def _fingerprint_request(wanted: tuple[str, ...] | None, mode: str, limits: Limits) -> Request:
    return Request(Operation.FINGERPRINT, mode, wanted, limits)


def _read(future: Future[bytes], name: str | None) -> Fingerprint:
    """Wait for a reply and parse it strictly: the child may be in an attacker's hands."""
    raw = future.result()
    try:
        made = Fingerprint.from_bytes(raw)
        made.check()
    except FingerprintFormatError:
        error = DecodeCrashError("the decoding process gave a fingerprint that cannot be read")
        raise named(error, name) from None
    return made


_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


def _close_all() -> None:
    for pool in list(_pools):
        pool.close()


atexit.register(_close_all)
