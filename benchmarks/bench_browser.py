"""Fingerprints in the browser: photos of 12 megapixels, a video, a page that stays responsive.

    PYTHONPATH=tests python benchmarks/bench_browser.py [--photos 20] [--big FOLDER] [--runs 3]
        [--workers N] [--nice N] [--out FILE.json]

Chromium of this machine, without a window, on the strict page of ``tests/browser``. Photos are made
from the shipped ones, enlarged, with grain, at quality 90; ``--big`` is a folder of JPEGs to take
instead. Wall time counts from handing the files over to the last answer. Processor time is that of
all of the browser's processes together: what an idle machine would need. The gaps are measured on
the page's own thread by a timer of 5 ms and by frames, while nothing is done and while the files
are worked on. ``--nice -15`` measures past the work of others on a busy machine. Bar: 20 photos in
under 20 s on two cores.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from browser_page import CHROMIUM, FLAGS, Maker, serve_pages
from clips import encode, travel
from media_files import PHOTOS

SIDES = (4000, 3000)
VIDEO_S, VIDEO_RATE = 20, 30

WATCH = """(seconds) => {
  const gaps = { timer: 0, frame: 0 };
  let timer = performance.now();
  let frame = 0;
  const ticking = setInterval(() => {
    const now = performance.now();
    gaps.timer = Math.max(gaps.timer, now - timer);
    timer = now;
  }, 5);
  const draw = (now) => {
    if (frame) gaps.frame = Math.max(gaps.frame, now - frame);
    frame = now;
    if (window.watching) requestAnimationFrame(draw);
  };
  window.watching = true;
  requestAnimationFrame(draw);
  window.watched = () => { window.watching = false; clearInterval(ticking); return gaps; };
}"""
WORK = """async () => {
  const start = performance.now();
  const made = await window.tested.makeAll();
  const failed = made.filter((one) => one.code).map((one) => one.code);
  return { seconds: (performance.now() - start) / 1000, failed, gaps: window.watched() };
}"""


def photo(number: int) -> bytes:
    """A JPEG of 12 megapixels with grain, as a phone makes it; the same for the same number."""
    rng = np.random.default_rng(number)
    base = Image.open(PHOTOS[number % len(PHOTOS)]).convert("RGB").resize(SIDES)
    grain = rng.normal(0, 6, (SIDES[1], SIDES[0], 1))
    noisy = np.clip(np.asarray(base) + grain, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(noisy).save(out, "JPEG", quality=90)
    return out.getvalue()


def clip() -> bytes:
    """Twenty seconds of H.264 at 1080p, libx264's defaults for what it is."""
    frames = travel(4, VIDEO_S * VIDEO_RATE, width=1920, height=1080, speed=3)
    return encode(frames, fps=VIDEO_RATE, options={"preset": "veryfast"})


def media(folder: Path, options: argparse.Namespace) -> tuple[list[Path], Path]:
    """The photos and the clip as files: a browser's driver takes large ones by name only."""
    film = folder / "clip.mp4"
    film.write_bytes(clip())
    if options.big:
        return sorted(options.big.glob("*.jp*g"))[: options.photos], film
    made = [folder / f"{number}.jpg" for number in range(options.photos)]
    for number, path in enumerate(made):
        path.write_bytes(photo(number))
    return made, film


def cpu_seconds() -> float:
    """Processor time so far of every process below this one."""
    ticks = os.sysconf("SC_CLK_TCK")
    rows = {}
    for folder in Path("/proc").iterdir():
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        rows[folder.name] = (fields[1], (int(fields[11]) + int(fields[12])) / ticks)
    mine = {str(os.getpid())}
    while more := {pid for pid, (parent, _) in rows.items() if parent in mine} - mine:
        mine |= more
    return sum(rows[pid][1] for pid in mine - {str(os.getpid())} if pid in rows)


def measure(page: Maker, files: list[Path]) -> dict[str, Any]:
    """One run over the files on a page that is open."""
    page.page.set_input_files("#files", files)
    page.page.evaluate(WATCH)
    before = cpu_seconds()
    got: dict[str, Any] = page.page.evaluate(WORK)
    if got["failed"]:
        raise SystemExit(f"not all files were read: {got['failed']}")
    return {
        "seconds": round(got["seconds"], 2),
        "cpu_seconds": round(cpu_seconds() - before, 2),
        "longest_timer_gap_ms": round(got["gaps"]["timer"]),
        "longest_frame_gap_ms": round(got["gaps"]["frame"]),
        "load": round(os.getloadavg()[0], 1),
    }


def idle(page: Maker) -> dict[str, int]:
    """The gaps while nothing is done, which are the machine's own."""
    page.page.evaluate(WATCH)
    time.sleep(5)
    gaps = page.page.evaluate("() => window.watched()")
    return {"timer_ms": round(gaps["timer"]), "frame_ms": round(gaps["frame"])}


def median_of(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--big", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--nice", type=int, default=0, help="priority while measuring; needs root")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    query = f"?workers={options.workers}" if options.workers else ""
    with tempfile.TemporaryDirectory() as folder:
        files, film = media(Path(folder), options)
        os.nice(options.nice)
        size_bytes = sum(path.stat().st_size for path in files)
        with serve_pages() as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            with Maker(browser, address) as page:
                page.open(query)
                quiet = idle(page)
                photos = [measure(page, files) for _ in range(options.runs)]
                films = [measure(page, [film]) for _ in range(options.runs)]
            version = browser.version
            browser.close()
    took = median_of(films)
    report = {
        "about": f"Chromium {version}, {os.cpu_count()} cores shared with others, "
        f"see load; niceness {options.nice}; medians",
        "photos": {
            "count": len(files),
            "megabytes": round(size_bytes / 1e6, 1),
            "bar_seconds": 20,
            **median_of(photos),
            "runs": photos,
        },
        "idle_gaps": quiet,
        "video": {
            "what": f"{VIDEO_S} s of H.264, 1080p, {VIDEO_RATE} frames a second",
            "video_seconds_a_second": round(VIDEO_S / took["seconds"], 1),
            "video_seconds_a_cpu_second": round(VIDEO_S / took["cpu_seconds"], 1),
            **took,
            "runs": films,
        },
    }
    text = json.dumps(report, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
