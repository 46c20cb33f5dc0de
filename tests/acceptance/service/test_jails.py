"""The service inside what the container and the unit allow it, without an engine or a systemd.

The filter of the container is that of ``deploy/container/seccomp.json``, the filter of the unit is
worked out by ``systemd-analyze`` from ``deploy/systemd/staydown@.service``. Both run the service as
an ordinary user on a system that is read-only.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from numba.core.caching import _CacheLocator

import jail
from ready_tables import furnish
from served import free_ports
from staydown.index import kernels
from staydown.matching import geometry, light
from upgrade_scene import fetch

ROOT = Path(__file__).parents[3]
COMPILED_THERE = "geometry.like_pairs-"
"""The one part of the search that is compiled in the jail: all of it takes half a minute."""

USER = 10001
START_S = 400.0

pytestmark = pytest.mark.skipif(bool(jail.why_not()), reason=jail.why_not() or "there is one")


def of_container() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ROOT / "deploy/container/seccomp.json").read_text())
    return read


def names_of(group: str) -> set[str]:
    """The system calls of a group of systemd's, and of the groups in it."""
    done = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True
    )
    listed = [line.split("#")[0].strip() for line in done.stdout.splitlines()[1:]]
    names: set[str] = set()
    for name in filter(None, listed):
        names |= names_of(name) if name.startswith("@") else {name}
    return names


def of_unit() -> dict[str, Any]:
    """The unit's filter as a profile."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian: apt install systemd)")
    text = (ROOT / "deploy/systemd/staydown@.service").read_text()
    allowed: set[str] = set()
    for line in re.findall(r"(?m)^SystemCallFilter=(.*)$", text):
        calls = set()
        for word in line.lstrip("~").split():
            calls |= names_of(word) if word.startswith("@") else {word}
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    rules = [{"names": sorted(allowed), "action": "SCMP_ACT_ALLOW"}]
    return {"defaultErrnoRet": 1, "syscalls": rules}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables, keys, and compiled search code as an earlier start leaves them."""
    folder = tmp_path_factory.mktemp("jail")
    furnish(folder / "home")
    (folder / "home" / "keys").rename(folder / "keys")
    for module in (kernels, geometry, light):
        made = Path(module.__file__).parent / "__pycache__"
        cache = folder / "cache" / _CacheLocator.get_suitable_cache_subpath(module.__file__)
        cache.mkdir(parents=True, exist_ok=True)
        for path in made.glob(f"{Path(module.__file__).stem}.*.nb[ic]"):
            if not path.name.startswith(COMPILED_THERE):
                shutil.copy2(path, cache)
    return folder


def command(data: Path, profile: dict[str, Any], *arguments: str) -> list[str]:
    """A command of ours in the jail."""
    made = data.parent / f"filter-{len(profile['syscalls'])}.json"
    made.write_text(json.dumps(profile))
    settings = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": "/tmp",
        "STAYDOWN_HOME": f"{jail.DATA}/home",
        "STAYDOWN_KEYS": f"{jail.DATA}/keys",
        "NUMBA_CACHE_DIR": f"{jail.DATA}/cache",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if url := os.environ.get("DATABASE_URL"):
        settings["DATABASE_URL"] = url
    clean = ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in settings.items())]
    enter = [sys.executable, jail.__file__, str(made), str(data), str(USER)]
    return [*enter, *clean, sys.executable, *arguments]


def healthcheck() -> str:
    """What the Dockerfile asks the service, as a program."""
    found = re.search(r"HEALTHCHECK [^\n]*\\\n +CMD (\[.*\])", DOCKERFILE)
    assert found is not None
    name, option, program = json.loads(found[1])
    assert (name, option) == ("python", "-c")
    return str(program)


DOCKERFILE = (ROOT / "deploy/container/Dockerfile").read_text()


@pytest.mark.parametrize("profile", [of_container, of_unit], ids=["container", "unit"])
def test_the_service_starts_and_answers_and_its_decoding_is_closed_off(
    data: Path, profile: Any
) -> None:
    port, filters = free_ports(), profile()
    serve = command(data, filters, "-m", "staydown", "serve", "--json", "--port", str(port))
    log = data.parent / f"log-{port}"
    with log.open("w") as errors:
        process = subprocess.Popen(serve, stdout=errors, stderr=errors)
        try:
            ends_at = time.monotonic() + START_S
            while fetch(port, "/status")[0] != 200:
                assert process.poll() is None, log.read_text()[-4000:]
                assert time.monotonic() < ends_at, log.read_text()[-4000:]
                time.sleep(0.2)
            assert fetch(port, "/")[0] == 200
            asked = [sys.executable, "-c", healthcheck().replace("8000", str(port))]
            assert subprocess.run(asked, check=False).returncode == 0
            looked = subprocess.run(
                command(data, filters, "-m", "staydown", "doctor", "--json"),
                capture_output=True,
                text=True,
                check=False,
            )
            checks = {row["check"]: row for row in map(json.loads, looked.stdout.splitlines())}
            assert checks["sandbox"]["health"] == "ok", checks["sandbox"]
            assert checks["match"]["health"] == "ok", checks["match"]
            assert {name for name, row in checks.items() if row["health"] == "broken"} == set()
            assert [*(data / "cache").glob(f"*/{COMPILED_THERE}*.nbi")]
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(90)
    assert status == 0, log.read_text()[-4000:]


TRY = """
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def refused(call):
    try:
        call()
    except OSError:
        return True
    return False
def unshare():
    if libc.unshare(0x10000000):
        raise OSError
def ptrace():
    if libc.ptrace(0, 0, 0, 0) < 0:
        raise OSError
print([
    refused(lambda: open("/etc/passwd", "a")),
    refused(lambda: open(os.__file__, "a")),
    refused(lambda: os.setuid(0)),
    refused(lambda: os.chroot("/tmp")),
    refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
    refused(unshare),
    refused(ptrace),
    not refused(lambda: open("/srv/data/mine", "a")),
])
"""


def test_in_the_container_nothing_else_can_be_done(data: Path) -> None:
    done = subprocess.run(
        command(data, of_container(), "-c", TRY), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str([True] * 8)


def test_a_filter_without_seccomp_leaves_decoding_open_and_the_doctor_says_so(data: Path) -> None:
    """Why the unit names calls beside systemd's usual group; and that this file would see it."""
    closed = {"seccomp", "landlock_create_ruleset", "landlock_restrict_self"}
    profile = of_container()
    for rule in profile["syscalls"]:
        rule["names"] = [name for name in rule["names"] if name not in closed]
    done = subprocess.run(
        command(data, profile, "-c", SANDBOX), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["system_calls_filtered"] is False


SANDBOX = """
import json
from staydown.isolate import sandbox_report
print(json.dumps(sandbox_report().to_dict()))
"""
