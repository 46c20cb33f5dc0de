"""The engine of a cluster: deals files to workers, takes their answers in, bears their loss."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import staydown
from staydown.scanning.cluster.crew import Crew, Worker
from staydown.scanning.cluster.dealing import Batch, Deal
from staydown.scanning.cluster.joining import joined
from staydown.scanning.cluster.wire import (
    Setup,
    Welcome,
    bank_mark,
    pack_batch,
    unpack_outcomes,
)
from staydown.scanning.engine import Found, ScanOptions
from staydown.scanning.places import FileRef

PATIENCE_S = 120.0
"""So long a scan waits for a first worker, or for one after all were lost."""

_LOOK_S = 1.0


class ClusterEngine:
    """Checks files with the workers of a Ray cluster. An ``Engine``.

    Every worker opens the bank file at one path, so it must lie where all machines see it; it never
    travels through Ray. Files are opened by the workers, and only addresses and outcomes travel.

    Args:
        bank: the bank file, as this machine sees it.
        options: how to scan.
        address: of the cluster; see ``joined``.
        node_bank: where the other machines find the bank file; None means at the same path.
        on_note: is told, in a sentence, what happens to workers.
        patience_s: how long there may be no worker.
    """

    def __init__(
        self,
        bank: Path,
        options: ScanOptions,
        *,
        address: str = "",
        node_bank: str | None = None,
        on_note: Callable[[str], None] = lambda _: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._mark = bank_mark(bank)
        self._bank = node_bank or str(bank.absolute())
        self._options = options
        self._address = address
        self._on_note = on_note
        self._patience_s = patience_s
        self._crew: Crew | None = None
        self._earlier_s = 0.0

    @property
    def workers(self) -> int:
        """See ``Engine``."""
        return self._crew.ready if self._crew else 0

    @property
    def worker_s(self) -> float:
        """See ``Engine``."""
        return self._earlier_s + (self._crew.worker_s if self._crew else 0.0)

    def check(self, files: Sequence[FileRef]) -> Generator[Found, None, None]:
        """See ``Engine``.

        Raises:
            ConfigError: Ray is not installed, or the address is none.
            ClusterError: the cluster cannot be reached, or has no worker that can do it.
        """
        roots = tuple(dict.fromkeys(ref.place.root for ref in files))
        with joined(self._address) as (ray, head):
            crew = self._crew = Crew(
                ray,
                head,
                self._setup(roots),
                wanted=self._options.workers,
                on_note=self._on_note,
                patience_s=self._patience_s,
            )
            try:
                yield from _run(ray, crew, Deal(files), roots)
            finally:
                self._earlier_s, self._crew = self.worker_s, None
                crew.dismiss()

    def _setup(self, roots: tuple[str, ...]) -> Setup:
        return Setup(
            version=staydown.__version__,
            bank=self._bank,
            mark=self._mark,
            min_score=self._options.min_score,
            mode=self._options.mode,
            limits=self._options.limits.to_dict(),
            roots=roots,
        )


def _run(ray: Any, crew: Crew, deal: Deal, roots: tuple[str, ...]) -> Iterator[Found]:
    while not deal.is_done:
        crew.keep_up()
        for worker in crew.free():
            batch = deal.take()
            if batch is None:
                break
            crew.give(worker, batch, pack_batch(batch, deal.files, roots))
        for worker, ref, batch in crew.answered(within_s=_LOOK_S):
            yield from _take_in(ray, crew, deal, (worker, ref, batch))


def _take_in(
    ray: Any, crew: Crew, deal: Deal, answer: tuple[Worker, Any, Batch | None]
) -> Iterator[Found]:
    """One answer: a greeting, the outcomes of a batch, or the news that the worker is lost."""
    worker, ref, batch = answer
    lost = (
        ray.exceptions.RayActorError,
        ray.exceptions.WorkerCrashedError,
        ray.exceptions.NodeDiedError,
        ray.exceptions.ObjectLostError,
    )
    try:
        raw = ray.get(ref)
    except lost:
        for back in (*([batch] if batch else []), *crew.drop(worker)):
            yield from deal.give_back(back)
        return
    if batch is None:
        crew.greet(worker, Welcome.from_bytes(raw))
        return
    yield from deal.settle(deal.retry(unpack_outcomes(raw, batch), batch))
