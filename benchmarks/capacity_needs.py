"""What scans and checks need, computed from the measured figures; ``capacity.py`` prints it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from capacity_simulation import CheckPlan, ScanPlan, simulate_scan
from capacity_sources import GB, Measured

FILES = (10_000, 1_000_000, 100_000_000, 1_000_000_000)
CHECKS = (1_000, 5_000, 10_000, 50_000)


@dataclass(frozen=True, slots=True)
class Knobs:
    """What an operator decides; the page is computed with these.

    Attributes:
        machine_cores: processors of a machine.
        busy: how busy the processors of a scan are kept.
        checks_busy: how busy those that answer checks may be; the simulation says what it costs.
        run_files: files of one run; a larger library is scanned in several.
        file_bytes: of a file on average, for what is read over the network.
        new_hits: share of checks with a hit that is new.
        hits: share of checks with a hit that is known.
        entries: entries with a pdq alone in the bank.
        photos: complete photos in the bank.
        core_hour: price of a core for an hour, in whatever money.
    """

    machine_cores: int = 16
    busy: float = 0.9
    checks_busy: float = 0.6
    run_files: int = 10_000_000
    file_bytes: int = 250_000
    new_hits: float = 0.001
    hits: float = 0.01
    entries: int = 1_000_000
    photos: int = 20_000
    core_hour: float = 0.04


@dataclass(frozen=True, slots=True)
class ScanNeed:
    """What a scan of so many files needs.

    Attributes:
        files: how many.
        core_hours: processor time of all, hours.
        runs: runs it takes, each with a state file of its own.
        run_cores: processors that one driver can keep busy.
        driver_gb: memory of the driver of one run.
        driver_hours: processor time of all drivers.
        journal_gb: disk of all journals.
        read_tb: read from the disks or the store.
        price: of the processor time.
    """

    files: int
    core_hours: float
    runs: int
    run_cores: int
    driver_gb: float
    driver_hours: float
    journal_gb: float
    read_tb: float
    price: float

    def hours(self, cores: int) -> float:
        """Hours on the clock with so many processors; runs go beside each other as needed."""
        return self.core_hours / cores


def scan_need(files: int, found: Measured, knobs: Knobs) -> ScanNeed:
    """What a scan needs, decoded at screening size, searched in a bank like the measured one."""
    file_s = file_seconds(found)
    core_hours = files * file_s / 3600 / knobs.busy
    driver_s = driver_seconds(found)
    runs = max(1, math.ceil(files / knobs.run_files))
    in_run = math.ceil(files / runs)
    # The result's order is kept too: another mapping from address to number, as large as half.
    held = 1.5 * found["listing_bytes"] + found["dealing_bytes"]
    return ScanNeed(
        files=files,
        core_hours=core_hours,
        runs=runs,
        run_cores=int(file_s / driver_s * knobs.busy),
        driver_gb=in_run * held / GB,
        driver_hours=files * driver_s / 3600,
        journal_gb=files * found["journal_bytes"] / GB,
        read_tb=files * knobs.file_bytes / 1e12,
        price=core_hours * knobs.core_hour,
    )


def file_seconds(found: Measured) -> float:
    """Processor time of one file of a scan, all in."""
    return found["file_ms"] / found["scan_share"] / 1000


def driver_seconds(found: Measured) -> float:
    """Processor time of the driver for one file."""
    own_us = found["listing_us"] + found["dealing_us"]
    return (own_us + found["batch_us"] / found["batch_files"]) / 1e6


@dataclass(frozen=True, slots=True)
class CheckNeed:
    """What a stream of checks needs.

    Attributes:
        rate: checks a second.
        cores: processors that answer, at the chosen business.
        machines: of the chosen size.
        bank_gb: memory of the bank on each machine.
        new_hits_s: new hits a second that the database stores.
        databases: of the measured speed for them; more than 1 is more than one database can do.
        price: of the processors for a month of 730 hours.
    """

    rate: int
    cores: float
    machines: int
    bank_gb: float
    new_hits_s: float
    databases: float
    price: float


def check_need(rate: int, found: Measured, knobs: Knobs) -> CheckNeed:
    """What checks by hash need."""
    core_s = check_seconds(found, knobs)
    cores = rate * core_s / knobs.checks_busy
    machines = max(1, math.ceil(cores / knobs.machine_cores))
    new = rate * knobs.new_hits
    return CheckNeed(
        rate=rate,
        cores=cores,
        machines=machines,
        bank_gb=bank_gb(found, knobs),
        new_hits_s=new,
        databases=new / found["new_hits_s"],
        price=cores * 730 * knobs.core_hour,
    )


def check_seconds(found: Measured, knobs: Knobs) -> float:
    """Processor time of one check of the chosen mix."""
    clear = 1 - knobs.hits - knobs.new_hits
    mixed = clear * found["miss_ms"] + knobs.hits * found["again_ms"]
    return (mixed + knobs.new_hits * found["new_hit_ms"]) / 1000


def bank_gb(found: Measured, knobs: Knobs) -> float:
    """Memory of the bank."""
    return (knobs.entries * found["hash_bytes"] + knobs.photos * found["photo_bytes"]) / GB


def largest(found: Measured) -> tuple[ScanPlan, int, tuple[CheckPlan, ...]]:
    """What only the simulation reaches: a run of the largest scan, how many, the most checks."""
    knobs = Knobs()
    need = scan_need(FILES[-1], found, knobs)
    scan = ScanPlan(
        files=knobs.run_files,
        cores=need.run_cores // knobs.machine_cores * knobs.machine_cores,
        machine_cores=knobs.machine_cores,
        # Four batches are one event, so that a billion files are some million; a fall loses more.
        batch=4 * int(found["batch_files"]),
        mean_s=file_seconds(found),
        spread=1.0,
        driver_s=driver_seconds(found),
        deal_s=0.0,
        # Each machine falls out twice a day: far more often than machines do.
        fails_after_s=12 * 3600.0,
    )
    cores = math.ceil(check_need(CHECKS[-1], found, knobs).cores)
    plans = tuple(
        CheckPlan(
            rate=CHECKS[-1] * share / knobs.checks_busy,
            processes=cores,
            kinds=kinds_of(found, knobs),
            spread_evenly=even,
        )
        for even in (False, True)
        for share in (0.5, 0.6, 0.7, 0.8)
    )
    return scan, need.runs, plans


def kinds_of(found: Measured, knobs: Knobs) -> tuple[tuple[float, float, float], ...]:
    """The mix of checks for the simulation: share, median and tail of the processor time.

    The tail is as much longer than the median as that of the measured answers was.
    """
    tail = found["miss_p99_ms"] / found["miss_p50_ms"]
    rows = (
        (1 - knobs.hits - knobs.new_hits, found["miss_ms"]),
        (knobs.hits, found["again_ms"]),
        (knobs.new_hits, found["new_hit_ms"]),
    )
    # The mean of a lognormal is above its median; the measured value is the mean.
    sigma = math.log(tail) / 2.326347874
    down = math.exp(-(sigma**2) / 2)
    return tuple((share, ms / 1000 * down, ms / 1000 * down * tail) for share, ms in rows)


def small_plans(found: Measured) -> tuple[CheckPlan, ...]:
    """One core at half of what was measured for it: the model beside the measurement."""
    knobs = Knobs()
    return (CheckPlan(rate=found["miss_s"] / 2, processes=1, kinds=kinds_of(found, knobs)),)


def measured_scan(found: Measured) -> dict[str, float]:
    """The model beside the scan that was measured: ten thousand files on two workers."""
    plan = ScanPlan(
        files=10_000,
        cores=int(found["scan_workers"]),
        machine_cores=int(found["scan_workers"]),
        batch=1,
        mean_s=file_seconds(found),
        spread=1.0,
        driver_s=driver_seconds(found),
        deal_s=0.0,
    )
    simulated = plan.files / simulate_scan(plan).seconds
    measured = found["scan_files_s"]
    return {
        "files_s_measured": measured,
        "files_s_simulated": round(simulated, 1),
        "ratio": round(simulated / measured, 3),
    }
