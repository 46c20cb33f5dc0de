"""Every hostile file ends in a fingerprint or one plain error, within its limits."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from hostile.make_corpus import Hostile, corpus, tenth
from staydown.errors import DecodeCrashError, StaydownError
from staydown.isolate import Limits, Pool
from staydown.types import Fingerprint

MEGABYTE = 1 << 20
LIMITS = Limits(wall_s=10, cpu_s=10, video_wall_s=10, video_cpu_s=20, memory_bytes=1024 * MEGABYTE)
BASE_MEGABYTES = 300
"""What a child has before its first file."""

SLACK_S = 20
"""A killed child's wait and its successor's start, on a busy machine."""


def scan(files: Sequence[Hostile], folder: Path) -> dict[str, Fingerprint | StaydownError]:
    """What became of each file, with its limits held."""
    out: dict[str, Fingerprint | StaydownError] = {}
    peak = 0
    with Pool(workers=2, limits=LIMITS) as pool:
        paths = []
        for file in files:
            path = folder / file.name
            path.write_bytes(file.make())
            paths.append(path)
        before = time.monotonic()
        for path, outcome in pool.fingerprints(paths):
            now = time.monotonic()
            assert now - before < LIMITS.wall_s + SLACK_S, f"{path.name} hung"
            before, out[path.name] = now, outcome
            for pid in pool.child_pids():
                peak = max(peak, peak_megabytes(pid))
    assert peak < BASE_MEGABYTES + LIMITS.memory_bytes // MEGABYTE
    return out


def peak_megabytes(pid: int) -> int:
    """The most memory that a process ever held."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(x.split()[1]) // 1024 for x in lines if x.startswith("VmHWM")), 0)


def check(files: Sequence[Hostile], folder: Path) -> None:
    out = scan(files, folder)
    assert out.keys() == {file.name for file in files}
    crashed = [name for name, outcome in out.items() if isinstance(outcome, DecodeCrashError)]
    assert crashed == []
    for name, outcome in out.items():
        if isinstance(outcome, StaydownError):
            assert name in str(outcome)
            assert "\n" not in str(outcome)
            assert "this file cannot be decoded" not in str(outcome), name
    kinds = Counter(type(outcome).__name__ for outcome in out.values())
    assert kinds["Fingerprint"] > len(files) // 10
    assert kinds["DecodeError"] > len(files) // 10


def test_a_fixed_tenth_of_the_corpus_is_reported_within_the_limits(tmp_path: Path) -> None:
    check(tenth(), tmp_path)


@pytest.mark.torture
def test_the_whole_corpus_is_reported_within_the_limits(tmp_path: Path) -> None:
    files = corpus()
    assert len(files) >= 2000
    assert len({file.name for file in files}) == len(files)
    check(files, tmp_path)
