"""The scan itself: what is known comes from the journal, the rest from an engine, each file once.

An engine checks files: ``local`` with the processors of this machine, ``cluster`` with those of a
Ray cluster. Whichever it is, one thread, the caller's, writes the journal.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from staydown.scanning.journal import Journal
from staydown.scanning.outcomes import Outcome
from staydown.scanning.places import FileRef
from staydown.types.limits import Limits

Found = tuple[FileRef, Outcome]
"""A file and what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """How to scan.

    Attributes:
        min_score: lowest score that counts as a match.
        mode: "screening" (fast) or "banking" (exact bits).
        workers: decoding processes on this machine, workers in a cluster; 0 takes one for each
            processor.
        limits: what one file may cost.
    """

    min_score: float
    mode: str = "screening"
    workers: int = 0
    limits: Limits = field(default_factory=Limits)


class Engine(Protocol):
    """Who checks the files."""

    @property
    def workers(self) -> int:
        """How many files are worked on at the same time, now."""
        ...

    @property
    def worker_s(self) -> float:
        """Seconds that workers were held so far, all of them added up."""
        ...

    def check(self, files: Sequence[FileRef]) -> Generator[Found, None, None]:
        """Check files.

        Args:
            files: what to check; not empty.

        Yields:
            Each file once, with what became of it, as they are done.
        """
        ...


class Scan:
    """A scan of many files against one bank.

    Args:
        engine: checks what is not known yet.
        journal: what is known from earlier runs, and where new outcomes are noted; None keeps
            nothing.
    """

    def __init__(self, engine: Engine, *, journal: Journal | None = None) -> None:
        self._engine = engine
        self._journal = journal

    def run(self, files: Sequence[FileRef]) -> Generator[Found, None, None]:
        """Check files; those that are known come first, the others as they are done.

        Each outcome is noted in the journal before it is given out, so whoever stops here, in
        whatever way, loses nothing of it.

        Args:
            files: what to scan.

        Yields:
            Each file once, with what became of it.
        """
        new: list[FileRef] = []
        yield from self._known(files, new)
        if not new:
            return
        with closing(self._engine.check(new)) as checked:
            for ref, outcome in checked:
                if self._journal is not None and outcome.lasts:
                    self._journal.put(ref, outcome)
                yield ref, outcome

    def unknown(self, files: Sequence[FileRef]) -> list[FileRef]:
        """The files that ``run`` would have to check."""
        new: list[FileRef] = []
        for _ in self._known(files, new):
            pass
        return new

    def _known(self, files: Sequence[FileRef], new: list[FileRef]) -> Iterator[Found]:
        """Give out what the journal knows, and put the other files into ``new``."""
        for ref in files:
            known = self._journal.get(ref) if self._journal is not None else None
            if known is None:
                new.append(ref)
            else:
                yield ref, known
