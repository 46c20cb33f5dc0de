"""The workers of a scan: started, greeted, given work, replaced when they are lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from staydown.errors import ClusterError
from staydown.scanning.cluster.dealing import Batch
from staydown.scanning.cluster.joining import Head
from staydown.scanning.cluster.node import NodeWorker
from staydown.scanning.cluster.wire import Setup, Welcome

DEPTH = 2
"""Batches a worker holds: the one it works on and the next. This bounds what is under way."""

_FALSE_STARTS = 8
"""Workers in a row that die before their first word: the cluster cannot run them."""

_BREATH_S = 1.0


@dataclass(slots=True, eq=False)
class Worker:
    """One worker, as the scan sees it.

    Attributes:
        actor: Ray's handle.
        host: its machine; empty until it has greeted.
        since: when it greeted, monotonic seconds.
        asked: what it was given and has not answered; None stands for the greeting.
    """

    actor: Any
    host: str = ""
    since: float = 0.0
    asked: dict[Any, Batch | None] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """True where it can take work."""
        return bool(self.host)


class Crew:
    """All workers of one scan.

    Args:
        ray: the module, connected.
        head: of the cluster.
        setup: what each needs.
        wanted: how many; 0 takes one for each processor of the cluster, also of later nodes.
        on_note: is told, in a sentence, of workers that are lost or cannot work.
        patience_s: how long there may be no worker at all.
    """

    def __init__(
        self,
        ray: Any,
        head: Head,
        setup: Setup,
        *,
        wanted: int,
        on_note: Callable[[str], None],
        patience_s: float,
    ) -> None:
        self._ray, self._head = ray, head
        self._setup = setup.to_bytes()
        self._wanted = wanted
        self._on_note = on_note
        self._patience_s = patience_s
        self._workers: list[Worker] = []
        self._refusals: dict[str, str] = {}
        self._refused = self._false_starts = 0
        self._earlier_s = 0.0
        self._last_ready = self._looked_at = time.monotonic()
        self._target = self._count()

    @property
    def ready(self) -> int:
        """How many can take work now."""
        return sum(worker.is_ready for worker in self._workers)

    @property
    def worker_s(self) -> float:
        """Seconds that workers were held since they greeted, all of them added up."""
        now = time.monotonic()
        return self._earlier_s + sum(now - w.since for w in self._workers if w.is_ready)

    def keep_up(self) -> None:
        """Start workers that are missing.

        Raises:
            ClusterError: the head is gone, or there was no worker for too long, or none can work.
        """
        now = time.monotonic()
        if self.ready:
            self._last_ready = now
        elif now - self._last_ready > self._patience_s:
            raise ClusterError(self._why_none())
        if self._workers and now - self._looked_at < _BREATH_S:
            return
        self._looked_at = now
        if not self._head.answers():
            self._head.check()
            return
        self._target = self._count()
        if self._refused and self._target - self._refused <= 0:
            raise ClusterError(self._why_none())
        for _ in range(self._target - self._refused - len(self._workers)):
            self._start()

    def free(self) -> Iterator[Worker]:
        """Workers that can take a batch, those with the least first."""
        ready = [w for w in self._workers if w.is_ready]
        for depth in range(DEPTH):
            yield from (worker for worker in ready if len(worker.asked) == depth)

    def give(self, worker: Worker, batch: Batch, packed: bytes) -> None:
        """Give a worker a batch."""
        worker.asked[worker.actor.check.remote(packed)] = batch

    def answered(self, *, within_s: float) -> Iterator[tuple[Worker, Any, Batch | None]]:
        """Wait for answers; what has come, and to what.

        Args:
            within_s: return without any after so long.
        """
        asked = {ref: worker for worker in self._workers for ref in worker.asked}
        if not asked:
            time.sleep(within_s)
            return
        some, _ = self._ray.wait(list(asked), timeout=within_s)
        done, _ = self._ray.wait(list(asked), num_returns=len(asked), timeout=0)
        for ref in {*some, *done}:
            # A worker that was dropped by an answer before this one has nothing open any more.
            if ref in asked[ref].asked:
                yield asked[ref], ref, asked[ref].asked.pop(ref)

    def greet(self, worker: Worker, welcome: Welcome) -> None:
        """Take a worker in, or leave it out where it says that it cannot work there."""
        self._false_starts = 0
        if not welcome.refusal:
            worker.host, worker.since = welcome.host, time.monotonic()
            return
        self._refused += 1
        if welcome.host not in self._refusals:
            self._refusals[welcome.host] = welcome.refusal
            self._on_note(f"{welcome.host} is left out: {welcome.refusal}.")
        self._let_go(worker)

    def drop(self, worker: Worker) -> list[Batch]:
        """A worker was lost; what it had comes back.

        Raises:
            ClusterError: one after another dies before its first word.
        """
        if worker.is_ready:
            self._on_note(f"A worker on {worker.host} was lost; its files go to others.")
        else:
            self._false_starts += 1
            if self._false_starts >= _FALSE_STARTS:
                raise ClusterError(
                    "workers die when they start. Install staydown[ray] on all machines of the"
                    " cluster, in the Python that runs Ray there; Ray's logs on them say more"
                )
        lost = [batch for batch in worker.asked.values() if batch is not None]
        self._let_go(worker)
        return lost

    def dismiss(self) -> None:
        """End all workers."""
        for worker in tuple(self._workers):
            self._let_go(worker)

    def _start(self) -> None:
        remote = self._ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(NodeWorker)
        actor = remote.options(scheduling_strategy="SPREAD").remote(self._setup)
        self._workers.append(Worker(actor, asked={actor.hello.remote(): None}))

    def _let_go(self, worker: Worker) -> None:
        if worker.is_ready:
            self._earlier_s += time.monotonic() - worker.since
        worker.asked.clear()
        self._workers.remove(worker)
        if self._head.answers():
            self._ray.kill(worker.actor)

    def _count(self) -> int:
        return self._wanted or int(self._ray.cluster_resources().get("CPU", 0))

    def _why_none(self) -> str:
        if self._refusals:
            host, refusal = next(iter(self._refusals.items()))
            return f"no machine of the cluster can do this scan. {host}: {refusal}"
        have = self._ray.cluster_resources().get("CPU", 0)
        free = self._ray.available_resources().get("CPU", 0)
        return (
            f"no worker of the cluster for {self._patience_s:.0f} seconds; it has {have:.0f}"
            f" processors, {free:.0f} of them free. Wait for other work on it, or add machines:"
            " ray start --address HEAD:PORT. Then run the same scan again: it goes on where it was"
        )
