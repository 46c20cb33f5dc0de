"""The scan itself, on one machine: fetch, fingerprint in isolated processes, match, note down.

Threads hand files to the decoding processes and wait for them; one thread, the caller's, matches
and writes the journal. Files come back as they are done, so one long video holds up nobody.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from queue import SimpleQueue
from typing import Protocol

from staydown.errors import StaydownError, UnsupportedFormatError
from staydown.isolate import Pool
from staydown.scanning.journal import Journal
from staydown.scanning.outcomes import Outcome, Verdict, failed
from staydown.scanning.places import FileRef
from staydown.types import Fingerprint, Match
from staydown.types.limits import Limits

_THREADS_PER_WORKER = 2
_DOWNLOADS_PER_WORKER = 6
_WAITING_PER_THREAD = 2


class Finds(Protocol):
    """What a scan needs of a matcher."""

    def match(self, fingerprint: Fingerprint, *, min_score: float) -> list[Match]:
        """Matches of one fingerprint, best first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """How to scan.

    Attributes:
        min_score: lowest score that counts as a match.
        mode: "screening" (fast) or "banking" (exact bits).
        workers: decoding processes; 0 takes one for each processor.
        limits: what one file may cost.
    """

    min_score: float
    mode: str = "screening"
    workers: int = 0
    limits: Limits = field(default_factory=Limits)


_Answer = tuple[FileRef, Fingerprint | StaydownError]


class Scan:
    """A scan of many files against one bank.

    Args:
        matcher: of the bank; used by the calling thread alone.
        options: how to scan.
        journal: what is known from earlier runs, and where new outcomes are noted; None keeps
            nothing.
    """

    def __init__(
        self, matcher: Finds, options: ScanOptions, *, journal: Journal | None = None
    ) -> None:
        self._matcher = matcher
        self._options = options
        self._journal = journal

    def run(self, files: Sequence[FileRef]) -> Generator[tuple[FileRef, Outcome], None, None]:
        """Check files; those that are known come first, the others as they are done.

        Each outcome is noted in the journal before it is given out, so whoever stops here, in
        whatever way, loses nothing of it.

        Args:
            files: what to scan.

        Yields:
            Each file once, with what became of it.
        """
        new = []
        for ref in files:
            known = self._journal.get(ref) if self._journal is not None else None
            if known is None:
                new.append(ref)
            else:
                yield ref, known
        if not new:
            return
        with Pool(self._options.workers or None, self._options.limits) as pool:
            for ref, answer in _as_done(new, pool, self._options):
                outcome = self._judge(ref, answer)
                if self._journal is not None and outcome.lasts:
                    self._journal.put(ref, outcome)
                yield ref, outcome

    def _judge(self, ref: FileRef, answer: Fingerprint | StaydownError) -> Outcome:
        if isinstance(answer, UnsupportedFormatError) and not ref.chosen:
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
