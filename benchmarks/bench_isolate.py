"""How much isolation costs: files a second in child processes against in-process decoding.

Both sides work through the same one-megapixel JPEGs in screening mode, in turns, several rounds, on
the same processors. The bar is a ratio of at least 0.85 (ADR-0008).

    python benchmarks/bench_isolate.py [--files 150] [--rounds 5] [--out FILE.json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from pictures import drawn_photo

import staydown
from staydown.isolate import Pool

BAR = 0.85


def in_process(paths: list[str]) -> int:
    return sum(
        len(staydown.fingerprint(p, mode="screening", isolated=False).signals) for p in paths
    )


def isolated(pool: Pool, paths: list[str]) -> int:
    done = 0
    for _, outcome in pool.fingerprints(paths, mode="screening"):
        if isinstance(outcome, Exception):
            raise outcome
        done += len(outcome.signals)
    return done


def seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(paths: list[str], cores: int, rounds: int) -> dict[str, float]:
    """Median files a second of both ways on ``cores`` processors, and their ratio."""
    os.sched_setaffinity(0, sorted(ALL_CORES)[:cores])
    times: dict[str, list[float]] = {"in process": [], "isolated": []}
    with Pool(workers=cores) as pool, ProcessPoolExecutor(cores) as plain:
        shares = [paths[i::cores] for i in range(cores)]
        isolated(pool, paths[: 8 * cores])
        list(plain.map(in_process, [paths[:8]] * cores))
        for _ in range(rounds):
            times["in process"].append(seconds(lambda: list(plain.map(in_process, shares))))
            times["isolated"].append(seconds(lambda: isolated(pool, paths)))
    os.sched_setaffinity(0, ALL_CORES)
    rate = {name: len(paths) / statistics.median(t) for name, t in times.items()}
    ratios = [a / b for a, b in zip(times["in process"], times["isolated"], strict=True)]
    return {**rate, "ratio": statistics.median(ratios)}


ALL_CORES = os.sched_getaffinity(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/isolate.json"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number in range(8):
            path = Path(folder) / f"{number}.jpg"
            drawn_photo(1152, 864, seed=number).save(path, quality=88)
            paths.append(str(path))
        paths = [paths[i % len(paths)] for i in range(args.files)]
        rows = {
            f"{cores} core(s)": compare(paths, cores, args.rounds)
            for cores in sorted({1, len(ALL_CORES)})
        }
    print(f"{'':12}{'in process':>14}{'isolated':>14}{'ratio':>8}   (bar {BAR})")
    for name, row in rows.items():
        print(
            f"{name:12}{row['in process']:>10.1f}/s {row['isolated']:>11.1f}/s {row['ratio']:>8.3f}"
        )
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps({"bar": BAR, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
