"""How near ``staydown scan`` comes to its parts: decode, fingerprint and search measured apart.

    python benchmarks/bench_scan.py --files 10000 --entries 1000000 --photos 20000 --work DIR

It makes the bank (``--entries`` whole-picture hashes, the windows of ``--photos`` photos) and the
files (JPEGs of one megapixel, blended from crops of the shipped photos) by code, keeps them in
``--work`` and uses them again. The bar: the scan reaches at least 85 % of the rate that the sum of
the three parts allows on the cores used, in at most 3 GB (PSS of all its processes, mapped pages
included). Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

import staydown
from staydown.decode.photo import open_photo
from staydown.index import BankFile
from staydown.isolate.child_work import fingerprint_file
from staydown.matching import Matcher
from staydown.types import ContentKind, Fingerprint, Signal, SignalType, Windows
from staydown.types.limits import Limits

SIZE = (1152, 864)
SAMPLE = 200
POINTS = 160
MEDIA = Path(staydown.__file__).parent / "demo_media"


def make_files(folder: Path, count: int) -> None:
    """JPEGs of one megapixel, each another blend of two crops."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [n for n in range(count) if not (folder / f"{n:06d}.jpg").exists()]
    with ProcessPoolExecutor() as executor:
        list(executor.map(partial(_make_file, folder), missing, chunksize=50))


_SOURCES: list[Image.Image] = []


def _make_file(folder: Path, number: int) -> None:
    if not _SOURCES:
        _SOURCES.extend(Image.open(p).convert("RGB") for p in sorted(MEDIA.glob("*.jpg")))
    rng = np.random.default_rng(number)
    parts = []
    for index in rng.choice(len(_SOURCES), 2, replace=False):
        source = _SOURCES[index]
        share = rng.uniform(0.35, 0.9)
        width, height = source.width * share, source.height * share
        left = rng.uniform(0, source.width - width)
        top = rng.uniform(0, source.height - height)
        box = (left, top, left + width, top + height)
        parts.append(source.resize(SIZE, Image.Resampling.BICUBIC, box=box))
    made = Image.blend(parts[0], parts[1], float(rng.uniform(0.3, 0.7)))
    noisy = np.asarray(made, np.float32) + rng.normal(0, 3, (SIZE[1], SIZE[0], 1))
    picture = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
    picture.save(folder / f"{number:06d}.jpg", quality=88)


def make_bank(path: Path, entries: int, photos: int) -> None:
    """A bank file of random hashes and random windows, the same each time."""
    if path.exists():
        return
    rng = np.random.default_rng(1)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with BankFile.create(fresh) as bank:
        hashes = rng.integers(0, 256, (entries, 32), np.uint8)
        bank.add_pdq([f"p{n}" for n in range(entries)], hashes, np.full(entries, 90, np.uint8))
        for start in range(0, photos, 5000):
            numbers = range(start, min(start + 5000, photos))
            bank.add_many((f"w{n}", _random_photo(rng)) for n in numbers)
    fresh.rename(path)


def _random_photo(rng: np.random.Generator) -> Fingerprint:
    windows = Windows(
        384,
        288,
        rng.integers(0, 256, (POINTS, 32), np.uint8),
        rng.integers(0, 1 << 32, POINTS, np.uint32),
        rng.integers(0, 256, (16, 16), np.uint8),
    )
    pdq = Signal.of(SignalType.PDQ, rng.bytes(32), 90)
    return Fingerprint(ContentKind.PHOTO, (pdq, Signal.of(SignalType.WINDOWS, windows.to_bytes())))


def measure_apart(bank: Path, files: list[Path]) -> dict[str, float]:
    """Milliseconds a file on one core: means of decode, of fingerprint (all signals), of search.

    Also the processor time of all three together, which other work on the machine disturbs less.
    """
    matcher = Matcher.open(bank)
    decode_s, fingerprint_s, search_s = [], [], []
    limits = Limits()
    cpu_s = []
    for number, path in enumerate(files):
        with path.open("rb") as file:
            c0 = time.process_time()
            t0 = time.perf_counter()
            made = fingerprint_file(file, mode="screening", limits=limits)
        t1, c1 = time.perf_counter(), time.process_time()
        open_photo(path.read_bytes(), mode="screening")
        t2, c2 = time.perf_counter(), time.process_time()
        matcher.match(made)
        t3, c3 = time.perf_counter(), time.process_time()
        if number >= 20:
            cpu_s.append(c3 - c2 + c1 - c0)
            decode_s.append(t2 - t1)
            fingerprint_s.append(t1 - t0 - (t2 - t1))
            search_s.append(t3 - t2)
    return {
        "decode_ms": 1e3 * float(np.mean(decode_s)),
        "fingerprint_ms": 1e3 * float(np.mean(fingerprint_s)),
        "search_ms": 1e3 * float(np.mean(search_s)),
        "cpu_ms": 1e3 * float(np.mean(cpu_s)),
    }


def measure_scan(bank: Path, folder: Path, state: Path, workers: int) -> dict[str, float]:
    """Wall seconds and the largest PSS of a whole scan."""
    state.unlink(missing_ok=True)
    command = [sys.executable, "-m", "staydown", "scan", str(bank), str(folder), "--json"]
    command += ["--state", str(state), "--workers", str(workers)]
    peak = [0]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    watcher = threading.Thread(target=_watch, args=(process, peak))
    watcher.start()
    said = process.communicate()[1]
    wall_s = time.perf_counter() - started
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(said.strip(), file=sys.stderr)
    return {"wall_s": wall_s, "scan_cpu_s": cpu_s, "peak_pss_mb": peak[0] / 1024}


def _watch(process: subprocess.Popen[str], peak: list[int]) -> None:
    while process.poll() is None:
        pids = [process.pid, *_children(process.pid)]
        peak[0] = max(peak[0], sum(_pss_kb(pid) for pid in pids))
        time.sleep(0.5)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(text) for text in task.read_text().split()]
        except OSError:
            continue
    return found


def _pss_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--photos", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--work", type=Path, default=Path("bench-scan"))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    folder = options.work / f"files-{options.files}"
    bank = options.work / f"bank-{options.entries}-{options.photos}.sdb"
    make_files(folder, options.files)
    make_bank(bank, options.entries, options.photos)
    files = sorted(folder.iterdir())
    apart = measure_apart(bank, files[:: max(1, len(files) // SAMPLE)])
    scan = measure_scan(bank, folder, options.work / "scan.state", options.workers)
    each_s = (apart["decode_ms"] + apart["fingerprint_ms"] + apart["search_ms"]) / 1e3
    parts_cpu_s = apart["cpu_ms"] / 1e3 * len(files)
    ideal_s = each_s * len(files) / options.workers
    row = {
        "files": len(files),
        "workers": options.workers,
        **{name: round(value, 2) for name, value in (apart | scan).items()},
        "files_per_s": round(len(files) / scan["wall_s"], 1),
        "share_of_the_parts": round(ideal_s / scan["wall_s"], 3),
        "share_by_processor_time": round(parts_cpu_s / scan["scan_cpu_s"], 3),
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
