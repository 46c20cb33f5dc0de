"""A partner's list is fetched for the first time while uploads are checked.

    python benchmarks/exchange_import.py [--records 1000000] [--rate 100] [--kill] [--json FILE]

Everything runs on this machine: the service (web and worker) with a database of its own, the
partner (`exchange_partner.py`), and two clients that check uploads at a steady pace before and
during the import (`paced_client.py`). With ``--kill`` the worker is killed (SIGKILL) when half of
the list is there; the service starts another one, which goes on. Printed: how long the import
took, the times of checks before and during it, and what the database holds at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
PORT, PARTNER_PORT = 8122, 8124
CLIENTS = 2
SECRETS = "subscription_key=bench\nfetch_key=bench\n"
NAME = "Bench"


class Home:
    """A service of its own in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            **os.environ,
            "STAYDOWN_HOME": str(folder / "home"),
            "STAYDOWN_SHARED_MEMORY": "/dev/shm/staydown-exchange-bench",
            "DATABASE_URL": "",
        }

    def manage(self, *words: str, stdin: str = "") -> str:
        """Run one of the service's commands; what it prints."""
        command = [sys.executable, "-m", "staydown", "manage", *words]
        done = subprocess.run(
            command, env=self.env, input=stdin, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip()

    def row(self, sql: str) -> tuple:
        """A row of the database, read beside the service."""
        path = next((self.folder / "home").glob("*.sqlite3"))
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30) as database:
            return database.execute(sql).fetchone()

    def progress(self) -> tuple[int, bool]:
        """How many keys are listed, and whether the fetch has come to its end."""
        listed, fetched_at = self.row("SELECT listed, fetched_at FROM exchanges_exchange")
        return listed, fetched_at is not None


@contextmanager
def running(command: list[str], address: str, env: dict[str, str] | None = None):
    """A server until the end of the block."""
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(900):
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    if answer.status == 200:
                        break
            except OSError:
                time.sleep(0.2)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


class Clients:
    """Checks at a steady pace, from now until ``stop``."""

    def __init__(self, key: str, rate: float) -> None:
        self.rows: list[tuple[float, float]] = []
        self.bad = 0
        self._processes = [
            subprocess.Popen(
                [
                    sys.executable,
                    str(HERE / "paced_client.py"),
                    str(PORT),
                    key,
                    str(rate / CLIENTS),
                    str(seed),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for seed in range(CLIENTS)
        ]
        self._readers = [
            threading.Thread(target=self._read, args=(process,), daemon=True)
            for process in self._processes
        ]
        for reader in self._readers:
            reader.start()

    def stop(self) -> None:
        """End the clients and take the last of what they measured."""
        for process in self._processes:
            process.stdin.close()
        for process, reader in zip(self._processes, self._readers, strict=True):
            process.wait(30)
            reader.join(30)

    def times(self, begin: float, end: float) -> dict[str, float]:
        """Milliseconds of the checks that were due between two moments."""
        ms = np.array([t for due, t in list(self.rows) if begin <= due < end])
        found = np.percentile(ms, (50, 90, 99, 99.9))
        names = ("p50_ms", "p90_ms", "p99_ms", "p999_ms")
        row = {name: round(float(v), 2) for name, v in zip(names, found, strict=True)}
        return {"checks": len(ms), **row, "max_ms": round(float(ms.max()), 2)}

    def _read(self, process: subprocess.Popen) -> None:
        for line in process.stdout:
            due, ms, status = line.split()
            self.rows.append((float(due), float(ms)))
            self.bad += status != "200"


def worker_below(pid: int) -> int:
    """The worker of a service that runs."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if "config.worker" in Path(f"/proc/{child}/cmdline").read_text():
            return int(child)
    raise SystemExit("the service has no worker")


def follow(home: Home, service: int, records: int, *, kills: bool) -> dict[str, float]:
    """Wait for the end of the import; kill the worker half-way where that is asked for."""
    began = time.time()
    killed_at = 0.0
    while True:
        time.sleep(0.25)
        listed, is_done = home.progress()
        if is_done:
            return {"began": began, "ended": time.time(), "killed_at": killed_at}
        if kills and not killed_at and listed >= records // 2:
            os.kill(worker_below(service), signal.SIGKILL)
            killed_at = time.time()


def measure(home: Home, given: argparse.Namespace) -> dict:
    """Before, during and after."""
    home.folder.mkdir(parents=True, exist_ok=True)
    home.manage("migrate", "--verbosity", "0")
    key = home.manage("create-api-key", "bench", "--scope", "check")
    partner = [sys.executable, str(HERE / "exchange_partner.py"), str(PARTNER_PORT)]
    probe = f"http://127.0.0.1:{PARTNER_PORT}/?startTimestamp=1&pageSize=1"
    serve = [sys.executable, "-m", "staydown", "serve", "--port", str(PORT), "--workers", "1"]
    with (
        running([*partner, str(given.records)], probe),
        running(serve, f"http://127.0.0.1:{PORT}/api/v1/openapi.json", home.env) as service,
    ):
        clients = Clients(key, given.rate)
        time.sleep(5)
        quiet = time.time()
        time.sleep(given.before)
        calm = clients.times(quiet, time.time())
        address = f"address=http://127.0.0.1:{PARTNER_PORT}/v1"
        home.manage(
            *("exchanges-add", "stopncii", NAME, "--set", address, "--trial"), stdin=SECRETS
        )
        moments = follow(home, service.pid, given.records, kills=given.kill)
        during = clients.times(moments["began"], moments["ended"])
        clients.stop()
        return {
            "records": given.records,
            "rate": given.rate,
            "seconds": round(moments["ended"] - moments["began"], 1),
            "killed": bool(moments["killed_at"]),
            "before": calm,
            "during": during,
            "bad_answers": clients.bad,
            **counts(home),
        }


def counts(home: Home) -> dict:
    """What the database holds: each key once, each with its entry."""
    keys, distinct = home.row("SELECT count(*), count(DISTINCT blind) FROM exchanges_received")
    (entries,) = home.row("SELECT count(*) FROM banks_entry WHERE state = 'seed'")
    (linked,) = home.row("SELECT count(DISTINCT entry_id) FROM exchanges_received")
    return {"keys": keys, "distinct_keys": distinct, "entries": entries, "linked": linked}


def table(found: dict) -> str:
    """The numbers for people."""
    lines = [
        f"{found['records']:,} records in {found['seconds']} s "
        f"({found['records'] / found['seconds']:,.0f} a second)"
        + (", the worker killed half-way" if found["killed"] else ""),
        (
            f"keys {found['keys']:,}, distinct {found['distinct_keys']:,}, entries "
            f"{found['entries']:,}, linked {found['linked']:,}; bad answers {found['bad_answers']}"
        ),
        f"checks at {found['rate']} a second, ms   p50     p90     p99   p99.9     max",
    ]
    names = ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms")
    for when in ("before", "during"):
        row = "".join(f"{found[when][name]:8.1f}" for name in names)
        lines.append(f"{when:>27}{row}  of {found[when]['checks']:,}")
    ratio = found["during"]["p99_ms"] / found["before"]["p99_ms"]
    return "\n".join([*lines, f"p99 during the import: {ratio:.2f} times before"])


def main() -> None:
    """Measure, print, and write where that is asked for."""
    reader = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reader.add_argument("--records", type=int, default=1_000_000)
    reader.add_argument("--rate", type=float, default=100.0, help="checks a second")
    reader.add_argument("--before", type=float, default=20.0, help="seconds without an import")
    reader.add_argument("--kill", action="store_true", help="kill the worker half-way")
    reader.add_argument("--json", type=Path)
    given = reader.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="staydown-exchange-"))
    try:
        found = measure(Home(folder), given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree("/dev/shm/staydown-exchange-bench", ignore_errors=True)
    print(table(found))
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
