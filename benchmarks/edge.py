"""The edge replica beside a hub with a bank of a million: how quick, how far behind, how large.

    python benchmarks/edge.py [--folder benchmarks/.cache] [--json docs/results/edge.json]

The hub (`staydown serve`, on a copy of the bank of `api_bank.py`) has one core, the replica and
what asks it the other. The hour without the hub: the hub is killed, and the clock of the process
that asks is moved on by a minute a second, for a minute; all that time it asks. Beside the times on
the clock those of the processor are given, which other work on the machine distorts less.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from api_bank import ROOT, hashes_of, make_home, manage, surroundings
from bench_api import bits_away, body_of, family

sys.path.insert(0, str(ROOT / "tests"))

from hub_hands import Hands
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_client.edge import Edge
from staydown_client.edge.keys import make_key

PORT, EDGE_PORT = 8190, 8192
MEMORY = Path("/dev/shm/staydown-edge-bench")
HUB_MEMORY = Path("/dev/shm/staydown-edge-bench-hub")
NEAR_BITS = 8


def print_of(row: np.ndarray) -> Fingerprint:
    """A photo known by its ``pdq`` alone."""
    return Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, row.tobytes().hex(), 90),))


def spread(times: list[float]) -> dict[str, float]:
    """Half, 99 and 99.9 of a hundred, in milliseconds."""
    sorted_ms = np.array(times) * 1000
    return {
        "n": len(times),
        "p50_ms": float(np.percentile(sorted_ms, 50)),
        "p99_ms": float(np.percentile(sorted_ms, 99)),
        "p999_ms": float(np.percentile(sorted_ms, 99.9)),
        "most_ms": float(sorted_ms.max()),
    }


def pss_mb(pids: list[int]) -> float:
    """Memory that these processes hold, shared pages divided among them."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def until(what: Callable[[], bool], within_s: float = 900.0) -> float:
    """Wait; how many seconds it took."""
    started = time.monotonic()
    while not what():
        if time.monotonic() - started > within_s:
            raise TimeoutError
        time.sleep(0.005)
    return time.monotonic() - started


@contextmanager
def hub(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The hub on core 0, all of its processes in one group."""
    process = subprocess.Popen(
        ["taskset", "-c", "0", sys.executable, "-m", "staydown", "serve", "--port", str(PORT)],
        env={**surroundings(folder), "STAYDOWN_SHARED_MEMORY": str(HUB_MEMORY)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until(lambda: answers(PORT))
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


@contextmanager
def replica(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The replica on core 1."""
    process = subprocess.Popen(
        ["taskset", "-c", "1", sys.executable, "-m", "staydown_client.edge", "run"],
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def answers(port: int) -> bool:
    """Whether ``/status`` says that checks are answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/status")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def timed(
    edge: Edge, prints: list[Fingerprint], spent: list[float] | None = None
) -> tuple[list[float], dict[str, int]]:
    """Times of checks, and what was answered; ``spent`` gets the processor's times."""
    times, verdicts = [], {}
    for one in prints:
        started, began = time.perf_counter(), time.thread_time()
        answer = edge.check(one)
        times.append(time.perf_counter() - started)
        if spent is not None:
            spent.append(time.thread_time() - began)
        verdicts[str(answer.verdict)] = verdicts.get(str(answer.verdict), 0) + 1
    return times, verdicts


def in_process(edge: Edge, misses: list[Fingerprint], hits: list[Fingerprint]) -> dict:
    """Checks in the process of the caller: nothing alike, a copy, and one copy in a hundred."""
    timed(edge, [*misses[:300], *hits[:50]])
    mixed = [hits[n % len(hits)] if n % 100 == 0 else row for n, row in enumerate(misses)]
    found = {}
    for name, prints in (("miss", misses), ("hit", hits), ("mixed", mixed)):
        spent: list[float] = []
        times, verdicts = timed(edge, prints, spent)
        found[name] = {**spread(times), "by_processor_time": spread(spent), "verdicts": verdicts}
        print(
            f"in process, {name}: p50 {found[name]['p50_ms']:.3f} ms, "
            f"p99 {found[name]['p99_ms']:.3f} ms, by processor time "
            f"{found[name]['by_processor_time']['p99_ms']:.3f} ms"
        )
    return found


def over_http(rows: np.ndarray) -> dict:
    """Checks over one kept connection to the replica's server."""
    connection = http.client.HTTPConnection("127.0.0.1", EDGE_PORT, timeout=30)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times = []
    for row in rows:
        body = body_of(row)
        started = time.perf_counter()
        connection.request("POST", "/check", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
        times.append(time.perf_counter() - started)
    connection.close()
    found = spread(times[100:])
    print(f"over http: p50 {found['p50_ms']:.3f} ms, p99 {found['p99_ms']:.3f} ms")
    return found


def lag(edge: Edge, hands: Hands, times: int, rng: np.random.Generator) -> dict:
    """From the moment that the hub has stored an entry to the moment that it is found here."""
    found, back = [], []
    for n in range(times):
        row = rng.integers(0, 256, 32, dtype=np.uint8)
        one = print_of(row)
        entry = hands("add", number=n, pdq=row.tobytes().hex())["entry"]
        found.append(until(lambda one=one: edge.check(one).verdict == "block", 30.0))
        hands("withdraw", entry=entry)
        back.append(until(lambda one=one: edge.check(one).verdict == "clear", 30.0))
    result = {"added": spread(found), "withdrawn": spread(back)}
    print(
        f"behind the hub: added {result['added']['p50_ms']:.0f} ms (most "
        f"{result['added']['most_ms']:.0f}), withdrawn {result['withdrawn']['p50_ms']:.0f} ms"
    )
    return result


def hour_away(misses: list[Fingerprint], hits: list[Fingerprint]) -> dict:
    """Ask all the time while the hub is dead and the clock goes a minute a second."""
    started = time.time()
    failed, times, verdicts = 0, [], {}

    def clock() -> float:
        return started + (time.time() - started) * 60.0

    with Edge(MEMORY, without_copy="refuse", clock=clock) as edge:
        n = 0
        while clock() - started < 3600.0:
            one = hits[n % len(hits)] if n % 100 == 0 else misses[n % len(misses)]
            n += 1
            begun = time.perf_counter()
            try:
                answer = edge.check(one)
            except Exception as error:  # noqa: BLE001 - what is counted is any failure
                print(type(error).__name__)
                failed += 1
                continue
            times.append(time.perf_counter() - begun)
            verdicts[str(answer.verdict)] = verdicts.get(str(answer.verdict), 0) + 1
            time.sleep(0.002)
        status = edge.status()
    result = {
        "how": "hub killed (SIGKILL to all its processes); 60 s by the machine's clock, 3600 s by"
        " the clock of the process that asks",
        "failed": failed,
        "verdicts": verdicts,
        "age_s_shown_at_the_end": status["age_s"],
        "state": status["state"],
        **spread(times),
    }
    print(f"an hour without the hub: {failed} of {n} failed, age shown {status['age_s']:.0f} s")
    return result


def main() -> None:
    """Measure everything."""
    reader = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reader.add_argument("--folder", type=Path, default=ROOT / "benchmarks" / ".cache")
    reader.add_argument("--entries", type=int, default=1_000_000)
    reader.add_argument("--photos", type=int, default=20_000)
    reader.add_argument("--checks", type=int, default=10_000)
    reader.add_argument("--changes", type=int, default=20)
    reader.add_argument("--json", type=Path)
    given = reader.parse_args()
    made = make_home(given.folder, given.entries, given.photos)
    result: dict = {
        "entries": given.entries,
        "photos": given.photos,
        "load_at_start": os.getloadavg(),
    }
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        shutil.copytree(made / "home", folder / "home")
        try:
            measure(folder, given, result)
        finally:
            shutil.rmtree(MEMORY, ignore_errors=True)
            shutil.rmtree(HUB_MEMORY, ignore_errors=True)
    result["load_at_end"] = os.getloadavg()
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n")


def measure(folder: Path, given: argparse.Namespace, result: dict) -> None:
    """One hub, one replica, and everything that is asked of them."""
    rng = np.random.default_rng(11)
    near = bits_away(hashes_of(given.entries)[:2000], NEAR_BITS, rng)
    far = rng.integers(0, 256, (given.checks, 32), dtype=np.uint8)
    hits, misses = [print_of(row) for row in near], [print_of(row) for row in far]
    key = make_key(folder / "edge.key")
    environment = {
        "STAYDOWN_EDGE_HUB": f"http://127.0.0.1:{PORT}",
        "STAYDOWN_EDGE_API_KEY_FILE": str(folder / "api.key"),
        "STAYDOWN_EDGE_KEY": str(folder / "edge.key"),
        "STAYDOWN_EDGE_DATA": str(folder / "data"),
        "STAYDOWN_EDGE_MEMORY": str(MEMORY),
        "STAYDOWN_EDGE_LISTEN": f"127.0.0.1:{EDGE_PORT}",
        "STAYDOWN_EDGE_WITHOUT_COPY": "refuse",
    }
    manage(folder, "migrate", "--verbosity", "0")
    hands = Hands(folder / "home", STAYDOWN_SHARED_MEMORY=str(HUB_MEMORY))
    hands("copies")
    hands("add", number=-1)  # opens the bank in memory, which takes a while from the database
    with hub(folder) as service:
        (folder / "api.key").write_text(hands("agree", public_key=key.public)["key"])
        with replica(environment):
            result["first_copy_s"] = until(lambda: answers(EDGE_PORT))
            print(f"the first copy took {result['first_copy_s']:.1f} s")
        sizes = {p.name: p.stat().st_size for p in (folder / "data").iterdir()}
        result["disk_mb"] = sum(sizes.values()) / 2**20
        with replica(environment) as process:
            result["start_s"] = until(lambda: answers(EDGE_PORT))
            print(f"started again in {result['start_s']:.1f} s")
            os.sched_setaffinity(0, {1})
            with Edge(MEMORY, without_copy="refuse") as edge:
                result["in_process"] = in_process(edge, misses, hits)
                result["over_http"] = over_http(far[:3000])
                result["memory"] = {
                    "shared_mb": sum(p.stat().st_size for p in MEMORY.iterdir() if p.is_file())
                    / 2**20,
                    "server_and_keeper_pss_mb": pss_mb(family(process.pid)),
                    "asking_process_pss_mb": pss_mb([os.getpid()]),
                }
                result["behind"] = lag(edge, hands, given.changes, rng)
                result["while_importing"] = importing(edge, hands, misses)
            hands.close()
            for pid in family(service.pid):
                os.kill(pid, signal.SIGKILL)
            service.wait()
            result["hour_away"] = hour_away(misses, hits)
        with replica(environment):
            result["start_without_hub_s"] = until(lambda: answers(EDGE_PORT))
            print(f"started without the hub in {result['start_without_hub_s']:.1f} s")


def importing(edge: Edge, hands: Hands, misses: list[Fingerprint]) -> dict:
    """Checks in process while the hub takes in 20,000 entries and the replica follows."""
    before = edge.status()["entries"]
    filling = threading.Thread(
        target=lambda: [hands("fill", first=10**6 + n, count=2000) for n in range(0, 20_000, 2000)]
    )
    filling.start()
    times: list[float] = []
    started = time.monotonic()
    while filling.is_alive() or edge.status()["entries"] < before + 20_000:
        times += timed(edge, misses[:200])[0]
        if time.monotonic() - started > 120:
            break
    filling.join()
    found = {**spread(times), "entries_taken_in": edge.status()["entries"] - before}
    print(f"while 20,000 entries come in: p99 {found['p99_ms']:.3f} ms")
    return found


if __name__ == "__main__":
    main()
