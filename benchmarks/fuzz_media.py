"""A fuzzing campaign of the decoding processes: hostile files by the ten thousand, time-boxed.

Files of every format are changed by `tests/hostile/mutating.py` and go the way of an upload: one
child after the other, sandboxed, with limits. Each must end in a fingerprint or one plain error,
in time, and leave the parent as it was. A file that kills its child costs that file alone, and is
kept under build/fuzz/media with its number; the seed makes all of them again.

    PYTHONPATH=tests python benchmarks/fuzz_media.py [--minutes 10] [--seed 7] [--from 0] \
        [--json docs/results/fuzz.json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import staydown  # noqa: E402
from hostile.material import material  # noqa: E402 - found by the line above
from hostile.mutating import Mutant, mutant  # noqa: E402
from staydown.errors import DecodeCrashError, StaydownError  # noqa: E402
from staydown.isolate import Limits, Pool  # noqa: E402
from staydown.types import Fingerprint  # noqa: E402

MEGABYTE = 1 << 20
LIMITS = Limits(wall_s=10, cpu_s=10, video_wall_s=10, video_cpu_s=20, memory_bytes=1024 * MEGABYTE)
FINDINGS = ROOT / "build" / "fuzz" / "media"
UNFORESEEN = "this file cannot be decoded"
"""What a child says of an exception that nobody foresaw: no danger, but a defect to mend."""

MOST_REAL_BYTES = 400_000
MODES = ("screening", "banking")
"""Uploads are decoded in one way, entries of banks in the other; they take turns by the minute."""


def sound_files() -> dict[str, bytes]:
    """Every format drawn by code, and the free photographs that ship with the package."""
    real = {
        f"real-{path.name}": path.read_bytes()
        for path in sorted((Path(staydown.__file__).parent / "demo_media").iterdir())
        if path.suffix in {".jpg", ".mp4"} and path.stat().st_size < MOST_REAL_BYTES
    }
    return {**material(), **real}


@dataclass
class Found:
    """What a campaign found.

    Attributes:
        outcomes: by format, how often each came of it.
        crashes, unforeseen: names of the files.
        slowest_s: the longest that one file took from its turn to its answer.
        peak_megabytes: the most memory that any child ever held.
    """

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    crashes: list[str] = field(default_factory=list)
    unforeseen: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    peak_megabytes: int = 0

    @property
    def files(self) -> int:
        """How many were tried."""
        return sum(sum(c.values()) for c in self.outcomes.values())


def campaign(
    *,
    seed: int,
    first: int = 0,
    seconds: float | None = None,
    most: int | None = None,
    mode: str = "banking",
) -> Found:
    """Try files of a seed until the time is over or so many are done."""
    found, ends_at = Found(), None if seconds is None else time.monotonic() + seconds
    sound = sound_files()
    at_work: dict[int, Mutant] = {}

    def files() -> Iterator[bytes]:
        number = first
        while most is None or number < first + most:
            if ends_at is not None and time.monotonic() > ends_at:
                return
            made = mutant(sound, seed, number)
            at_work[number] = made
            yield made.data
            number += 1

    with Pool(workers=2, limits=LIMITS) as pool:
        before = time.monotonic()
        for done, (_, outcome) in enumerate(pool.fingerprints(files(), mode=mode), first):
            now = time.monotonic()
            found.slowest_s, before = max(found.slowest_s, now - before), now
            _count(found, at_work.pop(done), outcome)
            if done % 20 == 0:
                for pid in pool.child_pids():
                    found.peak_megabytes = max(found.peak_megabytes, peak_megabytes(pid))
    return found


def _count(found: Found, file: Mutant, outcome: Fingerprint | StaydownError) -> None:
    kind = file.name.rpartition(".")[2]
    code = outcome.code if isinstance(outcome, StaydownError) else "fingerprint"
    found.outcomes.setdefault(kind, Counter())[code] += 1
    if isinstance(outcome, DecodeCrashError):
        found.crashes.append(file.name)
    elif isinstance(outcome, StaydownError) and UNFORESEEN in str(outcome):
        found.unforeseen.append(file.name)
    else:
        return
    FINDINGS.mkdir(parents=True, exist_ok=True)
    (FINDINGS / file.name).write_bytes(file.data)


def peak_megabytes(pid: int) -> int:
    """The most memory that a process ever held."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(x.split()[1]) // 1024 for x in lines if x.startswith("VmHWM")), 0)


def own_megabytes() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def open_descriptors() -> int:
    """How many descriptors this process holds."""
    return len(list(Path("/proc/self/fd").iterdir()))


def main() -> None:
    """Run a campaign and write what it found."""
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    reader.add_argument("--minutes", type=float, default=10)
    reader.add_argument("--seed", type=int, default=7)
    reader.add_argument("--from", type=int, default=0, dest="first")
    reader.add_argument("--json", type=Path)
    given = reader.parse_args()
    begun, held, memory = time.monotonic(), open_descriptors(), [own_megabytes()]
    total = Found()
    number, seconds = given.first, given.minutes * 60
    while (left := seconds - (time.monotonic() - begun)) > 0:
        mode = MODES[len(memory) % len(MODES)]
        part = campaign(seed=given.seed, first=number, seconds=min(left, 60.0), mode=mode)
        number += part.files
        memory.append(own_megabytes())
        for kind, counts in part.outcomes.items():
            total.outcomes.setdefault(kind, Counter()).update(counts)
        total.crashes += part.crashes
        total.unforeseen += part.unforeseen
        total.slowest_s = max(total.slowest_s, part.slowest_s)
        total.peak_megabytes = max(total.peak_megabytes, part.peak_megabytes)
        sys.stdout.write(f"{total.files} files, {len(total.crashes)} crashes\n")
        sys.stdout.flush()
    figures = figures_of(total, time.monotonic() - begun, memory)
    figures |= {"seed": given.seed, "first": given.first}
    figures["descriptors_left_open"] = open_descriptors() - held
    text = json.dumps(figures, indent=1)
    sys.stdout.write(text + "\n")
    if given.json:
        given.json.write_text(text + "\n", encoding="utf-8")


def figures_of(found: Found, spent_s: float, memory: list[float]) -> dict[str, Any]:
    """What goes into the results."""
    outcomes: Counter[str] = Counter()
    for counts in found.outcomes.values():
        outcomes.update(counts)
    settled = memory[len(memory) // 4 :]
    return {
        "what": "hostile media through isolated processes; each file in a fingerprint or one error",
        "files": found.files,
        "minutes": round(spent_s / 60, 1),
        "processors": os.cpu_count(),
        "outcomes": dict(outcomes.most_common()),
        "by_format": {k: dict(v.most_common()) for k, v in sorted(found.outcomes.items())},
        "crashes": found.crashes,
        "unforeseen": found.unforeseen,
        "slowest_s": round(found.slowest_s, 1),
        "limit_s": LIMITS.wall_s,
        "peak_megabytes_of_a_child": found.peak_megabytes,
        "parent_megabytes": {
            "settled": round(statistics.median(settled), 1),
            "end": round(memory[-1], 1),
        },
        "decoders": {name: version(name) for name in ("pillow", "av", "pillow_heif")},
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main()
