"""The check API over HTTP: lookups, uploads, and how soon a notice counts; and peers.

    python benchmarks/bench_api.py [--peer PYTHON] [--json docs/results/api.json]

The server has one core (`taskset -c 0`, its decoding children included), four clients with one kept
connection each have the other. The bank: see `api_bank.py`. Uploads are JPEGs of 12 megapixels of
noise that is smooth in places. Beside requests a second on the clock, the server's processor time
a request is printed, which other work on the machine distorts less. "Apart" is the whole service on
that core, with processes of their own for checks (`staydown serve --checks-port`).

The peer for uploads is PyPI `threatexchange` (the hashing of hasher-matcher-actioner, which is not
on PyPI) behind Flask and gunicorn, with its own PDQ index in memory: a stand-in that lacks HMA's
database and its curator's calls, and so a lower bound of what HMA takes. PYTHON is one that has
`threatexchange flask gunicorn`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from api_bank import ROOT, hashes_of, make_home, surroundings

HOST, PORT, PEER_PORT, PAGES_PORT = "127.0.0.1", 8120, 8121, 8122
CLIENTS = 4
CLIENT = Path(__file__).with_name("api_client.py")
PEER = Path(__file__).with_name("api_peer.py")
_TICK = os.sysconf("SC_CLK_TCK")


def bits_away(rows: np.ndarray, bits: int, rng: np.random.Generator) -> np.ndarray:
    """Hashes that differ from these in so many bits."""
    spread = np.unpackbits(rows, axis=1)
    for row in spread:
        row[rng.choice(256, bits, replace=False)] ^= 1
    return np.packbits(spread, axis=1)


def body_of(row: np.ndarray) -> str:
    """A check by ``pdq`` alone."""
    return json.dumps({"signals": [{"type": "pdq", "value": row.tobytes().hex(), "quality": 90}]})


def photo(path: Path, seed: int) -> Path:
    """A JPEG of 12 megapixels."""
    if not path.exists():
        from PIL import Image

        rng = np.random.default_rng(seed)
        small = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
        large = np.asarray(Image.fromarray(small).resize((4000, 3000), Image.Resampling.BICUBIC))
        grain = rng.integers(-12, 13, (3000, 4000, 1), dtype=np.int16)
        made = np.clip(large.astype(np.int16) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(made).save(path, quality=90)
    return path


def family(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        below = [
            Path(p, "children").read_text().split() for p in Path(f"/proc/{pid}/task").iterdir()
        ]
    except OSError:
        return []
    found = {int(c) for c in [*children, *(c for row in below for c in row)]}
    return [pid, *(p for child in found for p in family(child))]


def cpu_s(pid: int) -> float:
    """Processor seconds of a process and its living children."""
    total = 0
    for one in family(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(v) for v in fields[11:15])
    return total / _TICK


@contextmanager
def serving(command: list[str], address: str, env: dict[str, str] | None = None):
    """A server on core 0, until the end of the block."""
    process = subprocess.Popen(
        ["taskset", "-c", "0", *command], env=env, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    if answer.status == 200:
                        break
            except OSError:
                time.sleep(0.2)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def measure(
    process, key: str, kind: str, given: list[list[str]], seconds: float, *, port: int, path: str
) -> dict:
    """What four clients see."""

    def one(n: int) -> dict:
        command = [sys.executable, str(CLIENT), HOST, str(port), path, key, str(seconds), kind]
        done = subprocess.run(
            ["taskset", "-c", "1", *command, str(n)],
            input=json.dumps(given[n]),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    before = cpu_s(process.pid)
    with ThreadPoolExecutor(CLIENTS) as pool:
        seen = list(pool.map(one, range(CLIENTS)))
    spent_cpu = cpu_s(process.pid) - before
    times = sorted(t for row in seen for t in row["times"])
    verdicts: dict[str, int] = {}
    for row in seen:
        for name, count in row["verdicts"].items():
            verdicts[name] = verdicts.get(name, 0) + count
    n = len(times)
    # Each client sends one request before its time begins: the processor worked for it as well.
    worked = n + CLIENTS
    return {
        "a_second": n / max(row["spent"] for row in seen),
        "p50_ms": times[n // 2] * 1e3,
        "p99_ms": times[min(n - 1, int(n * 0.99))] * 1e3,
        "cpu_ms_a_request": spent_cpu / worked * 1e3,
        "a_core_second": worked / spent_cpu if spent_cpu else 0.0,
        "failed": sum(row["bad"] for row in seen),
        "verdicts": verdicts,
    }


def best_of(rounds: int, work) -> dict:
    """The round of the median rate, with the rates of all."""
    seen = sorted((work() for _ in range(rounds)), key=lambda row: row["a_second"])
    return {**seen[len(seen) // 2], "rates": [round(row["a_second"], 1) for row in seen]}


def lookups(
    process, key: str, entries: int, rounds: int, seconds: float, *, label: str = ""
) -> dict[str, dict]:
    """Checks by ``pdq``: misses, hits that are new, hits seen before, and mixtures.

    In mixtures half misses; of all checks 0, 5, 25 or 50 % hit with content that is new.
    """
    rng = np.random.default_rng()
    known = hashes_of(entries)

    def misses(n: int) -> list[str]:
        return [body_of(r) for r in rng.integers(0, 256, (n, 32), dtype=np.uint8)]

    def hits(n: int) -> list[str]:
        return [body_of(r) for r in bits_away(known[rng.integers(0, entries, n)], 8, rng)]

    def mixture(rows: list[str], percent_new: int, n: int = 16_000) -> list[str]:
        new = n * percent_new // 100
        seen = [rows[i] for i in rng.integers(0, len(rows), n // 2 - new)]
        mixed = misses(n // 2) + hits(new) + seen
        rng.shuffle(mixed)
        return mixed

    again = [hits(200) for _ in range(CLIENTS)]
    kinds = {
        "miss": lambda: [misses(2000) for _ in range(CLIENTS)],
        "first hit": lambda: [hits(4000) for _ in range(CLIENTS)],
        "repeated hit": lambda: again,
        "half hit, half miss": lambda: [misses(1000) + rows for rows in again],
        "half hit, 5 % new": lambda: [mixture(rows, 5) for rows in again],
        "half hit, 25 % new": lambda: [mixture(rows, 25) for rows in again],
        "half hit, all new": lambda: [mixture(rows, 50) for rows in again],
    }
    found = {}
    for name, given in kinds.items():
        if name == "repeated hit":
            measure(process, key, "json", again, seconds, port=PORT, path="/api/v1/check")
        found[name] = best_of(
            rounds,
            lambda given=given: measure(
                process, key, "json", given(), seconds, port=PORT, path="/api/v1/check"
            ),
        )
        show(f"{label}{name}", found[name])
    return found


def uploads(process, key: str, folder: Path, rounds: int, seconds: float) -> dict[str, dict]:
    """Checks by file, isolation on."""
    paths = [str(photo(folder / f"photo-{n}.jpg", n)) for n in range(CLIENTS)]
    given = [[p] for p in paths]
    found = {}
    for name, kind in (("upload, pdq only", "media-pdq"), ("upload, complete", "media")):
        found[name] = best_of(
            rounds,
            lambda kind=kind: measure(
                process, key, kind, given, seconds, port=PORT, path="/api/v1/check"
            ),
        )
        show(name, found[name])
    return found


def peer_uploads(python: Path, folder: Path, seconds: float, rounds: int) -> dict:
    """The same files against the peer."""
    paths = [str(photo(folder / f"photo-{n}.jpg", n)) for n in range(CLIENTS)]
    command = [str(python), str(PEER), str(PEER_PORT)]
    with serving(command, f"http://{HOST}:{PEER_PORT}/status") as process:
        row = best_of(
            rounds,
            lambda: measure(
                process, "none", "media", [[p] for p in paths], seconds, port=PEER_PORT, path="/h"
            ),
        )
    show("peer: upload, pdq", row)
    return row


def notices(folder: Path, key: str, count: int) -> dict[str, float]:
    """Milliseconds from the commit of a new entry in one process to a hold by the server."""
    command = [sys.executable, str(Path(__file__).with_name("api_notices.py")), HOST, str(PORT)]
    done = subprocess.run(
        ["taskset", "-c", "1", *command, key, str(count)],
        env={**surroundings(folder), "DJANGO_SETTINGS_MODULE": "staydown_web.config.settings"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rows = sorted(json.loads(done.stdout))
    found = {
        "count": len(rows),
        "p50_ms": statistics.median(rows) * 1e3,
        "p99_ms": rows[math.ceil(len(rows) * 0.99) - 1] * 1e3,
        "longest_ms": rows[-1] * 1e3,
    }
    print(
        f"{'notice -> held elsewhere':<24} p50 {found['p50_ms']:.0f}  p99 {found['p99_ms']:.0f}  "
        f"longest {found['longest_ms']:.0f} ms"
    )
    return found


def show(name: str, row: dict) -> None:
    """One line of the table."""
    times = f"p50 {row['p50_ms']:8.2f}  p99 {row['p99_ms']:8.2f} ms"
    print(
        f"{name:<26} {row['a_second']:9.1f}/s  {times}"
        f"  {row['a_core_second']:9.1f}/s of processor time  failed {row['failed']}",
        flush=True,
    )


def main() -> None:
    """Measure everything."""
    reader = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reader.add_argument("--folder", type=Path, default=ROOT / "benchmarks" / ".cache")
    reader.add_argument("--entries", type=int, default=1_000_000)
    reader.add_argument("--photos", type=int, default=20_000)
    reader.add_argument("--seconds", type=float, default=5.0)
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--notices", type=int, default=100)
    reader.add_argument("--threads", type=int, default=8)
    reader.add_argument("--peer", type=Path)
    reader.add_argument("--json", type=Path)
    given = reader.parse_args()
    folder = make_home(given.folder, given.entries, given.photos)
    key = (folder / "low.key").read_text().strip().splitlines()[-1]
    load = os.getloadavg()
    result: dict = {"entries": given.entries, "photos": given.photos, "load_at_start": load}
    web = [sys.executable, "-m", "staydown_web.config.web_server"]
    command = [*web, "--port", str(PORT), "--threads", str(given.threads)]
    with serving(command, f"http://{HOST}:{PORT}/status", surroundings(folder)) as process:
        result["lookups"] = lookups(process, key, given.entries, given.rounds, given.seconds)
        result["uploads"] = uploads(process, key, given.folder, given.rounds, given.seconds)
        result["notice"] = notices(folder, key, given.notices)
    apart = [sys.executable, "-m", "staydown", "serve", "--port", str(PAGES_PORT)]
    apart += ["--workers", "1", "--checks-port", str(PORT)]
    with serving(apart, f"http://{HOST}:{PORT}/status", surroundings(folder)) as process:
        result["lookups_apart"] = lookups(
            process, key, given.entries, given.rounds, given.seconds, label="apart: "
        )
    if given.peer:
        result["peer"] = peer_uploads(given.peer, given.folder, given.seconds, given.rounds)
        for name, row in result["uploads"].items():
            row["times_the_peer"] = row["a_second"] / result["peer"]["a_second"]
            row["times_by_cpu"] = row["a_core_second"] / result["peer"]["a_core_second"]
            print(
                f"{name}: {row['times_the_peer']:.1f} times the peer's rate, "
                f"{row['times_by_cpu']:.1f} times by processor time"
            )
    result["load_at_end"] = os.getloadavg()
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
