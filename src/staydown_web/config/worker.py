"""The worker: runs every room's jobs again and again. ``python -m staydown_web.config.worker``.

One thread a job, so that a platform that answers slowly holds up nobody else. A job that fails is
logged by its code, waits longer each time, and never stops the others.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from staydown_web.base.clock import utc_now
from staydown_web.base.jobs import Job
from staydown_web.config.processes import end_with_parent

ROOMS: Final = (
    "accounts",
    "audit",
    "banks",
    "screening",
    "regimes",
    "cases",
    "review",
    "actions",
    "exchanges",
    "federation",
    "replicas",
    "reports",
    "portal",
    "hooks",
    "hma",
)
LONGEST_PAUSE_S: Final = 60.0
HEARTBEAT_EVERY_S: Final = 2.0
STOP_WITHIN_S: Final = 20.0
log = logging.getLogger("staydown.worker")


@dataclass(slots=True)
class Run:
    """How a job is doing.

    Attributes:
        done_at: Unix time of the last run that ended well; 0 before the first.
        failures: failed runs in a row.
        error: code of the last failure, or the type of a defect; empty while all is well.
    """

    done_at: float = 0.0
    failures: int = 0
    error: str = ""


class Worker:
    """Runs jobs until it is stopped.

    Args:
        jobs: what to do; names are unique.
        heartbeat: file that says how each job is doing; None writes none.
    """

    def __init__(self, jobs: Sequence[Job], *, heartbeat: Path | None = None) -> None:
        self.runs = {job.name: Run() for job in jobs}
        self._heartbeat = heartbeat
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(job,), name=job.name, daemon=True)
            for job in jobs
        ]

    def start(self) -> None:
        """Start a thread for each job."""
        for thread in self._threads:
            thread.start()

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
            self._heartbeat.unlink(missing_ok=True)
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _repeat(self, job: Job) -> None:
        from django.db import close_old_connections, connections

        while not self._stopped.is_set():
            close_old_connections()
            self._stopped.wait(self._run_once(job))
        connections.close_all()

    def _run_once(self, job: Job) -> float:
        """One run, and how many seconds to wait for the next."""
        run = self.runs[job.name]
        try:
            done = job.run(utc_now())
        except Exception as error:  # noqa: BLE001 - the one outermost handler of this process
            run.failures += 1
            run.error = str(getattr(error, "code", type(error).__name__))
            pause_s = pause_after(run.failures, job.every_s)
            log.error("job %s failed (%s); again in %.0f s", job.name, run.error, pause_s)  # noqa: TRY400 - a trace could hold a person's words
            return pause_s
        run.done_at, run.failures, run.error = time.time(), 0, ""
        return 0.0 if done else job.every_s

    def _beat(self) -> None:
        if self._heartbeat is None:
            return
        rows: dict[str, Any] = {
            name: {"done_at": run.done_at, "failures": run.failures, "error": run.error}
            for name, run in self.runs.items()
        }
        text = json.dumps({"pid": os.getpid(), "at": time.time(), "jobs": rows})
        made = self._heartbeat.with_suffix(f".{os.getpid()}")
        made.write_text(text, encoding="ascii")
        made.replace(self._heartbeat)


def pause_after(failures: int, every_s: float) -> float:
    """Seconds to wait after so many failures in a row: twice as long each time, to a minute."""
    wait_s: float = max(every_s, 1.0) * 2.0 ** min(failures - 1, 10)
    return max(every_s, min(wait_s, LONGEST_PAUSE_S))


def all_jobs(rooms: Iterable[str] = ROOMS) -> list[Job]:
    """The jobs of every room that has any."""
    jobs: list[Job] = []
    for room in rooms:
        name = f"staydown_web.{room}.tasks"
        if find_spec(name) is not None:
            jobs += import_module(name).JOBS
    return jobs


def heartbeat_path(home: Path) -> Path:
    """Where the worker of this machine says how it is."""
    return home / "worker.json"


def run_worker() -> int:
    """Do every job until SIGTERM or SIGINT.

    Returns:
        0 where every job ended in time.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "staydown_web.config.settings")
    import django

    django.setup()
    from django.conf import settings

    worker = Worker(all_jobs(), heartbeat=heartbeat_path(settings.STAYDOWN_HOME))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: worker.ask_to_stop())
    worker.start()
    worker.wait()
    late = worker.join()
    if late:
        log.warning("stopped while these jobs were at work: %s", ", ".join(late))
    return 1 if late else 0


if __name__ == "__main__":
    end_with_parent()
    raise SystemExit(run_worker())
