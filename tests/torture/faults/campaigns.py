"""Campaigns: a service, people who use it, and the faults of one kind of surroundings.

``benchmarks/faults.py`` runs them in earnest and writes their figures down.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from ready_tables import furnish
from torture.faults import clocks, databases, disks, jobs, processes
from torture.faults.cable import Cable
from torture.faults.frame import Campaign, Fault, run_campaign, wait_until
from torture.faults.service import Service, free_ports

SEED = 2026


@contextmanager
def on_sqlite(folder: Path) -> Iterator[tuple[Service, list[Fault]]]:
    """A service on SQLite: kills of its processes, and faults of its jobs."""
    service = Service(folder / "home", free_ports(1)[0], {})
    with _used(service):
        yield service, [*processes.kills(service), *jobs.faults_of(service)]


@contextmanager
def with_checks_apart(folder: Path) -> Iterator[tuple[Service, list[Fault]]]:
    """A service on SQLite with a server of checks: kills of its processes, and a busy database."""
    port, checks_port = free_ports(2)
    service = Service(folder / "home", port, {}, checks_port=checks_port)
    with _used(service):
        yield service, [*processes.kills(service), *processes.busy_database(service)]


@contextmanager
def on_postgresql(folder: Path) -> Iterator[tuple[Service, list[Fault]]]:
    """A service on a PostgreSQL server with a standby, and faults of servers and network."""
    servers = folder / "servers"
    servers.mkdir()
    one, other, way, quiet_way, port = free_ports(5)
    folder.chmod(0o755)  # the servers' user passes through
    pair = databases.Pair(servers, (one, other))
    try:
        cable, quiet = Cable(way, pair.port), Cable(quiet_way, pair.port)
        service = Service(folder / "home", port, {"DATABASE_URL": pair.url(way)})
        service.reading["DATABASE_URL"] = pair.url(quiet_way)
        with _used(service):
            faults = databases.server_faults(pair, cable, quiet) + databases.network_faults(cable)
            kills = processes.kills(service)[:2]
            yield service, [*faults, *kills, *jobs.faults_of(service)]
    finally:
        pair.close()


@contextmanager
def on_a_disk(folder: Path) -> Iterator[tuple[Service, list[Fault]]]:
    """A service on a disk of its own, which fills up and breaks."""
    disk = disks.Disk(folder)
    service = Service(disk.path / "home", free_ports(1)[0], {})
    service.log = folder / "home.log"
    try:
        with _used(service):
            yield service, disks.faults_of(disk, service)
    finally:
        disk.close()


@contextmanager
def by_a_wrong_clock(folder: Path) -> Iterator[tuple[Service, list[Fault]]]:
    """A service whose machine's date is set to and fro."""
    clock = clocks.Clock(folder)
    service = clocks.TimedService(folder / "home", free_ports(1)[0], {}, clock)
    with _used(service):
        yield service, clocks.faults_of(clock, service)


@contextmanager
def _used(service: Service, *, persons: int = 2) -> Iterator[None]:
    try:
        if "DATABASE_URL" not in service.environment:
            furnish(service.home)
        service.start()
        service.settle(persons=persons, reviewers=1, uploaders=2)
        wait_until(service.works, within_s=300, what="service")
        yield
    finally:
        service.stop()


SCENES = {
    "processes": on_sqlite,
    "checks apart": with_checks_apart,
    "database": on_postgresql,
    "disk": on_a_disk,
    "clock": by_a_wrong_clock,
}


def run(
    name: str,
    folder: Path,
    *,
    count: int,
    seed: int = SEED,
    log: Path | None = None,
    seconds: float | None = None,
    kinds: Collection[str] = (),
    say: Callable[[str], None] | None = None,
) -> Campaign:
    """Run one campaign, and compare once more when everybody has gone home.

    Args:
        name: of ``SCENES``.
        folder: empty, for everything that it needs.
        count: how many faults.
        seed: of everything that is random.
        log: file of figures; None keeps none.
        seconds: stop after so long.
        kinds: only these; empty for all.
        say: takes a line a fault.

    Raises:
        NotHereError: it cannot be run on this machine.
        AssertionError: the service did not start.
    """
    with SCENES[name](folder) as (service, faults):
        done = run_campaign(
            [fault for fault in faults if not kinds or fault.kind in kinds],
            seed,
            None,
            name=name,
            subject=service,
            ledger=service.ledger,
            count=count,
            seconds=seconds,
            say=say,
        )
        if not any(d.what == "stuck" for r in done.rounds for d in r.differences):
            service.conclude(done)
    if log is not None:
        done.write(log)
    return done
