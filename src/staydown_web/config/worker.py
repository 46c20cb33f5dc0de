"""The worker: runs every room's jobs again and again. ``python -m staydown_web.config.worker``.

With ``--only-here`` it is the keeper of a machine without a worker: it runs the jobs alone that
keep the bank in this machine's memory up to date.

One thread a job, so that a platform that answers slowly holds up nobody else. A job that fails is
logged by its code, waits longer each time, and never stops the others.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from staydown_web.base.clock import utc_now
from staydown_web.base.counting import start_counting
from staydown_web.base.errors import DatabaseBusyError
from staydown_web.base.jobs import Job
from staydown_web.base.lending import Lender
from staydown_web.base.logs import guard_process
from staydown_web.base.outages import outage_of
from staydown_web.base.sqlite import Commits, commits_of
from staydown_web.base.tracing import past_span, start_tracing, stop_tracing
from staydown_web.config.compiled_search import load_search
from staydown_web.config.processes import end_with_parent
from staydown_web.config.watch.heartbeat import heartbeat_path

ROOMS: Final = (
    "accounts",
    "audit",
    "banks",
    "screening",
    "regimes",
    "cases",
    "review",
    "actions",
    "escalation",
    "exchanges",
    "federation",
    "replicas",
    "reports",
    "portal",
    "hooks",
    "hma",
    "config",
)
LONGEST_PAUSE_S: Final = 60.0
OUTAGE_PAUSE_S: Final = 5.0
"""The longest where the database or a disk failed, not the job."""
BUSY_IN_A_ROW: Final = 2
"""A job that met a busy database comes again by itself: only when it goes on is it an error."""
HEARTBEAT_EVERY_S: Final = 2.0
STOP_WITHIN_S: Final = 20.0
START_APART_S: Final = 0.01
AT_ONCE: Final = 20
"""Jobs at work at the same moment, and so connections to the database: about a dozen wait for
others' servers, the rest take milliseconds. What keeps this machine's bank never waits."""
LOOKS_ANYWAY_S: Final = 3.0
"""A job that found nothing looks again after so long, though nothing was committed: moments come,
such as that of the next try. ADR-0109."""
log = logging.getLogger("staydown.worker")


@dataclass(slots=True)
class Run:
    """How a job is doing.

    Attributes:
        done_at: Unix time of the last run that ended well; 0 before the first.
        began_at: when the run that is going on began; 0 where none is.
        failures: failed runs in a row.
        failing_since: Unix time of the first of them; 0 where there are none.
        error: code of the last failure, or the type of a defect; empty while all is well.
        runs: how many runs ended, well or not.
        failed: how many of them failed.
        busy_s: how long they took together.
    """

    done_at: float = 0.0
    began_at: float = 0.0
    failures: int = 0
    failing_since: float = 0.0
    error: str = ""
    runs: int = 0
    failed: int = 0
    busy_s: float = 0.0

    def begin(self) -> float:
        """A run begins; gives the moment."""
        self.began_at = time.time()
        return self.began_at

    def end(self, error: str) -> None:
        """A run ended; ``error`` is empty where it ended well."""
        now, began = time.time(), self.began_at
        self.began_at, self.runs, self.error = 0.0, self.runs + 1, error
        self.busy_s += max(0.0, now - began)
        if not error:
            self.done_at, self.failures, self.failing_since = now, 0, 0.0
            return
        self.failed, self.failures = self.failed + 1, self.failures + 1
        self.failing_since = self.failing_since or now


@dataclass(frozen=True, slots=True)
class Rest:
    """Of a job that found nothing to do.

    Attributes:
        number: of commits before it looked; None: it does not rest.
        until: on the monotonic clock, when it looks whatever was committed.
    """

    number: int | None = None
    until: float = 0.0

    def goes_on(self, number: int | None) -> bool:
        """Whether there is nothing to look for yet, at this number of commits."""
        return number is not None and number == self.number and time.monotonic() < self.until


class Worker:
    """Runs jobs until it is stopped.

    Args:
        jobs: what to do; names are unique.
        heartbeat: file that says how each job is doing; None writes none.
        lender: of connections to the database, begun; without it each job has its own.
        commits: to the database, where they can be counted: then a job that found nothing rests
            while there are none.
        looks_anyway_s: how long it rests at most.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        heartbeat: Path | None = None,
        lender: Lender | None = None,
        commits: Commits | None = None,
        looks_anyway_s: float = LOOKS_ANYWAY_S,
    ) -> None:
        self.runs = {job.name: Run() for job in jobs}
        self._heartbeat = heartbeat
        self._lender = Lender() if lender is None else lender
        self._commits, self._looks_anyway_s = commits, looks_anyway_s
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(job,), name=job.name, daemon=True)
            for job in jobs
        ]

    def start(self) -> None:
        """Give a first sign of life, then start the jobs a little apart: each wants to connect."""
        self._beat()
        for thread in self._threads:
            thread.start()
            self._stopped.wait(START_APART_S)

    def wait(self) -> None:
        """Write the heartbeat until somebody stops us."""
        while not self._stopped.wait(HEARTBEAT_EVERY_S):
            self._beat()

    def ask_to_stop(self) -> None:
        """Let every job end its run; safe in a signal handler."""
        self._stopped.set()

    def join(self, *, timeout_s: float = STOP_WITHIN_S) -> list[str]:
        """Wait for the jobs to end.

        Returns:
            The names of those that did not in time. What they began is found by the next run.
        """
        ends_at = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, ends_at - time.monotonic()))
        if self._heartbeat is not None:
            with suppress(OSError):  # a disk that takes nothing keeps the last sign of life too
                self._heartbeat.unlink(missing_ok=True)
        self._lender.close()
        if self._commits is not None:
            self._commits.close()
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _repeat(self, job: Job) -> None:
        from django.db import close_old_connections, connections

        rest = Rest()
        while not self._stopped.is_set():
            number = None if self._commits is None else self._commits.number()
            if rest.goes_on(number):
                self._stopped.wait(job.every_s)
                continue
            # A connection belongs to a job at work: one for each thread would be a hundred.
            with nullcontext() if job.is_everywhere else self._places:
                if self._stopped.is_set():
                    break
                self._lender.lend()
                pause_s = self._run_once(job)
                close_old_connections()
                self._lender.take_back()
            if pause_s and not self.runs[job.name].failures:
                # What was committed since the number was read is looked for next time.
                rest = Rest(number, time.monotonic() + self._looks_anyway_s)
            self._stopped.wait(pause_s)
        connections.close_all()

    def _run_once(self, job: Job) -> float:
        """One run, and how many seconds to wait for the next."""
        run = self.runs[job.name]
        began_s = run.begin()
        try:
            done = job.run(utc_now())
        except Exception as error:  # noqa: BLE001 - the one outermost handler of this process
            outage = outage_of(error)
            run.end(str(getattr(outage or error, "code", type(error).__name__)))
            past_span("job", began_s, job=job.name, code=run.error)
            # It comes back for all jobs at once; a minute more would be a minute lost for each.
            longest_s = OUTAGE_PAUSE_S if outage else LONGEST_PAUSE_S
            pause_s = pause_after(run.failures, job.every_s, longest_s=longest_s)
            said = {"job": job.name, "code": run.error}
            is_passing = isinstance(outage, DatabaseBusyError) and run.failures <= BUSY_IN_A_ROW
            log.log(
                logging.INFO if is_passing else logging.ERROR,
                *("job %s failed (%s); again in %.0f s", job.name, run.error, pause_s),
                extra=said,
            )
            return pause_s
        run.end("")
        if done:  # a look that found nothing to do is no step of anything
            past_span("job", began_s, job=job.name, done=done)
        return 0.0 if done else job.every_s

    def _beat(self) -> None:
        if self._heartbeat is None:
            return
        rows: dict[str, Any] = {name: asdict(run) for name, run in self.runs.items()}
        text = json.dumps({"pid": os.getpid(), "at": time.time(), "jobs": rows})
        made = self._heartbeat.with_suffix(f".{os.getpid()}")
        try:
            made.write_text(text, encoding="ascii")
            made.replace(self._heartbeat)
        except OSError:  # a full disk must not end the jobs, some of which make room on it
            log.error("error storage_failed")  # noqa: TRY400 - the trace says nothing more


def pause_after(failures: int, every_s: float, *, longest_s: float = LONGEST_PAUSE_S) -> float:
    """Seconds to wait after so many failures in a row: twice as long each time, to a minute."""
    wait_s: float = max(every_s, 1.0) * 2.0 ** min(failures - 1, 10)
    return max(every_s, min(wait_s, longest_s))


def jobs_here() -> list[Job]:
    """The jobs that each machine runs for itself."""
    return [job for job in all_jobs() if job.is_everywhere]


def all_jobs(rooms: Iterable[str] = ROOMS) -> list[Job]:
    """The jobs of every room that has any."""
    jobs: list[Job] = []
    for room in rooms:
        name = f"staydown_web.{room}.tasks"
        if find_spec(name) is not None:
            jobs += import_module(name).JOBS
    return jobs


def run_worker(*, only_here: bool = False) -> int:
    """Do every job until SIGTERM or SIGINT.

    Args:
        only_here: only those that each machine runs for itself.

    Returns:
        0 where every job ended in time.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "staydown_web.config.settings")
    gc.disable()  # nothing that is imported is rubbish
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    guard_process()
    start_counting("worker")
    start_tracing(settings.STAYDOWN_TRACES_URL, role="worker")
    if not only_here:  # its jobs match, some of them while nobody else can write
        load_search(settings.STAYDOWN_HOME)
    jobs = jobs_here() if only_here else all_jobs()
    # Long lists make hundreds of thousands of records at a time, none of which is a cycle: looking
    # at all of them again and again took a seventh of an import. ADR-0068.
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 20)
    lender = Lender()
    lender.begin()
    worker = Worker(
        jobs,
        heartbeat=heartbeat_path(settings.STAYDOWN_HOME),
        lender=lender,
        commits=commits_of(connection),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: worker.ask_to_stop())
    worker.start()
    worker.wait()
    late = worker.join()
    stop_tracing()
    if late:
        log.warning("stopped while these jobs were at work: %s", ", ".join(late))
    return 1 if late else 0


if __name__ == "__main__":
    end_with_parent()
    raise SystemExit(run_worker(only_here="--only-here" in sys.argv[1:]))
