"""A bank file of 10 M entries: opening it, and finding in one process what another one added.

    python benchmarks/bench_bank_open.py [--size 1e7] [--folder /somewhere/large] [--json out.json]

Opening is measured in fresh processes, from before `BankFile.open` to after the first answer, with
the imports made before; the pages are in the file cache. The index file of `HammingIndex.save` is
measured in the same way. Memory is PSS, mapped pages included, after 1000 queries.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from staydown.index import BankFile, HammingIndex
from staydown.types import ContentKind, Fingerprint, Signal, SignalType

_OPEN = """
import sys, time
import numpy as np
from staydown.index import BankFile, HammingIndex
rng = np.random.default_rng(7)
queries = rng.integers(0, 256, (1000, 32), dtype=np.uint8)
warm = HammingIndex()
warm.add([1], queries[:1])
warm.search(queries[:1], max_bits=31)
path, kind = sys.argv[1:]
start = time.perf_counter()
if kind == "bank":
    bank = BankFile.open(path, read_only=True)
    search = bank.search_pdq
else:
    bank = HammingIndex.open(path)
    search = bank.search
search(queries[:1], max_bits=31)
first = time.perf_counter() - start
times = []
for row in range(1000):
    start = time.perf_counter()
    search(queries[row : row + 1], max_bits=31)
    times.append(time.perf_counter() - start)
pss = [l for l in open("/proc/self/smaps_rollup") if l.startswith("Pss:")][0].split()[1]
print(first, sorted(times)[500], int(pss) / 1e3)
"""

_FOLLOW = """
import sys, time
import numpy as np
from staydown.index import BankFile
bank = BankFile.open(sys.argv[1], follow=True, read_only=True)
wanted = np.full((1, 32), 77, np.uint8)
bank.search_pdq(wanted, max_bits=8)
print("ready", flush=True)
for line in sys.stdin:
    target = int(line)
    while len(bank.search_pdq(wanted, max_bits=8).entry) != target:
        time.sleep(0.002)
    print(time.time(), flush=True)
"""


def opened(path: Path, kind: str) -> dict[str, float]:
    command = [sys.executable, "-c", _OPEN, str(path), kind]
    rows = []
    for _ in range(3):
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows.append([float(word) for word in done.stdout.split()])
    first, query, pss = (statistics.median(column) for column in zip(*rows, strict=True))
    return {
        f"{kind}_open_to_first_answer_ms": first * 1e3,
        f"{kind}_query_us": query * 1e6,
        f"{kind}_pss_mb": pss,
    }


def add_then_find(path: Path, rounds: int) -> dict[str, float]:
    """Seconds from the start of ``add`` to the hit, in this process and in another one."""
    command = [sys.executable, "-c", _FOLLOW, str(path)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    bank = BankFile.open(path)
    wanted = np.full((1, 32), 77, np.uint8)
    bank.search_pdq(wanted, max_bits=8)
    child.stdout.readline()
    same, other, added = [], [], []
    for k in range(rounds):
        raw = wanted.copy()
        raw[0, 0] = k % 4
        signal = Signal.of(SignalType.PDQ, raw.tobytes(), 90)
        child.stdin.write(f"{k + 1}\n")
        child.stdin.flush()
        start = time.time()
        bank.add(f"new-{k}", Fingerprint(ContentKind.PHOTO, (signal,)))
        added.append(time.time() - start)
        hits = bank.search_pdq(wanted, max_bits=8)
        same.append(time.time() - start)
        if len(hits.entry) != k + 1:
            raise SystemExit("an added entry was not found")
        other.append(float(child.stdout.readline()) - start)
    child.stdin.close()
    child.wait()
    return {
        "add_ms": statistics.median(added) * 1e3,
        "add_to_hit_same_process_ms": statistics.median(same) * 1e3,
        "add_to_hit_other_process_ms": statistics.median(other) * 1e3,
        "add_to_hit_other_process_worst_ms": max(other) * 1e3,
    }


def run(size: int, folder: Path) -> dict[str, float]:
    rng = np.random.default_rng(3)
    hashes = rng.integers(0, 256, (size, 32), dtype=np.uint8)
    result: dict[str, float] = {"entries": size}
    bank_path, index_path = folder / "bench.sdb", folder / "bench.sdx"
    start = time.perf_counter()
    with BankFile.create(bank_path) as bank:
        bank.add_pdq([f"{k:x}" for k in range(size)], hashes, np.full(size, 90, np.uint8))
    result["bank_build_and_write_s"] = time.perf_counter() - start
    result["bank_file_mb"] = bank_path.stat().st_size / 1e6
    result |= opened(bank_path, "bank")
    result |= add_then_find(bank_path, 10)
    index = HammingIndex()
    index.add(np.arange(size), hashes)
    index.save(index_path)
    del index
    result["index_file_mb"] = index_path.stat().st_size / 1e6
    return result | opened(index_path, "index")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=1e7)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        result = run(int(options.size), Path(folder))
    for key, value in result.items():
        print(f"{key:36} {value:14,.1f}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
