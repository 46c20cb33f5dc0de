"""Children are restarted after pauses, ended when asked, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from staydown_web.config.processes import Child, Supervisor

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF_CODE = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
DEAF = [sys.executable, "-c", DEAF_CODE]


def wait_for(is_so: Callable[[], object], *, within_s: float = 20.0) -> None:
    """Look again and again; a test fails where it never becomes so."""
    ends_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < ends_at, "it did not become so in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_child_that_falls_starts_again_after_a_longer_pause_each_time() -> None:
    said: list[str] = []
    child = Child("The worker", [sys.executable, "-c", "raise SystemExit(3)"])
    supervisor = Supervisor([child], say=said.append, pauses_s=(0.05, 0.1))
    supervisor.start()
    wait_for(lambda: supervisor.look() or child.falls >= 3)
    supervisor.stop()
    assert said[:3] == [
        f"The worker ended (status 3); it starts again in {pause} s" for pause in (0.05, 0.1, 0.1)
    ]


def test_stopping_ends_every_child_and_what_it_started() -> None:
    starts_another = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', "
        "'import time; time.sleep(60)']); open(sys.argv[1], 'w').write(str(p.pid)); time.sleep(60)"
    )
    note = Path(os.environ["STAYDOWN_HOME"]) / "grandchild"
    note.unlink(missing_ok=True)
    children = [Child("a", [sys.executable, "-c", starts_another, str(note)]), Child("b", SLEEPS)]
    supervisor = Supervisor(children, say=print)
    supervisor.start()
    wait_for(lambda: note.exists() and note.read_text())
    pids = [child.process.pid for child in children if child.process] + [int(note.read_text())]
    assert len(set(pids)) == 3
    assert all(is_alive(pid) for pid in pids)
    supervisor.stop(timeout_s=10)
    ends_at = time.monotonic() + 20
    while any(is_alive(pid) for pid in pids) and time.monotonic() < ends_at:
        time.sleep(0.02)
    assert [pid for pid in pids if is_alive(pid)] == []


def test_a_child_gives_way_with_what_it_starts_also_after_a_restart() -> None:
    says = "import os, sys; print(os.getpriority(os.PRIO_PROCESS, 0), file=open(sys.argv[1], 'a'))"
    starts_another = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]], check=True)"
    )
    note = Path(os.environ["STAYDOWN_HOME"]) / "niceness"
    note.unlink(missing_ok=True)
    child = Child("a", [sys.executable, "-c", starts_another, says, str(note)], niceness=6)
    supervisor = Supervisor([child], say=lambda _: None, pauses_s=(0.05,))
    supervisor.start()
    wait_for(lambda: supervisor.look() or child.falls >= 2)
    supervisor.stop()
    usual = max(6, os.getpriority(os.PRIO_PROCESS, 0))
    assert {int(row) for row in note.read_text().split()} == {usual}


def test_a_child_that_does_not_listen_is_ended_by_force() -> None:
    said: list[str] = []
    child = Child("The web server", DEAF)
    supervisor = Supervisor([child], say=said.append)
    supervisor.start()
    pid = child.process.pid if child.process else 0
    time.sleep(0.5)  # it has to be deaf first
    supervisor.stop(timeout_s=0.3)
    assert not is_alive(pid)
    assert said == ["The web server did not end when asked, and is ended by force"]


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    grandchild = (
        "import os, sys, time; from staydown_web.config.processes import end_with_parent;"
        "end_with_parent(); open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
    )
    parent = (
        "import sys, time; from staydown_web.config.processes import Child;"
        "Child('c', [sys.executable, '-c', sys.argv[2], sys.argv[1]]).start(); time.sleep(60)"
    )
    started = subprocess.Popen([sys.executable, "-c", parent, str(note), grandchild])
    wait_for(lambda: note.exists() and note.read_text())
    pid = int(note.read_text())
    assert is_alive(pid)
    os.kill(started.pid, signal.SIGKILL)
    started.wait()
    wait_for(lambda: not is_alive(pid))
