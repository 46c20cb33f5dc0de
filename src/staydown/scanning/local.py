"""The engine of one machine: fetch, fingerprint in isolated processes, match.

Threads hand files to the decoding processes and wait for them; one thread, the caller's, matches.
Files come back as they are done, so one long video holds up nobody.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue
from typing import Protocol

from staydown.errors import StaydownError, UnsupportedFormatError
from staydown.isolate import Pool
from staydown.scanning.engine import Found, ScanOptions
from staydown.scanning.outcomes import Outcome, Verdict, failed
from staydown.scanning.places import FileRef
from staydown.types import Fingerprint, Match

_THREADS_PER_WORKER = 2
_DOWNLOADS_PER_WORKER = 6
_WAITING_PER_THREAD = 2


class Finds(Protocol):
    """What a scan needs of a matcher."""

    def match(self, fingerprint: Fingerprint, *, min_score: float) -> list[Match]:
        """Matches of one fingerprint, best first."""
        ...


_Answer = tuple[FileRef, Fingerprint | StaydownError]


class LocalEngine:
    """Checks files with the processors of this machine. An ``Engine``.

    Args:
        matcher: of the bank; used by the calling thread alone.
        options: how to scan.
        pool: decoding processes to use and to leave open; None makes a pool for each call.
    """

    def __init__(self, matcher: Finds, options: ScanOptions, *, pool: Pool | None = None) -> None:
        self._matcher = matcher
        self._options = options
        self._pool = pool
        self._earlier_s = 0.0
        self._since: float | None = None

    @property
    def workers(self) -> int:
        """See ``Engine``."""
        if self._pool is not None:
            return self._pool.workers
        return self._options.workers or len(os.sched_getaffinity(0))

    @property
    def worker_s(self) -> float:
        """See ``Engine``."""
        running = 0.0 if self._since is None else time.monotonic() - self._since
        return self._earlier_s + running * self.workers

    def check(self, files: Sequence[FileRef]) -> Generator[Found, None, None]:
        """See ``Engine``."""
        pool = self._pool or Pool(self._options.workers or None, self._options.limits)
        self._since = time.monotonic()
        try:
            for ref, answer in _as_done(files, pool, self._options):
                yield ref, self._judge(ref, answer)
        finally:
            self._earlier_s, self._since = self.worker_s, None
            if pool is not self._pool:
                pool.close()

    def _judge(self, ref: FileRef, answer: Fingerprint | StaydownError) -> Outcome:
        if isinstance(answer, UnsupportedFormatError) and not ref.is_expected:
            return Outcome(Verdict.PASSED_OVER)
        if isinstance(answer, StaydownError):
            return failed(answer, name=ref.name)
        matches = self._matcher.match(answer, min_score=self._options.min_score)
        if not matches:
            return Outcome(Verdict.CLEAR, str(answer.kind))
        width, height, duration_s = _shape(answer)
        return Outcome(Verdict.MATCHED, str(answer.kind), tuple(matches), width, height, duration_s)


def _as_done(files: Sequence[FileRef], pool: Pool, options: ScanOptions) -> Iterator[_Answer]:
    """Fingerprint files with a bounded number on their way, and give them back as they are done."""
    remote = any(ref.place.is_remote for ref in files)
    threads = pool.workers * (_DOWNLOADS_PER_WORKER if remote else _THREADS_PER_WORKER)
    done: SimpleQueue[Future[_Answer]] = SimpleQueue()
    waiting = iter(files)
    under_way = 0
    executor = ThreadPoolExecutor(threads, thread_name_prefix="scan")
    try:
        while True:
            for ref in islice(waiting, threads * _WAITING_PER_THREAD - under_way):
                executor.submit(_fingerprint, ref, pool, options).add_done_callback(done.put)
                under_way += 1
            if not under_way:
                return
            yield done.get().result()
            under_way -= 1
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _fingerprint(ref: FileRef, pool: Pool, options: ScanOptions) -> _Answer:
    try:
        with ref.place.open(ref) as content:
            return ref, pool.fingerprint(content, mode=options.mode, name=ref.name)
    except StaydownError as error:
        return ref, error


def _shape(fingerprint: Fingerprint) -> tuple[int, int, float]:
    """Width and height of the working copy, and length in seconds, for the report's drawing."""
    windows, timeline = fingerprint.windows, fingerprint.timeline
    duration_s = timeline.duration_ms / 1000 if timeline else 0.0
    if windows is None and timeline is not None and timeline.windows:
        windows = timeline.windows[0][1]
    return (windows.width, windows.height, duration_s) if windows else (0, 0, duration_s)
