"""``staydown serve`` as its operator meets it: start, fall, stop, kill."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from served import Served, served
from standing_files import statuses_below
from staydown_web.base.commands import as_called

STATUS_S = 60.0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("real") / "home") as started:
        yield started


def children(pid: int) -> dict[int, str]:
    """Process id -> command line of all that a process started, directly or not."""
    rows = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state = (folder / "stat").read_text().rpartition(")")[2].split()
                line = (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            if state[0] != "Z":
                rows[int(folder.name)] = (int(state[1]), line)
    found, waiting = {}, [pid]
    while waiting:
        parent = waiting.pop()
        for child, (its_parent, line) in rows.items():
            if its_parent == parent:
                found[child] = line
                waiting.append(child)
    return found


def wait_for(is_so: Callable[[], object]) -> None:
    ends_at = time.monotonic() + STATUS_S
    while not is_so():
        assert time.monotonic() < ends_at, "it did not become so in time"
        time.sleep(0.1)


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(f"{address}/status", timeout=10) as answer:
            return int(answer.status)
    except OSError:
        return 0


def test_a_first_start_prints_a_link_for_the_first_administrator(service: Served) -> None:
    assert service.said["first_admin_link"].startswith(f"{service.address}/staff/join/")
    assert status(service.address) == 200
    with urllib.request.urlopen(service.said["first_admin_link"], timeout=60) as page:
        assert page.status == 200


def test_everything_belongs_to_its_owner_alone(service: Served) -> None:
    open_to_others = [
        path.name
        for path, found in statuses_below(service.home)
        if "static" not in path.parts and not path.is_symlink() and found.st_mode & 0o077
    ]
    assert open_to_others == []


def test_a_worker_that_falls_is_started_again(service: Served) -> None:
    wait_for((service.home / "worker.json").exists)
    before = json.loads((service.home / "worker.json").read_text())["pid"]
    os.kill(before, signal.SIGKILL)

    def is_another() -> bool:
        return bool(json.loads((service.home / "worker.json").read_text())["pid"] != before)

    wait_for(is_another)
    assert status(service.address) == 200


def test_doctor_finds_the_service_well(service: Served) -> None:
    cleared = {k: v for k, v in os.environ.items() if not k.startswith("STAYDOWN_")}
    ran = subprocess.run(
        [sys.executable, "-m", "staydown", "doctor", "--json"],
        env={**cleared, "STAYDOWN_HOME": str(service.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = {row["check"]: row["health"] for row in map(json.loads, ran.stdout.splitlines())}
    assert {found[name] for name in ("settings", "keys", "database", "worker")} == {"ok"}
    assert found["mail"] == "warning"
    assert ran.returncode == 0, ran.stdout


def test_a_command_as_pages_name_it_works_from_another_folder(
    service: Served, tmp_path: Path
) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    ran = subprocess.run(
        ["/bin/sh", "-c", as_called("staydown audit verify", home=service.home)],
        cwd=tmp_path,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_told_with_a_remedy(service: Served, tmp_path: Path) -> None:
    port = service.address.rpartition(":")[2]
    ran = subprocess.run(
        [sys.executable, "-m", "staydown", "serve", "--port", port],
        env={**os.environ, "STAYDOWN_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 7
    assert "--port" in ran.stderr


def test_sigterm_ends_everything_with_status_0(tmp_path: Path) -> None:
    with served(tmp_path / "home") as service:
        started = children(service.process.pid)
        assert len(started) >= 3  # web server, its worker process, the worker
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(60) == 0
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))
        assert not (service.home / "worker.json").exists()
        assert status(service.address) == 0


def test_a_killed_parent_leaves_no_process_behind(tmp_path: Path) -> None:
    with served(tmp_path / "home") as service:
        started = children(service.process.pid)
        port = int(service.address.rpartition(":")[2])
        service.process.kill()
        service.process.wait(60)
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
