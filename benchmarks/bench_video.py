"""Video speed against PyPI ``vpdq`` at one hash a second: a 1080p H.264 file in, in turns.

    python benchmarks/bench_video.py [--peer PYTHON] [--clips FOLDER] [--runs 5] [--out FILE.json]

``--peer`` is the Python of an environment that has ``vpdq``; it runs as a second process and times
itself, on the same cores: once all that are there, once one alone. What is timed is the wall time
of one call with the file's path: ``staydown.fingerprint(path, mode="screening", isolated=False)``
(sha256, md5, timeline/1 with windows) against ``vpdq.computeHash(path, seconds_per_hash=1)``.

The clips are H.264 as libx264 makes it by default (a keyframe every 250 frames, B-frames) and with
a keyframe every second, as phones and streaming services do. The two take turns, and the ratio is
the median over the pairs, which other work on the machine disturbs least. With ``--clips`` they are
enlarged copies of that folder's clips, else drawn. Bars: ADR-0012.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from pictures import drawn_photo

import staydown

WIDTH, HEIGHT, FPS, SECONDS = 1920, 1080, 30, 10
GOPS = {"default": {}, "second": {"g": str(FPS)}}
BAR = 4.0
MOST_CLIPS = 4

PEER = """
import os, sys, time, vpdq
for line in sys.stdin:
    cores, path = line.strip().split(" ", 1)
    os.sched_setaffinity(0, {int(c) for c in cores.split(",")})
    start, used = time.perf_counter(), time.process_time()
    vpdq.computeHash(path, seconds_per_hash=1)
    print(time.perf_counter() - start, time.process_time() - used, flush=True)
"""


class Peer:
    """``vpdq`` in its own environment, asked over a pipe."""

    def __init__(self, python: str) -> None:
        self._process = subprocess.Popen(
            [python, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def seconds(self, path: Path, cores: set[int]) -> tuple[float, float]:
        self._process.stdin.write(f"{','.join(map(str, sorted(cores)))} {path}\n")
        self._process.stdin.flush()
        wall, used = self._process.stdout.readline().split()
        return float(wall), float(used)


def our_seconds(path: Path, cores: set[int]) -> tuple[float, float]:
    for task in Path("/proc/self/task").iterdir():
        os.sched_setaffinity(int(task.name), cores)
    start, used = time.perf_counter(), time.process_time()
    staydown.fingerprint(str(path), mode="screening", isolated=False)
    return time.perf_counter() - start, time.process_time() - used


def drawn_frames(seed: int) -> Iterator[np.ndarray]:
    """A camera that travels and breathes over a large drawn scene, with sensor noise."""
    rng = np.random.default_rng(seed)
    scene = np.asarray(drawn_photo(WIDTH + 900, HEIGHT + 500, seed=seed))
    noise = rng.normal(0, 2.5, (HEIGHT, WIDTH, 1)).astype(np.int8)
    for k in range(FPS * SECONDS):
        left, top = 3 * k % 900, int(250 + 240 * np.sin(k / 50))
        view = scene[top : top + HEIGHT, left : left + WIDTH].astype(np.int16)
        yield (view + np.roll(noise, 37 * k, 0)).clip(0, 255).astype(np.uint8)


def enlarged_frames(path: Path) -> Iterator[np.ndarray]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.reformat(WIDTH, HEIGHT, "rgb24", interpolation="BICUBIC").to_ndarray()


def write_clip(path: Path, frames: Iterator[np.ndarray], options: dict[str, str]) -> None:
    part = path.with_suffix(".part.mp4")
    with av.open(str(part), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    part.rename(path)


def make_clips(sources: Path | None, folder: Path) -> list[tuple[str, Path]]:
    """Pairs (kind of keyframe spacing, file)."""
    folder.mkdir(parents=True, exist_ok=True)
    named = sorted(sources.glob("*.mp4"))[:MOST_CLIPS] if sources else []
    out = []
    for gop, options in GOPS.items():
        for name in [p.stem for p in named] or ["drawn0", "drawn1"]:
            path = folder / f"{name}-{gop}.mp4"
            if not path.exists():
                source = next((p for p in named if p.stem == name), None)
                frames = enlarged_frames(source) if source else drawn_frames(int(name[-1]))
                write_clip(path, frames, options)
            out.append((gop, path))
    return out


def measure(
    clips: list[tuple[str, Path]], peer: Peer, runs: int, cores: set[int]
) -> list[dict[str, object]]:
    rows = []
    for gop, path in clips:
        our_seconds(path, cores)
        pairs = [(our_seconds(path, cores), peer.seconds(path, cores)) for _ in range(runs)]
        ours, theirs = zip(*pairs, strict=True)
        wall, cpu = (statistics.median(o[k] for o in ours) for k in (0, 1))
        peer_wall, peer_cpu = (statistics.median(t[k] for t in theirs) for k in (0, 1))
        rows.append(
            {
                "clip": path.stem,
                "keyframes": gop,
                "cores": len(cores),
                "megabytes": round(path.stat().st_size / 1e6, 2),
                "ours_s": wall,
                "peer_s": peer_wall,
                "ratio": statistics.median(t[0] / o[0] for o, t in pairs),
                "cpu_ratio": peer_cpu / cpu,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", default=sys.executable)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/video.json"))
    args = parser.parse_args()
    clips = make_clips(args.clips, Path("benchmarks/.cache/video"))
    peer, every = Peer(args.peer), os.sched_getaffinity(0)
    rows = [r for cores in (every, {min(every)}) for r in measure(clips, peer, args.runs, cores)]
    print("peer: vpdq.computeHash(path, seconds_per_hash=1); ratios of wall time, and of CPU time")
    print(f"{'clip':34}{'cores':>6}{'MB':>7}{'ours':>10}{'peer':>10}{'ratio':>8}{'cpu':>7}")
    for r in rows:
        print(
            f"{r['clip']:34}{r['cores']:>6}{r['megabytes']:>7}{1e3 * r['ours_s']:>7.0f} ms"
            f"{1e3 * r['peer_s']:>7.0f} ms{r['ratio']:>8.1f}{r['cpu_ratio']:>7.1f}"
        )
    for gop in GOPS:
        for count in sorted({r["cores"] for r in rows}):
            ratios = [r["ratio"] for r in rows if (r["keyframes"], r["cores"]) == (gop, count)]
            print(f"{gop} keyframes, {count} core(s): {statistics.median(ratios):.1f} (bar {BAR})")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
