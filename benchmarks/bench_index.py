"""HammingIndex against FAISS, random 256-bit hashes, one Python call a query, one core.

    python benchmarks/bench_index.py [--sizes 1e6,1e7] [--queries 200] [--json out.json]

They take turns in one run, in blocks of 20 queries, and medians are quoted. FAISS range_search
takes a radius that is strict, so its 32 is our max_bits=31. IndexBinaryMultiHash is built as
threatexchange builds it: 16 hash maps of 16 bits, and at radius 31 one flip (31 // 16). Half of
the queries are near copies; the first answers are compared, so a wrong index ends the run. Memory
is that of a process with our index alone, less the array it was built from. `cold` is a query
after 100 MB of other work. Without faiss in the interpreter, our own numbers are printed alone.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import time
from pathlib import Path

import numpy as np

from staydown.index import HammingIndex

try:
    import faiss
except ImportError:
    faiss = None

MAX_BITS = 31
BLOCK = 20


def memory_mb() -> dict[str, float]:
    """RSS and PSS of this process in MB, mapped pages included."""
    found = {}
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        key, _, rest = line.partition(":")
        if key in ("Rss", "Pss"):
            found[key.lower()] = int(rest.split()[0]) / 1e3
    return found


def queries_for(bank: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    queries = rng.integers(0, 256, (count, 32), dtype=np.uint8)
    for row in range(0, count, 2):
        mask = np.zeros(256, np.uint8)
        mask[rng.choice(256, int(rng.integers(0, MAX_BITS + 10)), replace=False)] = 1
        queries[row] = bank[rng.integers(len(bank))] ^ np.packbits(mask)
    return queries


def timed(call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def in_turn(calls: dict, queries: np.ndarray) -> dict[str, float]:
    """Median seconds of each call. They take turns in blocks of queries, as a server would run."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for start in range(0, len(queries), BLOCK):
        for name, call in calls.items():
            for row in range(start, min(start + BLOCK, len(queries))):
                query = queries[row : row + 1]
                seconds[name].append(timed(lambda call=call, query=query: call(query)))
    return {name: statistics.median(found) for name, found in seconds.items()}


def cold(call, queries: np.ndarray) -> float:
    """Median seconds where every query follows 100 MB of other work, so that no cache helps."""
    other, seconds = np.ones(12_500_000), []
    for row in range(len(queries)):
        other.sum()
        query = queries[row : row + 1]
        seconds.append(timed(lambda query=query: call(query)))
    return statistics.median(seconds)


def check_equal(index: HammingIndex, flat, queries: np.ndarray) -> None:
    limits, _, found = flat.range_search(queries, MAX_BITS + 1)
    rows, ids, _ = index.search(queries, max_bits=MAX_BITS)
    spans = [(q, found[limits[q] : limits[q + 1]]) for q in range(len(queries))]
    theirs = sorted((q, int(i)) for q, near in spans for i in near)
    if theirs != sorted(zip(rows.tolist(), ids.tolist(), strict=True)):
        raise SystemExit("the answers differ")


def batch(index: HammingIndex, queries: np.ndarray) -> dict[str, float]:
    """Microseconds a query in a batch on one and on two cores, medians of pairs in turn."""
    ones, twos = [], []
    for _ in range(7):
        ones.append(timed(lambda: index.search(queries, max_bits=MAX_BITS, threads=1)))
        twos.append(timed(lambda: index.search(queries, max_bits=MAX_BITS, threads=2)))
    ratio = statistics.median(a / b for a, b in zip(ones, twos, strict=True))
    return {
        "batch_1_core_us": statistics.median(ones) / len(queries) * 1e6,
        "batch_2_cores_us": statistics.median(twos) / len(queries) * 1e6,
        "batch_ratio": ratio,
    }


def run(size: int, count: int, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    bank = rng.integers(0, 256, (size, 32), dtype=np.uint8)
    queries = queries_for(bank, count, rng)
    before = memory_mb()
    index = HammingIndex()
    built = timed(lambda: index.add(np.arange(size), bank))
    result: dict[str, float] = {"hashes": size, "build_s": built}
    index.search(queries[:1], max_bits=MAX_BITS)
    after = memory_mb()
    # What the process would weigh with the index alone, without the array it was built from.
    result["index_rss_mb"] = after["rss"] - before["rss"]
    result["process_rss_mb"] = after["rss"] - bank.nbytes / 1e6
    calls = {"staydown": lambda q: index.search(q, max_bits=MAX_BITS)}
    if faiss is not None:
        faiss.omp_set_num_threads(1)
        flat = faiss.IndexBinaryFlat(256)
        flat.add(bank)
        calls["faiss_flat"] = lambda q: flat.range_search(q, MAX_BITS + 1)
        if size <= 1_000_000:
            multi = faiss.IndexBinaryMultiHash(256, 16, 16)
            multi.add(bank)
            multi.nflip = MAX_BITS // 16
            calls["faiss_multihash"] = lambda q: multi.range_search(q, MAX_BITS + 1)
        check_equal(index, flat, queries[:30])
    for name, median in in_turn(calls, queries).items():
        result[f"{name}_us"] = median * 1e6
        if name != "staydown":
            result[f"times_{name}"] = median * 1e6 / result["staydown_us"]
    result["staydown_cold_us"] = cold(calls["staydown"], queries[:100]) * 1e6
    large = queries_for(bank, 4000, rng)
    return result | batch(index, large)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1e6,1e7")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    # A process for each size, so that one does not weigh on the memory of the next.
    spawn = multiprocessing.get_context("spawn")
    results = []
    for size in options.sizes.split(","):
        with spawn.Pool(1) as pool:
            result = pool.apply(run, (int(float(size)), options.queries, options.seed))
        results.append(result)
        print()
        for key, value in result.items():
            print(f"{key:24} {value:14,.1f}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
