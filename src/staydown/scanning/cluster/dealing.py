"""Which files wait, which are under way, which are done: files are dealt in batches, told once.

Nothing here knows of Ray. A batch that was lost with its worker is dealt again, so two workers may
answer for one file; the first answer counts, and the second is dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staydown.errors import SourceError, WorkerLostError
from staydown.scanning.engine import Found
from staydown.scanning.outcomes import Outcome, failed
from staydown.scanning.places import FileRef

BATCH_FILES = 32
"""Most files a batch: about a second of work for photos, and what a lost worker costs."""

_BATCHES = 64
"""A scan has so many batches at least, so that all workers end at about the same time."""

BATCH_BYTES = 64 << 20
"""Bytes a batch, so that long videos do not wait in one queue while other workers are idle."""

LOSSES_TOGETHER = 2
"""After so many losses the files of a batch go alone, so that a bad one takes no other with it."""

LOSSES_ALONE = 3
"""After so many more, a file that goes alone is given up in this run."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Files that go to one worker together.

    Attributes:
        numbers: their places in the sequence that is dealt.
        losses: how often they were lost with their worker.
    """

    numbers: tuple[int, ...]
    losses: int = 0


class Deal:
    """Deals files in batches until each has one outcome.

    Args:
        files: what to deal, in this order.
        batch_files: most files of a batch; 0 chooses.
        batch_bytes: a batch ends with the file that brings it to so many bytes.
    """

    def __init__(
        self,
        files: Sequence[FileRef],
        *,
        batch_files: int = 0,
        batch_bytes: int = BATCH_BYTES,
    ) -> None:
        self.files = files
        self._batch_files = batch_files or max(1, min(BATCH_FILES, len(files) // _BATCHES))
        self._batch_bytes = batch_bytes
        self._next = 0
        self._again: deque[Batch] = deque()
        self._open = bytearray(b"\x01") * len(files)
        self._left = len(files)

    @property
    def is_done(self) -> bool:
        """True where every file has its outcome."""
        return self._left == 0

    @property
    def has_more(self) -> bool:
        """True where a batch waits to be taken."""
        return bool(self._again) or self._next < len(self.files)

    def take(self) -> Batch | None:
        """The next batch, those that came back first; None where all are under way or done."""
        while self._again:
            batch = self._again.popleft()
            still = tuple(number for number in batch.numbers if self._open[number])
            if still:
                return Batch(still, batch.losses)
        return self._cut() if self._next < len(self.files) else None

    def settle(self, outcomes: Mapping[int, Outcome]) -> list[Found]:
        """Take outcomes in; those of files that have none yet come back, to be told."""
        told: list[Found] = []
        for number, outcome in outcomes.items():
            if self._open[number]:
                self._open[number] = 0
                self._left -= 1
                told.append((self.files[number], outcome))
        return told

    def give_back(self, batch: Batch) -> list[Found]:
        """Take back a batch whose worker was lost; returns files that are given up, to be told."""
        losses = batch.losses + 1
        if losses < LOSSES_TOGETHER:
            self._again.append(Batch(batch.numbers, losses))
        elif losses < LOSSES_TOGETHER + LOSSES_ALONE:
            self._again.extend(Batch((number,), losses) for number in batch.numbers)
        else:
            lost = WorkerLostError(
                f"{losses} workers were lost with this file. Run the scan again to try it once more"
            )
            return self.settle({n: failed(lost, name="") for n in batch.numbers})
        return []

    def retry(self, outcomes: Mapping[int, Outcome], batch: Batch) -> dict[int, Outcome]:
        """Deal files anew, once, that one worker could not read: another machine may reach them.

        Returns:
            The outcomes to settle: all others.
        """
        if batch.losses:
            return dict(outcomes)
        unread = tuple(n for n, outcome in outcomes.items() if outcome.code == SourceError.code)
        if unread:
            self._again.append(Batch(unread, losses=1))
        return {n: outcome for n, outcome in outcomes.items() if n not in {*unread}}

    def _cut(self) -> Batch:
        first, size = self._next, 0
        while self._next < len(self.files) and self._next - first < self._batch_files:
            size += self.files[self._next].size
            self._next += 1
            if size >= self._batch_bytes:
                break
        return Batch(tuple(range(first, self._next)))
