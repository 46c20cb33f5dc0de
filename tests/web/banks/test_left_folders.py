"""What a killed service leaves in memory is removed; what a living one uses never is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from staydown_web.banks.services import remove_left_folders
from staydown_web.banks.services.shared_state import SharedState

NAME = f"staydown-{os.getuid()}-"
HOLD = """
import sys
from pathlib import Path
from staydown_web.banks.services.shared_state import SharedState
held = SharedState(Path(sys.argv[1]))
(Path(sys.argv[1]) / "bank").write_bytes(b"opened")
print("held", flush=True)
sys.stdin.readline()
"""
Holder = Callable[[Path], subprocess.Popen[str]]


@pytest.fixture
def holder() -> Iterator[Holder]:
    """``holder(folder)`` starts a process that uses a folder until it is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", "import django; django.setup()\n" + HOLD, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_the_folder_of_a_killed_process_goes_and_that_of_a_living_one_stays(
    tmp_path: Path, holder: Holder
) -> None:
    killed, living, own = (tmp_path / f"{NAME}{digit * 12}" for digit in "abc")
    holder(living)
    dying = holder(killed)
    assert remove_left_folders(own, spare_own=True) == 0
    assert (killed / "bank").exists()

    dying.send_signal(signal.SIGKILL)
    dying.wait()

    assert remove_left_folders(own, spare_own=True) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [living.name]
    assert (living / "bank").read_bytes() == b"opened"


def test_our_own_folder_is_spared_at_the_start_and_used_again(tmp_path: Path) -> None:
    own = tmp_path / f"{NAME}{'a' * 12}"
    SharedState(own).close()
    assert remove_left_folders(own, spare_own=True) == 0
    state = SharedState(own)
    assert remove_left_folders(own, spare_own=False) == 0, "held by this process"
    state.close()
    assert remove_left_folders(own, spare_own=False) == 1
    assert not own.exists()
    SharedState(own).close()
    assert own.exists()


def test_what_is_not_such_a_folder_is_left_alone(tmp_path: Path) -> None:
    own = tmp_path / f"{NAME}{'a' * 12}"
    others = [
        tmp_path / "staydown-bench",
        tmp_path / f"staydown-{os.getuid() + 1}-{'b' * 12}",
        tmp_path / f"{NAME}{'c' * 12}",  # nothing tells whether anybody uses it
    ]
    for folder in others:
        folder.mkdir()
    (others[0] / "alive").touch()
    (others[1] / "alive").touch()
    linked = tmp_path / f"{NAME}{'d' * 12}"
    linked.symlink_to(others[0])
    assert remove_left_folders(own, spare_own=True) == 0
    assert all(folder.exists() for folder in (*others, linked))


def test_a_sweep_that_was_killed_is_finished_by_the_next(tmp_path: Path) -> None:
    half = tmp_path / f"{NAME}{'e' * 12}.left"
    half.mkdir()
    (half / "bank").write_bytes(b"opened")
    assert remove_left_folders(tmp_path / "own", spare_own=True) == 1
    assert not half.exists()
