"""``staydown scan``, killed at random moments, and what must hold afterwards."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

PROGRAM = [sys.executable, "-m", "staydown"]


def make_library(folder: Path, *, count: int, seed: int) -> None:
    """Small pictures drawn by code, some of them in two copies, and files that fail."""
    rng = np.random.default_rng(seed)
    folder.mkdir()
    for number in range(count):
        cells = rng.integers(0, 256, (12, 16, 3), np.uint8)
        picture = Image.fromarray(cells).resize((320, 240), Image.Resampling.BICUBIC)
        picture.save(folder / f"{number:03d}.jpg", quality=90)
        if number % 3 == 0:
            picture.resize((200, 150)).save(folder / f"{number:03d}_copy.png")
    (folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(90))
    (folder / "words.txt").write_text("words")


def staydown(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def rows_of(text: str) -> list[dict]:
    """The whole JSON lines of a run's output; a kill may cut the last one short."""
    whole = text[: text.rfind("\n") + 1]
    return [json.loads(line) for line in whole.splitlines()]


def plain(rows: list[dict]) -> list[str]:
    """Rows to compare: without the mark that they were known."""
    return sorted(json.dumps({k: v for k, v in r.items() if k != "known"}) for r in rows)


def kill_at_random_moments(work: Path, *, kills: int, seed: int, count: int = 40) -> None:
    """Kill scans with one state again and again; then let one run to its end.

    Asserts that what a killed run printed is known to the next one and is the same there, and that
    the last run says exactly what a run without any kill says, each file once.
    """
    random_ = random.Random(seed)
    library, bank = work / "library", work / "bank.sdb"
    make_library(library, count=count, seed=seed)
    assert staydown("bank", "create", bank).returncode == 0
    banked = sorted(library.glob("??[05].jpg"))
    assert staydown("bank", "add", bank, *banked).returncode == 0
    clean = staydown("scan", bank, library, "--json", "--state", work / "clean.state")
    wanted = plain(rows_of(clean.stdout))
    state = work / "killed.state"
    acknowledged: set[str] = set()
    for number in range(kills):
        if number % 8 == 0:
            state.unlink(missing_ok=True)
            acknowledged.clear()
        rows = rows_of(_killed(bank, library, state, after_s=random_.uniform(0.9, 3.0)))
        lasting = {row["file"] for row in rows if "error" not in row}
        known = {row["file"] for row in rows if row.get("known")}
        if len(rows) >= len(acknowledged):
            assert acknowledged <= known | {r["file"] for r in rows}
        assert len({row["file"] for row in rows}) == len(rows), "a file was told twice"
        assert set(plain(rows)) <= set(wanted)
        acknowledged |= lasting
    last = rows_of(staydown("scan", bank, library, "--json", "--state", state).stdout)
    assert plain(last) == wanted
    assert acknowledged <= {row["file"] for row in last if row.get("known")}


def _killed(bank: Path, library: Path, state: Path, *, after_s: float) -> str:
    """What a scan printed until it was killed; unbuffered, so that it is all it knew."""
    command = [*PROGRAM, "scan", str(bank), str(library), "--json", "--state", str(state)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        time.sleep(after_s)
        os.kill(process.pid, signal.SIGKILL)
        return process.communicate()[0]
