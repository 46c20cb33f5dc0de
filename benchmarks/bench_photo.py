"""Photo speed against PyPI ``threatexchange``: bytes in, one core, processor time, in turns.

    python benchmarks/bench_photo.py [--peer PYTHON] [--big FOLDER] [--runs 9] [--out FILE.json]

``--peer`` is the Python of an environment that has ``threatexchange`` and ``pdqhash``; it runs
beside us on the same core and times itself. ``--big`` is a folder of JPEGs of 12 megapixels, as
``get_media.py`` makes; without it a drawn picture is used. The one-megapixel pictures are made
from the same ones at qualities from 70 to 95; the bar holds at each. Bars: ADR-0007.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pictures import drawn_photo
from PIL import Image

import staydown

ONE_MEGAPIXEL = (1152, 864)
QUALITY = 85
QUALITIES = (70, 75, 80, 90, 95)
MOST_PICTURES = 8
FULL = ("sha256", "pdq", "windows/1")

PEER = """
import sys, time
from threatexchange.signal_type.pdq.signal import PdqSignal
for line in sys.stdin:
    data = open(line.strip(), "rb").read()
    start = time.process_time()
    PdqSignal.hash_from_bytes(data)
    print(time.process_time() - start, flush=True)
"""


@dataclass(frozen=True)
class Row:
    """One line of the table: what we do, on which pictures, and the bar."""

    name: str
    signals: tuple[str, ...]
    size: str
    bar: float


ROWS = (
    Row("pdq, 12 megapixels", ("pdq",), "big", 15.0),
    Row("pdq, 1 megapixel", ("pdq",), "small", 9.0),
    Row("sha256 + pdq + windows/1, 12 megapixels", FULL, "big", 4.0),
    Row("sha256 + pdq + windows/1, 1 megapixel", FULL, "small", 0.0),
    *(Row(f"pdq, 1 megapixel, quality {q}", ("pdq",), f"small {q}", 9.0) for q in QUALITIES),
)


class Peer:
    """``PdqSignal`` in its own environment, asked over a pipe."""

    def __init__(self, python: str) -> None:
        self._process = subprocess.Popen(
            [python, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def seconds(self, path: Path) -> float:
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


def our_seconds(data: bytes, signals: tuple[str, ...]) -> float:
    start = time.process_time()
    staydown.fingerprint(data, signals=signals, mode="screening", isolated=False)
    return time.process_time() - start


def make_pictures(big: Path | None, folder: Path) -> dict[str, list[Path]]:
    """The pictures of both sizes; the small ones are made from the big ones."""
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(big.glob("*12mp*.jpg"))[:MOST_PICTURES] if big else []
    if not found:
        found = [folder / "drawn.jpg"]
        drawn_photo(4000, 3000).save(found[0], quality=90)
    made: dict[str, list[Path]] = {"big": found}
    for path in found:
        with Image.open(path) as image:
            copy = image.resize(ONE_MEGAPIXEL, Image.Resampling.LANCZOS)
        for quality in (QUALITY, *QUALITIES):
            target = folder / f"small-{quality}-{path.name}"
            copy.save(target, quality=quality)
            name = "small" if quality == QUALITY else f"small {quality}"
            made.setdefault(name, []).append(target)
    return made


def measure(pictures: dict[str, list[Path]], peer: Peer, runs: int) -> list[dict[str, object]]:
    out = []
    for row in ROWS:
        ours: list[float] = []
        theirs: list[float] = []
        for path in pictures[row.size]:
            data = path.read_bytes()
            our_seconds(data, row.signals)
            mine, its = [], []
            for _ in range(runs):
                mine.append(our_seconds(data, row.signals))
                if len(its) < max(3, runs // 3):
                    its.append(peer.seconds(path))
            ours.append(statistics.median(mine))
            theirs.append(statistics.median(its))
        ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
        out.append(
            {
                "name": row.name,
                "ours_ms": 1e3 * statistics.median(ours),
                "peer_ms": 1e3 * statistics.median(theirs),
                "ratio": statistics.median(ratios),
                "worst_ratio": min(ratios),
                "bar": row.bar,
            }
        )
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", default=sys.executable)
    parser.add_argument("--big", type=Path)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/photo.json"))
    args = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    pictures = make_pictures(args.big, Path("benchmarks/.cache/photo"))
    rows = measure(pictures, Peer(args.peer), args.runs)
    print(
        f"{len(pictures['big'])} pictures; peer: PdqSignal.hash_from_bytes of threatexchange (pdq)"
    )
    print(f"{'':42}{'ours':>10}{'peer':>11}{'ratio':>8}{'worst':>8}{'bar':>6}")
    for row in rows:
        print(
            f"{row['name']:42}{row['ours_ms']:>7.2f} ms{row['peer_ms']:>8.1f} ms"
            f"{row['ratio']:>8.1f}{row['worst_ratio']:>8.1f}{row['bar'] or '':>6}"
        )
    args.out.parent.mkdir(parents=True, exist_ok=True)
    sizes = {path.name: path.stat().st_size for path in pictures["big"]}
    args.out.write_text(json.dumps({"rows": rows, "bytes": sizes}, indent=1) + "\n")


if __name__ == "__main__":
    main()
