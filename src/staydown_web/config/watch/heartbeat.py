"""The worker's sign of life, as it is read: a file, so that it works when the database does not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "worker.json"


@dataclass(frozen=True, slots=True)
class JobState:
    """How one job of the worker is doing.

    Attributes:
        name: of the job.
        done_at: Unix time of the last run that ended well; 0 before the first.
        began_at: when the run that is going on began; 0 where none is.
        failures: failed runs in a row.
        failing_since: Unix time of the first of them; 0 where there are none.
        error: code of the last failure; empty while all is well.
        runs: how many runs ended, well or not, since the worker began.
        failed: how many of them failed.
        busy_s: how long they took together.
    """

    name: str
    done_at: float
    began_at: float
    failures: int
    failing_since: float
    error: str
    runs: int
    failed: int
    busy_s: float


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One sign of life.

    Attributes:
        pid: of the worker.
        at: Unix time.
        jobs: every job, in alphabetical order.
    """

    pid: int
    at: float
    jobs: tuple[JobState, ...]


def heartbeat_path(home: Path) -> Path:
    """Where the worker of this machine says how it is."""
    return home / FILE


def read_heartbeat(home: Path) -> Heartbeat | None:
    """The last sign of life of this machine's worker; None where it left none.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file says something else.
    """
    try:
        text = heartbeat_path(home).read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    try:
        beat: dict[str, Any] = json.loads(text)
        jobs = [_job(name, row) for name, row in sorted(beat["jobs"].items())]
        return Heartbeat(int(beat["pid"]), float(beat["at"]), tuple(jobs))
    except (KeyError, TypeError, AttributeError):
        raise ValueError("not a sign of life") from None


def _job(name: str, row: dict[str, Any]) -> JobState:
    return JobState(
        name=name,
        done_at=float(row["done_at"]),
        began_at=float(row.get("began_at", 0.0)),
        failures=int(row["failures"]),
        failing_since=float(row.get("failing_since", 0.0)),
        error=str(row["error"]),
        runs=int(row.get("runs", 0)),
        failed=int(row.get("failed", 0)),
        busy_s=float(row.get("busy_s", 0.0)),
    )
