"""A discrete simulation of what is too large to try: a billion files, 50,000 checks a second.

    python benchmarks/capacity_simulation.py [--quick] > docs/results/capacity_simulation.json

Two models, both of single events and seeded. In a scan one driver deals batches to processors and
takes their results in one after another; machines fall out and come back, and what they had in hand
is dealt again. Checks come at random moments to processes that each answer one after another. Times
of single files and checks are drawn around what was measured (``docs/results/``). The same models
are held against what was measured in the small before they speak about the large: ``measured`` and
the first of ``checks`` in the output.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
RESULTS = Path(__file__).parents[1] / "docs" / "results"
SEED = 20_261_127


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """A scan and what it runs on.

    Attributes:
        files: how many.
        cores: processors that check files.
        machine_cores: how many of them are one machine, and fall out together.
        batch: files that are dealt at once.
        mean_s: processor time of one file.
        spread: standard deviation of it, as a part of the mean.
        driver_s: processor time of the driver for one file: listed, dealt, noted.
        deal_s: processor time of the driver for one batch.
        in_hand: batches that each processor has: one at work, the others waiting behind it.
        fails_after_s: mean time until a machine falls out; infinity: never.
        away_s: how long it is away.
        noticed_s: how long until its batches are dealt again.
    """

    files: int
    cores: int
    machine_cores: int
    batch: int
    mean_s: float
    spread: float
    driver_s: float
    deal_s: float
    in_hand: int = 2
    fails_after_s: float = math.inf
    away_s: float = 300.0
    noticed_s: float = 30.0


@dataclass(frozen=True, slots=True)
class ScanEnd:
    """How a scan ended.

    Attributes:
        seconds: from its start to the last result.
        done: files with a result; each is counted once.
        busy: share of the time in which the processors worked on what counted.
        driver_busy: share of the time in which the driver worked.
        lost_files: files that were dealt again because their machine fell out.
        falls: how often a machine fell out.
    """

    seconds: float
    done: int
    busy: float
    driver_busy: float
    lost_files: int
    falls: int


class _Scan:
    """The events of one scan. A batch is its number of files; processors are numbers."""

    def __init__(self, plan: ScanPlan, rng: np.random.Generator) -> None:
        self.plan, self.rng = plan, rng
        self.events: list[tuple[float, int, int, int]] = []
        self.left = plan.files
        self.again: list[int] = []
        self.done = self.lost = self.falls = 0
        self.driver_free = self.driver_work = self.work = self.last = 0.0
        self.life = [0] * plan.cores
        self.queue: list[list[tuple[float, int, float]]] = [[] for _ in range(plan.cores)]
        self.away = [False] * plan.cores
        self._drawn: list[float] = []

    def run(self) -> ScanEnd:
        plan = self.plan
        machines = -(-plan.cores // plan.machine_cores)
        if math.isfinite(plan.fails_after_s):
            for machine in range(machines):
                self._push(self.rng.exponential(plan.fails_after_s), _FALL, machine)
        for _ in range(plan.in_hand):
            for core in range(plan.cores):
                self._deal(core, 0.0)
        while self.done < plan.files:
            now, what, who, life = heapq.heappop(self.events)
            match what:
                case 0:
                    self._ended(who, life, now)
                case 1:
                    self._fall(who, now)
                case 2:
                    self._come_back(who, now)
                case _:
                    self._deal_again(who, now)
        span = max(self.last, 1e-9)
        return ScanEnd(
            seconds=span,
            done=self.done,
            busy=self.work / (span * plan.cores),
            driver_busy=self.driver_work / span,
            lost_files=self.lost,
            falls=self.falls,
        )

    def _push(self, at: float, what: int, who: int, life: int = 0) -> None:
        heapq.heappush(self.events, (at, what, who, life))

    def _driver(self, now: float, work_s: float) -> float:
        """When the driver has done a piece of work that it got now."""
        self.driver_work += work_s
        self.driver_free = max(self.driver_free, now) + work_s
        return self.driver_free

    def _deal(self, core: int, now: float) -> None:
        """Give a processor its next batch, where there is one."""
        if self.away[core]:
            return
        if self.again:
            size = self.again.pop()
        else:
            size = min(self.plan.batch, self.left)
            self.left -= size
        if not size:
            return
        ready = self._driver(now, self.plan.deal_s)
        queue = self.queue[core]
        begins = max(ready, queue[-1][0]) if queue else ready
        takes = self._time_of(size)
        queue.append((begins + takes, size, takes))
        self._push(begins + takes, _END, core, self.life[core])

    def _time_of(self, size: int) -> float:
        """Processor time of a batch: a sum of gamma draws is one gamma draw."""
        plan = self.plan
        if size != plan.batch:
            return float(self._gamma(size, 1)[0])
        if not self._drawn:
            self._drawn = self._gamma(size, 4096).tolist()
        return self._drawn.pop()

    def _gamma(self, size: int, count: int) -> Floats:
        plan = self.plan
        shape = size / plan.spread**2
        return self.rng.gamma(shape, plan.mean_s * plan.spread**2, count)

    def _ended(self, core: int, life: int, now: float) -> None:
        if life != self.life[core]:
            return
        _, size, takes = self.queue[core].pop(0)
        self.work += takes
        self.last = self._driver(now, size * self.plan.driver_s)
        self.done += size
        self._deal(core, self.last)

    def _cores_of(self, machine: int) -> range:
        first = machine * self.plan.machine_cores
        return range(first, min(first + self.plan.machine_cores, self.plan.cores))

    def _fall(self, machine: int, now: float) -> None:
        self.falls += 1
        for core in self._cores_of(machine):
            self.life[core] += 1
            self.away[core] = True
            for _, size, _ in self.queue[core]:
                self.lost += size
                self._push(now + self.plan.noticed_s, _AGAIN, size)
            self.queue[core].clear()
        self._push(now + self.plan.away_s, _BACK, machine)

    def _come_back(self, machine: int, now: float) -> None:
        for core in self._cores_of(machine):
            self.away[core] = False
            for _ in range(self.plan.in_hand):
                self._deal(core, now)
        self._push(now + self.rng.exponential(self.plan.fails_after_s), _FALL, machine)

    def _deal_again(self, size: int, now: float) -> None:
        self.again.append(size)
        idle = min(
            (core for core in range(self.plan.cores) if not self.away[core]),
            key=lambda core: len(self.queue[core]),
            default=None,
        )
        if idle is not None and len(self.queue[idle]) < self.plan.in_hand:
            self._deal(idle, now)


_END, _FALL, _BACK, _AGAIN = range(4)


def simulate_scan(plan: ScanPlan, *, seed: int = SEED) -> ScanEnd:
    """Run a scan event by event."""
    return _Scan(plan, np.random.default_rng(seed)).run()


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """A stream of checks and what answers it.

    Attributes:
        rate: checks a second, at random moments.
        processes: each answers one after another.
        kinds: share, median and 99th percentile of the time of each kind of check, in seconds.
        seconds: how long.
        spread_evenly: the balancer sends to the process with the shortest line of two drawn at
            random; False: to one drawn at random.
    """

    rate: float
    processes: int
    kinds: tuple[tuple[float, float, float], ...]
    seconds: float = 20.0
    spread_evenly: bool = False


@dataclass(frozen=True, slots=True)
class CheckEnd:
    """How long callers waited.

    Attributes:
        checks: how many were answered.
        busy: share of the time in which processes worked.
        p50_ms, p99_ms, p999_ms: from a check's arrival to its answer.
    """

    checks: int
    busy: float
    p50_ms: float
    p99_ms: float
    p999_ms: float


def simulate_checks(plan: CheckPlan, *, seed: int = SEED) -> CheckEnd:
    """Answer every check, one event after another."""
    rng = np.random.default_rng(seed)
    count = int(plan.rate * plan.seconds)
    arrive = np.sort(rng.uniform(0.0, plan.seconds, count))
    takes = service_times(plan.kinds, count, rng)
    if plan.spread_evenly:
        waits = _shorter_of_two(plan.processes, arrive, takes, rng)
    else:
        waits = _at_random(plan.processes, arrive, takes, rng)
    # The first fifth fills the lines, and is not counted.
    answer_ms = 1000.0 * (waits + takes)[count // 5 :]
    p50, p99, p999 = np.percentile(answer_ms, (50, 99, 99.9)) if count else (0.0, 0.0, 0.0)
    busy = float(takes.sum()) / (plan.seconds * plan.processes)
    return CheckEnd(count, busy, float(p50), float(p99), float(p999))


def service_times(
    kinds: tuple[tuple[float, float, float], ...], count: int, rng: np.random.Generator
) -> Floats:
    """Times of single checks: each kind is lognormal with its measured median and tail."""
    shares = np.array([share for share, _, _ in kinds])
    which = rng.choice(len(kinds), count, p=shares / shares.sum())
    medians = np.array([median for _, median, _ in kinds])[which]
    sigmas = np.array([spread_of(median, tail) for _, median, tail in kinds])[which]
    return medians * np.exp(sigmas * rng.standard_normal(count))


_Z_99 = 2.326347874
"""The standard normal's 99th percentile."""


def spread_of(median: float, tail: float) -> float:
    """Sigma of the lognormal with a median and a 99th percentile."""
    return max(0.0, math.log(max(tail, median) / median) / _Z_99)


def _at_random(processes: int, arrive: Floats, takes: Floats, rng: np.random.Generator) -> Floats:
    """Waiting times where each check goes to one process at random: Lindley's recursion."""
    where = rng.integers(0, processes, len(arrive))
    waits = np.zeros(len(arrive))
    for process in range(processes):
        mine = np.flatnonzero(where == process)
        if len(mine) < 2:
            continue
        # Waiting is what is left over of work minus gaps, counted from its lowest point so far.
        steps = takes[mine[:-1]] - np.diff(arrive[mine])
        walk = np.r_[0.0, np.cumsum(steps)]
        waits[mine] = walk - np.minimum.accumulate(walk)
    return waits


def _shorter_of_two(
    processes: int, arrive: Floats, takes: Floats, rng: np.random.Generator
) -> Floats:
    """Waiting times where each check goes to the emptier of two processes drawn at random."""
    first = rng.integers(0, processes, len(arrive)).tolist()
    second = rng.integers(0, processes, len(arrive)).tolist()
    free = [0.0] * processes
    waits = np.zeros(len(arrive))
    rows = zip(arrive.tolist(), takes.tolist(), first, second, strict=True)
    for number, (now, take, one, other) in enumerate(rows):
        process = one if free[one] <= free[other] else other
        begins = max(now, free[process])
        waits[number] = begins - now
        free[process] = begins + take
    return waits


def most_busy(plan: CheckPlan, *, p99_ms: float, seed: int = SEED) -> float:
    """How busy processes may be so that 99 of 100 answers come within a time; 0..1."""
    mean_s = float(service_times(plan.kinds, 200_000, np.random.default_rng(seed)).mean())
    low, high = 0.0, 1.0
    for _ in range(7):
        middle = (low + high) / 2
        tried = replace(plan, rate=middle * plan.processes / mean_s)
        is_quick = simulate_checks(tried, seed=seed).p99_ms <= p99_ms
        low, high = (middle, high) if is_quick else (low, middle)
    return low


def simulate_runs(plan: ScanPlan, runs: int, *, seed: int = SEED) -> ScanEnd:
    """Several runs of a scan, one after the other on the same machines."""
    ends = [simulate_scan(plan, seed=seed + number) for number in range(runs)]
    seconds = sum(end.seconds for end in ends)
    return ScanEnd(
        seconds=seconds,
        done=sum(end.done for end in ends),
        busy=sum(end.busy * end.seconds for end in ends) / seconds,
        driver_busy=sum(end.driver_busy * end.seconds for end in ends) / seconds,
        lost_files=sum(end.lost_files for end in ends),
        falls=sum(end.falls for end in ends),
    )


def main() -> None:
    """Run everything that docs/capacity.md quotes."""
    from capacity_needs import largest, measured_scan, small_plans
    from capacity_sources import read_measured

    reader = argparse.ArgumentParser()
    reader.add_argument("--quick", action="store_true", help="one run of the scan alone")
    given = reader.parse_args()
    found = read_measured(RESULTS)
    scan, runs, checks = largest(found)
    if given.quick:
        runs = 1
    row: dict[str, Any] = {
        "seed": SEED,
        "measured": measured_scan(found),
        "scan": {"plan": asdict(scan), "runs": runs, "end": asdict(simulate_runs(scan, runs))},
        "checks": [
            {"plan": asdict(plan), "end": asdict(simulate_checks(plan))}
            for plan in (*small_plans(found), *checks)
        ],
    }
    json.dump(row, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
