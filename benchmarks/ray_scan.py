"""How much faster two workers of a Ray cluster are than one, on work that the processor bounds.

    python benchmarks/ray_scan.py --files 1200 --rounds 3 --work DIR

A cluster of two nodes is started on this machine; all processes of a node, its worker and that
worker's decoding process too, are pinned to one core of their own. The same files (JPEGs of one
megapixel, made by code) are scanned against a bank by one worker and by two, by turns. Workers load
their code and compile on their first file, so each scan first checks some files that do not count;
the rate is taken from the files after them, between the first of these and the last. The bar:
two workers reach 1.7 times the rate of one. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from bench_scan import make_bank, make_files

from ray_cluster import RayCluster
from staydown.scanning import ScanOptions
from staydown.scanning.cluster import ClusterEngine
from staydown.scanning.listing import list_files, place_of

BAR = 1.7


def measure(engine: ClusterEngine, files: list, warm: int) -> dict[str, float]:
    """Files a second on the clock and for each second of processor that the nodes used."""
    stamps = []
    cpu = []
    for number, _ in enumerate(engine.check(files)):
        stamps.append(time.monotonic())
        if number in {warm, len(files) - 1}:
            cpu.append(cpu_of_workers())
    counted = len(files) - 1 - warm
    wall_s = stamps[-1] - stamps[warm]
    return {
        "files_per_s": counted / wall_s,
        "cpu_ms_per_file": 1000 * (cpu[1] - cpu[0]) / counted,
        "cores_used": (cpu[1] - cpu[0]) / wall_s,
    }


def cpu_of_workers() -> float:
    """Processor seconds that workers and their decoding processes have used so far."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if command.startswith(b"ray::NodeWorker") or b"staydown.isolate.child" in command:
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1200)
    parser.add_argument("--warm", type=int, default=200, help="files at the start, not counted")
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--photos", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path("bench-scan"))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    folder = options.work / f"files-{options.files}"
    bank = options.work / f"bank-{options.entries}-{options.photos}.sdb"
    make_files(folder, options.files)
    make_bank(bank, options.entries, options.photos)
    files = list(list_files([place_of(str(folder.absolute()))]).files)
    cores = sorted(os.sched_getaffinity(0))[:2]
    rows: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    with RayCluster() as cluster:
        for core in cores:
            cluster.add_node(core=core)
        for turn in range(options.rounds):
            for workers in (1, 2) if turn % 2 == 0 else (2, 1):
                scan = ScanOptions(min_score=0.5, workers=workers)
                engine = ClusterEngine(bank, scan, address=cluster.address)
                rows[workers].append(measure(engine, files, options.warm))
                print(workers, rows[workers][-1], os.getloadavg()[0], file=sys.stderr)
    print(json.dumps(summary(rows, options, cores)))


def summary(rows, options, cores) -> dict:
    def mid(workers: int, name: str) -> float:
        return median(row[name] for row in rows[workers])

    speedup = mid(2, "files_per_s") / mid(1, "files_per_s")
    return {
        "files": options.files - options.warm,
        "rounds": options.rounds,
        "cores": cores,
        "one_worker": {name: round(mid(1, name), 3) for name in rows[1][0]},
        "two_workers": {name: round(mid(2, name), 3) for name in rows[2][0]},
        "all_rates": {n: [round(row["files_per_s"], 2) for row in rows[n]] for n in rows},
        "speedup": round(speedup, 3),
        # What two cores would do that nobody else uses: other work on the machine cancels out.
        "speedup_by_processor_time": round(
            2 * mid(1, "cpu_ms_per_file") / mid(2, "cpu_ms_per_file"), 3
        ),
        "bar": BAR,
        "holds": speedup >= BAR,
        "load_of_the_machine": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    main()
