"""What a process can still do after it entered the sandbox, tried from inside."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from staydown.isolate import Pool, sandbox_report
from staydown.isolate.seccomp import MACHINES

pytestmark = pytest.mark.skipif(
    platform.machine() not in MACHINES, reason="the filter exists for x86_64 and aarch64"
)

_TRY = """
import ctypes, errno, json, mmap, os, resource, signal, socket, subprocess, sys, threading
from staydown.isolate.sandbox import enter_sandbox
secret = os.dup2(os.open("/etc/hostname", os.O_RDONLY), 40)
os.environ["TOKEN"] = "secret"
report, gauge = enter_sandbox(os.getppid())
libc = ctypes.CDLL(None, use_errno=True)

def tried(work):
    try:
        work()
    except BaseException as error:
        return type(error).__name__
    return "did it"

def fork():
    if os.fork() == 0:
        os._exit(0)

def kill_parent():
    os.kill(os.getppid(), 0)

def raised(call, *args):
    if libc.syscall(call, *args) < 0:
        raise OSError(ctypes.get_errno(), "")

def thread():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()

def too_much_memory():
    gauge.allow(memory_bytes=64 << 20, cpu_s=100)
    bytearray(100 << 20)

out = {
    "report": report.to_dict(),
    "environment": dict(os.environ),
    "socket": tried(lambda: socket.socket()),
    "unix socket": tried(lambda: socket.socket(socket.AF_UNIX)),
    "socket pair": tried(lambda: socket.socketpair()),
    "read file": tried(lambda: open("/etc/passwd").read()),
    "read own code": tried(lambda: open(__import__("staydown").__file__).read()),
    "write file": tried(lambda: open("/tmp/staydown-sandbox-test", "w")),
    "inherited descriptor": tried(lambda: os.read(secret, 1)),
    "list folder": tried(lambda: os.listdir("/")),
    "stat": tried(lambda: os.stat("/etc/passwd")),
    "delete": tried(lambda: os.unlink("/tmp/nothing-here")),
    "start program": tried(lambda: subprocess.run(["/bin/true"])),
    "execve": tried(lambda: os.execv("/bin/true", ["true"])),
    "fork": tried(fork),
    "signal parent": tried(kill_parent),
    "trace parent": tried(lambda: raised(101, 16, os.getppid(), 0, 0)),
    "make memory file": tried(lambda: os.memfd_create("x")),
    "code pages": tried(lambda: mmap.mmap(-1, 4096, prot=7)),
    "become root": tried(lambda: os.setresuid(0, 0, 0)),
    "more descriptors": tried(
        lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    ),
    "thread": tried(thread),
    "too much memory": tried(too_much_memory),
    "fits": tried(lambda: bytearray(10 << 20)),
}
sys.stdout.write(json.dumps(out))
"""

REFUSED = (
    "socket",
    "unix socket",
    "socket pair",
    "read file",
    "read own code",
    "write file",
    "list folder",
    "stat",
    "delete",
    "start program",
    "execve",
    "fork",
    "signal parent",
    "make memory file",
    "code pages",
    "become root",
)


@pytest.fixture(scope="module")
def tries() -> dict[str, Any]:
    """The outcomes of everything that was tried."""
    run = subprocess.run(
        [sys.executable, "-c", _TRY], capture_output=True, timeout=60, check=True, text=True
    )
    return dict(json.loads(run.stdout))


@pytest.mark.parametrize("deed", REFUSED)
def test_deed_is_refused(tries: dict[str, Any], deed: str) -> None:
    assert tries[deed] == "PermissionError"


def test_other_deeds_fail(tries: dict[str, Any]) -> None:
    assert tries["inherited descriptor"] == "OSError"
    assert tries["trace parent"] in ("PermissionError", "OSError")
    assert tries["more descriptors"] in ("ValueError", "PermissionError")


def test_environment_is_empty(tries: dict[str, Any]) -> None:
    assert tries["environment"] == {}


def test_memory_is_limited_and_threads_work(tries: dict[str, Any]) -> None:
    assert tries["too much memory"] == "MemoryError"
    assert tries["fits"] == "did it"
    assert tries["thread"] == "did it"


def test_everything_is_reported_to_hold(tries: dict[str, Any]) -> None:
    assert tries["report"] == sandbox_report().to_dict()
    assert sandbox_report().is_tight


def test_child_looks_as_it_should_from_outside() -> None:
    with Pool(workers=1) as pool:
        assert isinstance(next(pool.fingerprints([b"no picture"]))[1], Exception)
        (pid,) = pool.child_pids()
        status = dict(
            line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        )
        assert status["Seccomp"] == "2"
        assert status["NoNewPrivs"] == "1"
        assert int(status["CapEff"], 16) == 0
        assert os.getsid(pid) == pid
        if os.geteuid() == 0:
            assert Path(f"/proc/{pid}/environ").read_bytes() == b""
            links = sorted(str(p.readlink()) for p in Path(f"/proc/{pid}/fd").iterdir())
            assert links[:2] == ["/dev/null", "/dev/null"]
            assert links[2].startswith(f"/proc/{pid}/statm")
            assert links[3].startswith("socket:")
            assert len(links) == 4


def test_child_ends_with_its_parent() -> None:
    script = (
        "import os, signal, sys, staydown\n"
        "from staydown.isolate import Pool\n"
        "pool = Pool(workers=1)\n"
        "list(pool.fingerprints([b'x']))\n"
        "print(pool.child_pids()[0], flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    pid = int(run.stdout)
    for _ in range(100_000):
        if not _runs(pid):
            return
    pytest.fail("the child outlived its parent")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
