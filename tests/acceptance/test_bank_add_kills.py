"""``bank add``, killed at any moment, loses no entry that it told of and leaves a sound file."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from drawn_photos import drawn_photo
from staydown.index import BankFile

PHOTOS = 24
LINES_BEFORE_KILL = (0, 3, 11)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(PHOTOS):
        (folder / f"{seed:02}.png").write_bytes(drawn_photo(seed, width=160, height=120))
    return folder


def add_and_kill(bank: Path, photos: Path, *, lines: int, delay_s: float) -> set[str]:
    """Add the folder, kill the command so long after so many lines; the ids it told of."""
    command = [sys.executable, "-m", "staydown", "bank", "add", str(bank), str(photos)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as adding:
        assert adding.stdout is not None
        told = [adding.stdout.readline() for _ in range(lines)]
        try:
            adding.wait(delay_s)
        except subprocess.TimeoutExpired:
            adding.send_signal(signal.SIGKILL)
        told += adding.stdout.readlines()
    return {line.partition("\t")[0] for line in told if line.endswith("\n")}


def check(bank: Path, told: set[str]) -> None:
    with BankFile.open(bank) as store:
        held = {entry.entry_id for entry in store.entries()}
        assert told <= held
        for entry_id in held:
            store.fingerprint(entry_id).check()


@pytest.mark.parametrize("lines", LINES_BEFORE_KILL)
def test_a_kill_loses_nothing_that_was_told(tmp_path: Path, photos: Path, lines: int) -> None:
    bank = tmp_path / "reported.sdb"
    BankFile.create(bank).close()
    told = add_and_kill(bank, photos, lines=lines, delay_s=0.02)
    assert len(told) >= lines
    check(bank, told)
    more = add_and_kill(bank, photos, lines=1, delay_s=0.0)
    check(bank, told | more)


@pytest.mark.torture
def test_fifty_kills_of_one_bank_lose_nothing(tmp_path: Path, photos: Path) -> None:
    bank, told, rng = tmp_path / "reported.sdb", set[str](), random.Random(1)
    BankFile.create(bank).close()
    for _ in range(50):
        told |= add_and_kill(bank, photos, lines=rng.randint(0, 12), delay_s=rng.uniform(0.0, 0.05))
        check(bank, told)
    assert len(told) > 100
