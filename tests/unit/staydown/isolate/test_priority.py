"""A process gives way with all that it starts, and never less than who started it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from staydown.isolate.priority import give_way, give_way_here, session_niceness

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
STARTS = """
import os, subprocess, sys
from staydown.isolate.priority import give_way, session_niceness

os.setpriority(os.PRIO_PROCESS, 0, max(7, os.getpriority(os.PRIO_PROCESS, 0)))
if os.geteuid() == 0:
    session_niceness()  # what it imports may lie where an ordinary user cannot read
    os.setuid(65534)
for _ in range(2):
    child = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    give_way(child.pid, int(sys.argv[1]))
    print(os.getpriority(os.PRIO_PROCESS, child.pid), session_niceness(child.pid))
    child.kill()
"""
MOST_TRIES = 10
HAS_SESSIONS = Path("/proc/self/autogroup").exists()


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(SLEEPS, start_new_session=True)
    yield process
    process.kill()
    process.wait()


def at_least(niceness: int) -> int:
    """The tests themselves may have been started to give way."""
    return max(niceness, os.getpriority(os.PRIO_PROCESS, 0))


def test_a_process_gives_way(child: subprocess.Popen[bytes]) -> None:
    give_way(child.pid, 9)
    assert os.getpriority(os.PRIO_PROCESS, child.pid) == at_least(9)
    if HAS_SESSIONS:
        assert session_niceness(child.pid) == max(9, session_niceness())


def test_one_that_shares_our_session_leaves_the_session_as_it_is() -> None:
    before = session_niceness()
    with subprocess.Popen(SLEEPS) as process:
        give_way(process.pid, 9)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == at_least(9)
        process.kill()
    assert session_niceness() == before


@pytest.mark.parametrize(("asked", "given"), [(3, 7), (11, 11)])
def test_an_ordinary_user_may_start_several_that_give_way_at_least_as_much(
    asked: int, given: int
) -> None:
    """Linux refuses the second change of a session within a tenth of a second.

    It counts the changes of everybody, so others on a busy machine can take every turn for a while.
    """
    wanted = [max(asked, session_niceness())] * 2 if HAS_SESSIONS else [0, 0]
    for _ in range(MOST_TRIES):
        done = subprocess.run(
            [sys.executable, "-c", STARTS, str(asked)], check=True, capture_output=True, text=True
        )
        rows = [[int(word) for word in row.split()] for row in done.stdout.splitlines()]
        assert [niceness for niceness, _session in rows] == [at_least(given)] * 2
        sessions = [session for _niceness, session in rows]
        if sessions == wanted:
            break
    assert sessions == wanted


def test_one_that_is_gone_is_no_error(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    give_way(child.pid, 9)
    assert session_niceness(child.pid) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has no number of its own there")
def test_a_thread_gives_way_to_the_others_of_its_process() -> None:
    before, seen = os.getpriority(os.PRIO_PROCESS, 0), []

    def work() -> None:
        for niceness in (9, 3):  # never less than before
            give_way_here(niceness)
            seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [at_least(9), at_least(9)]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
