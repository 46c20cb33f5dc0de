"""What Prometheus reads: counts of all processes, what waits, jobs, and every trouble by its code.

No label can hold an id, an address or a name: each has the few values that are declared, and the
names of jobs. A test reads all of it after a whole story and looks for what must not be there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from django.db import DatabaseError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from staydown_web.base.counting import FAMILIES, Family, counted, counting_processes
from staydown_web.config.watch.events import events_since_start
from staydown_web.config.watch.heartbeat import Heartbeat
from staydown_web.config.watch.looking import look
from staydown_web.config.watch.troubles import Part, Seen
from staydown_web.config.watch.waiting import waiting_work
from staydown_web.config.watch.words import KINDS

PREFIX: Final = "staydown_"
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_FACTS: Final = (
    (Part.DATABASE, "answer_s", "database_answer_seconds", "Time of the simplest question."),
    (Part.DISK, "free_bytes", "disk_free_bytes", "Room on the disk of the service."),
    (Part.DISK, "free_memory_bytes", "memory_free_bytes", "Room in memory for the bank."),
    (Part.BANK, "applied", "bank_change", "Last change of the database that the bank holds."),
    (Part.BANK, "unsealed", "bank_unsealed_changes", "Changes that the sealed copy lacks."),
    (Part.AUDIT, "events", "audit_events", "Events of the audit."),
    (Part.AUDIT, "signed", "audit_signed_events", "Events up to the last signature."),
    (Part.BACKUPS, "age_s", "backup_age_seconds", "Age of the last backup."),
)
"""What a look knows of each part, as gauges: part, fact, name, help."""


def exposition(now: datetime) -> bytes:
    """Everything, in the text form of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Everything(now))
    return generate_latest(registry)


class _Everything(Collector):
    """One look, as metrics."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Every family, in order."""
        seen = look(self._now)
        version = GaugeMetricFamily(f"{PREFIX}build_info", "The version.", labels=["version"])
        version.add_metric([metadata.version("staydown")], 1)
        yield version
        yield from _counts()
        yield from _processes()
        yield from _troubles(seen)
        yield from _facts(seen)
        yield from _jobs(seen.well.get(Part.WORKER, {}).get("beat"))
        try:
            yield from _waits(self._now)
            yield _events()
        except DatabaseError:
            return  # the trouble says so


def _counts() -> Iterator[Metric]:
    numbers, at = counted(), 0
    for family in FAMILIES:
        made = _empty(family)
        for values in family.series():
            cells, at = numbers[at : at + family.cells], at + family.cells
            _add(made, family, values, cells)
        yield made


def _empty(family: Family) -> Metric:
    labels = [label for label, _values in family.labels]
    name = PREFIX + family.name
    if family.bounds:
        return HistogramMetricFamily(name, family.help, labels=labels)
    return CounterMetricFamily(name.removesuffix("_total"), family.help, labels=labels)


def _add(made: Metric, family: Family, values: tuple[str, ...], cells: list[float]) -> None:
    """One series; of counters only what was ever counted, so that the text stays short."""
    if isinstance(made, HistogramMetricFamily):
        below, buckets = 0.0, []
        for bound, cell in zip((*family.bounds, None), cells[:-1], strict=True):
            below += cell
            buckets.append((str(bound) if bound is not None else "+Inf", below))
        made.add_metric(list(values), buckets, sum_value=cells[-1])
    elif isinstance(made, CounterMetricFamily) and cells[0]:
        made.add_metric(list(values), cells[0])


def _processes() -> Iterator[Metric]:
    number = GaugeMetricFamily(f"{PREFIX}processes", "Processes that run.", labels=["role"])
    resident = GaugeMetricFamily(
        f"{PREFIX}resident_bytes", "Memory of those processes.", labels=["role"]
    )
    held: dict[str, list[int]] = {}
    for one in counting_processes():
        held.setdefault(one.role or "other", []).append(_resident(one.pid))
    for role, sizes in sorted(held.items()):
        number.add_metric([role], len(sizes))
        resident.add_metric([role], sum(sizes))
    yield number
    yield resident


def _resident(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
        return int(fields[1]) * _PAGE_BYTES
    except (OSError, IndexError, ValueError):
        return 0


def _troubles(seen: Seen) -> Iterator[Metric]:
    is_there = GaugeMetricFamily(
        f"{PREFIX}trouble", "1 where this is wrong.", labels=["code", "level", "part"]
    )
    age = GaugeMetricFamily(f"{PREFIX}trouble_seconds", "Since how long.", labels=["code"])
    found = {one.code: one for one in seen.troubles}
    for code, kind in sorted(KINDS.items()):
        is_there.add_metric([code, str(kind.level), str(kind.part)], float(code in found))
        if code in found:
            since = found[code].since or seen.at
            age.add_metric([code], max(0.0, (seen.at - since).total_seconds()))
    yield is_there
    yield age


def _facts(seen: Seen) -> Iterator[Metric]:
    for part, fact, name, words in _FACTS:
        value = seen.well.get(part, {}).get(fact)
        if value is not None:
            yield GaugeMetricFamily(PREFIX + name, words, value=float(value))


def _jobs(beat: Heartbeat | None) -> Iterator[Metric]:
    if beat is None:
        return
    job = ["job"]
    runs = CounterMetricFamily(f"{PREFIX}job_runs", "Runs that ended.", labels=job)
    failed = CounterMetricFamily(f"{PREFIX}job_failures", "Runs that failed.", labels=job)
    busy = CounterMetricFamily(f"{PREFIX}job_busy_seconds", "Time of runs.", labels=job)
    done = GaugeMetricFamily(f"{PREFIX}job_done_seconds", "Unix time of the last.", labels=job)
    for one in beat.jobs:
        runs.add_metric([one.name], one.runs)
        failed.add_metric([one.name], one.failed)
        busy.add_metric([one.name], one.busy_s)
        done.add_metric([one.name], one.done_at)
    yield from (runs, failed, busy, done)
    yield GaugeMetricFamily(f"{PREFIX}worker_seen_seconds", "Unix time of its sign.", value=beat.at)


def _waits(now: datetime) -> Iterator[Metric]:
    number = GaugeMetricFamily(f"{PREFIX}waiting", "How much waits.", labels=["what"])
    oldest = GaugeMetricFamily(f"{PREFIX}waiting_seconds", "Wait of the oldest.", labels=["what"])
    for one in waiting_work(now):
        number.add_metric([one.what], one.count)
        oldest.add_metric([one.what], one.oldest_s)
    yield number
    yield oldest


def _events() -> Metric:
    happened = CounterMetricFamily(
        f"{PREFIX}events",
        "Events of the whole installation since this machine started; of several machines take the "
        "largest number, not the sum.",
        labels=["what"],
    )
    for what, number in sorted(events_since_start().items()):
        happened.add_metric([what], number)
    return happened
