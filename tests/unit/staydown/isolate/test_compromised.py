"""Code that runs in a decoding process on purpose, and what it reaches: nothing."""

from __future__ import annotations

import errno
import os
import platform
import secrets
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compromised import Attacker, attacker, found_in_memory, said_by
from staydown.isolate import Limits, Pool, syscalls
from staydown.isolate.sandbox import LIFE_CPU_S

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="the attacks are written with numbers of x86_64"
)
is_root = pytest.mark.skipif(os.geteuid() != 0, reason="reads another process's memory")
REFUSED = {"EPERM"}
PAST_THE_FILTER = ("335", "336")
"""``uretprobe`` and ``uprobe``, which newer kernels let past every filter: they do something on
pages that the kernel put there for a tracer alone, and fail everywhere else."""


@pytest.fixture(scope="module")
def broken_into() -> Iterator[Attacker]:
    with attacker() as one:
        yield one


def test_every_system_call_that_is_not_listed_is_refused_by_the_kernel(
    broken_into: Attacker,
) -> None:
    by_arguments = (
        *(syscalls.MMAP, syscalls.MPROTECT, syscalls.CLONE, syscalls.PRLIMIT64),
        *(syscalls.PRCTL, syscalls.TGKILL, syscalls.FCNTL),
    )
    listed = {n[0] for n in [*syscalls.ALLOWED.values(), *by_arguments]}
    code = """
numbers = set(range(600)) - set(given["listed"])
said = {str(n): call(n, 0, 0, 0, 0, 0, 0) for n in numbers}
"""
    answers = broken_into.run(code, listed=sorted(n for n in listed if n is not None))
    assert len(answers) > 500
    assert answers.pop(str(syscalls.CLONE3[0])) == errno.errorcode[errno.ENOSYS]
    assert answers.pop(str(syscalls.IOCTL[0])) == errno.errorcode[errno.ENOTTY]
    for number in PAST_THE_FILTER:
        assert answers.pop(number) in {"EPERM", "ENXIO", "ENOSYS"}
    assert set(answers.values()) == REFUSED


PATHS = """
def handle(path):
    to, mount = ctypes.create_string_buffer(200), ctypes.create_string_buffer(8)
    return call(303, -100, path, to, mount, 0)

ways = {
    "open": lambda p: call(2, p, 0),
    "open for writing": lambda p: call(2, p, 1),
    "openat": lambda p: call(257, -100, p, 0),
    "openat2": lambda p: call(437, -100, p, ctypes.create_string_buffer(24), 24),
    "openat from the statm": lambda p: call(257, 3, p, 0),
    "creat": lambda p: call(85, p, 0),
    "stat": lambda p: call(4, p, ctypes.create_string_buffer(200)),
    "fstatat": lambda p: call(262, -100, p, ctypes.create_string_buffer(200), 0),
    "fstatat, empty path": lambda p: call(262, -100, p, ctypes.create_string_buffer(200), 0x1000),
    "statx": lambda p: call(332, -100, p, 0x1000, 0xFFF, ctypes.create_string_buffer(300)),
    "access": lambda p: call(21, p, 0),
    "readlink": lambda p: call(89, p, ctypes.create_string_buffer(200), 200),
    "handle": handle,
    "truncate": lambda p: call(76, p, 0),
    "unlink": lambda p: call(87, p),
    "rename": lambda p: call(82, p, p + b".x"),
    "link": lambda p: call(86, p, p + b".x"),
    "symlink": lambda p: call(88, p, p + b".x"),
    "chmod": lambda p: call(90, p, 0o777),
    "chown": lambda p: call(92, p, 65534, 65534),
    "mkdir": lambda p: call(83, p + b".d", 0o777),
    "mount": lambda p: call(165, p, p, p, 0, 0),
    "chroot": lambda p: call(161, p),
    "chdir": lambda p: call(80, p),
    "execve": lambda p: call(59, p, 0, 0),
    "swapon": lambda p: call(167, p, 0),
}
said = {p: {name: way(p.encode()) for name, way in ways.items()} for p in given["paths"]}
"""


def test_no_path_is_opened_looked_at_or_changed(broken_into: Attacker, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("kept")
    paths = [secret, tmp_path, "/", "/etc/passwd", __file__, "/dev/shm", "/dev/kmsg"]
    own = [f"/proc/self/{name}" for name in ("environ", "maps", "mem", "fd", "cmdline")]
    parents = [f"/proc/{os.getpid()}/{name}" for name in ("environ", "maps", "mem", "fd", "root")]
    said = broken_into.run(PATHS, paths=[str(p) for p in [*paths, *own, *parents]])
    assert {answer for ways in said.values() for answer in ways.values()} == REFUSED
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]
    assert secret.read_text() == "kept"


NETWORK = """
address = lambda port: b"\\x02\\0" + port.to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
unix = b"\\x01\\0\\0" + given["name"].encode()
letter = ctypes.create_string_buffer(b"stolen", 6)

def send(to):
    return call(44, 0, letter, 6, 0x4000, to, len(to))

said = {
    f"socket {family}/{kind}": call(41, family, kind, 0)
    for family in (1, 2, 10, 16, 17, 40) for kind in (1, 2, 3)
}
said |= {
    "pair": call(53, 1, 1, 0, ctypes.create_string_buffer(8)),
    "connect own channel": call(42, 0, address(given["tcp"]), 16),
    "bind own channel": call(49, 0, address(0), 16),
    "accept": call(43, 0, 0, 0),
    "io_uring": call(425, 8, ctypes.create_string_buffer(120)),
}
sent = {"to tcp": send(address(given["tcp"])), "to unix": send(unix)}
"""


def test_the_network_is_out_of_reach(broken_into: Attacker) -> None:
    name = f"staydown-test-{secrets.token_hex(8)}"
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        unix.bind("\0" + name)
        said = broken_into.run(NETWORK, tcp=tcp.getsockname()[1], name=name)
        tcp.settimeout(0.2)
        unix.settimeout(0.2)
        with pytest.raises(TimeoutError):
            tcp.accept()
        with pytest.raises(TimeoutError):
            unix.recv(10)
    assert set(said.values()) == REFUSED


def test_a_letter_to_somebody_else_through_the_own_channel_goes_nowhere() -> None:
    name = f"staydown-test-{secrets.token_hex(8)}"
    with attacker() as one, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
        unix.bind("\0" + name)
        code = NETWORK + "\nsaid = sent"
        assert set(one.run(code, tcp=9, name=name).values()) <= {"EISCONN", "EOPNOTSUPP", "EPERM"}
        unix.settimeout(0.2)
        with pytest.raises(TimeoutError):
            unix.recv(10)


PROCESSES = """
here, there = ctypes.create_string_buffer(64), given["address"]
local = (ctypes.c_long * 2)(ctypes.addressof(here), 64)
remote = (ctypes.c_long * 2)(there, 64)
said = {}
for pid in given["pids"]:
    said |= {
        f"kill {pid}": call(62, pid, 0),
        f"tkill {pid}": call(200, pid, 0),
        f"tgkill {pid}": call(234, pid, pid, 0),
        f"queue a signal {pid}": call(129, pid, 10, 0),
        f"trace {pid}": call(101, 16, pid, 0, 0),
        f"read memory {pid}": call(310, pid, local, 1, remote, 1, 0),
        f"write memory {pid}": call(311, pid, local, 1, remote, 1, 0),
        f"hold {pid}": call(434, pid, 0),
        f"take a descriptor {pid}": call(438, 3, 3, 0),
        f"compare {pid}": call(312, pid, pid, 0, 0, 0),
        f"limits {pid}": call(302, pid, 7, 0, ctypes.create_string_buffer(16)),
        f"move {pid}": call(203, pid, 8, ctypes.create_string_buffer(8)),
        f"priority {pid}": call(141, 0, pid, 19),
        f"enter {pid}": call(308, 3, 0),
    }
said |= {
    "shared memory by key": call(29, given["key"], 64, 0),
    "attach it": call(30, given["shared"], 0, 0x1000),
    "message queue": call(68, given["key"], 0o1000),
    "semaphore": call(64, given["key"], 1, 0o1000),
    "keyring": call(250, 0, -3, 1),
    "memory file": call(319, b"x", 0),
    "secret memory": call(447, 0),
    "fork": call(57), "vfork": call(58), "clone": call(56, 17, 0, 0, 0, 0),
    "events of the processor": call(298, ctypes.create_string_buffer(128), 0, -1, -1, 0),
    "bpf": call(321, 0, ctypes.create_string_buffer(128), 128),
    "faults": call(323, 0),
    "other filter": call(317, 1, 0, 0),
    "other rules": call(135, 0x0400000),
    "other rights": call(126, 0, 0),
    "root": call(117, 0, 0, 0),
    "names": call(272, 0x10000000),
    "dumpable": call(157, 4, 1, 0, 0, 0),
    "code pages": call(9, 0, 4096, 7, 0x22, -1, 0),
    "code pages later": call(10, ctypes.addressof(here) & ~4095, 4096, 5),
}
"""


def test_other_processes_and_shared_memory_are_out_of_reach(broken_into: Attacker) -> None:
    from multiprocessing.shared_memory import SharedMemory

    with Pool(workers=1) as pool:
        list(pool.fingerprints([b"no picture"]))
        pids = [os.getpid(), os.getppid(), 1, *pool.child_pids()]
        memory = SharedMemory(create=True, size=64)
        try:
            said = broken_into.run(PROCESSES, pids=pids, address=0x400000, key=1, shared=0)
        finally:
            memory.close()
            memory.unlink()
        assert isinstance(next(pool.fingerprints([b"still there"]))[1], Exception)
    assert set(said.values()) == REFUSED


DESCRIPTORS = """
said = {}
for number in range(1024):
    buffer = ctypes.create_string_buffer(144)
    if call(5, number, buffer) == "did it":
        said[number] = int.from_bytes(buffer.raw[24:28], "little")
"""


def test_it_holds_its_channel_nothing_and_the_one_file(broken_into: Attacker) -> None:
    said = {int(k): stat.S_IFMT(v) for k, v in broken_into.run(DESCRIPTORS).items()}
    assert said == {
        0: stat.S_IFSOCK,
        1: stat.S_IFCHR,
        2: stat.S_IFCHR,
        3: stat.S_IFREG,
        4: stat.S_IFREG,
    }


HOLDING = "time.sleep(given['seconds']); said = len(given['secret'])"

LISTENING = """
heard, end = set(), time.monotonic() + given["seconds"]
while time.monotonic() < end:
    heard.add(call(45, 0, ctypes.create_string_buffer(1), 1, 0x42, 0, 0))
    time.sleep(0.01)
said = sorted(heard)
"""


@is_root
def test_the_file_of_another_child_is_out_of_reach() -> None:
    secret = secrets.token_hex(32)
    with attacker() as first, attacker() as second:
        job = first.begin(HOLDING, secret=secret, seconds=4)
        while not (files := _memory_files(first)):
            time.sleep(0.01)
        other = first.pid
        paths = [f"/proc/{other}/{name}" for name in ("mem", "maps", "environ", *files)]
        said = second.run(PATHS, paths=paths)
        assert {answer for ways in said.values() for answer in ways.values()} == REFUSED
        said = second.run(PROCESSES, pids=[other], address=0x400000, key=1, shared=0)
        assert set(said.values()) == REFUSED
        assert second.run(LISTENING, seconds=0.3) == ["EAGAIN"]
        wanted = {"the other child's file": secret.encode()}
        assert found_in_memory(first.pid, wanted) == set(wanted)
        assert found_in_memory(second.pid, wanted) == set()
        assert said_by(job) == len(secret)


def _memory_files(one: Attacker) -> list[str]:
    """Descriptors of the file that a child holds now."""
    try:
        pid = one.pid
        numbers = sorted(int(p.name) for p in Path(f"/proc/{pid}/fd").iterdir())
    except (AssertionError, FileNotFoundError):
        return []
    return [f"fd/{n}" for n in numbers if n > 3]


@is_root
def test_nothing_of_the_parents_memory_or_environment_came_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = {name: secrets.token_bytes(32) for name in ("key", "hash")}
    in_environment = secrets.token_hex(32)
    monkeypatch.setenv("DATABASE_URL", f"postgres://staydown:{in_environment}@127.0.0.1/staydown")
    mapped = bytearray(b"".join(kept.values()))
    with attacker() as one:
        said = one.run("said = [dict(os.environ), sys.argv[1:]]")
        assert said == [{}, [str(os.getpid()), str(Limits().memory_bytes)]]
        wanted = {**kept, "environment": in_environment.encode()}
        assert found_in_memory(os.getpid(), wanted) == set(wanted)
        assert found_in_memory(one.pid, wanted) == set()
    assert len(mapped) == 64


LIMITS = """
import resource
def lifted(what):
    try:
        resource.setrlimit(what, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (ValueError, OSError):
        return "refused"
    return "lifted"

names = ("AS", "CPU", "NOFILE", "NPROC", "FSIZE", "CORE", "MEMLOCK", "MSGQUEUE")
whats = {name: getattr(resource, "RLIMIT_" + name) for name in names}
for what in whats.values():
    soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (hard, hard))
said = {
    "lifted": {name: lifted(what) for name, what in whats.items()},
    "hard": {name: resource.getrlimit(what)[1] for name, what in whats.items()},
    "large": call(9, 0, given["memory"], 3, 0x4022, -1, 0),
}
"""


def test_its_limits_stay_whatever_runs_in_it() -> None:
    with attacker() as one:
        said = one.run(LIMITS, memory=Limits().memory_bytes + (256 << 20))
        assert set(said["lifted"].values()) == {"refused"}
        assert said["large"] == "ENOMEM"
        assert 0 < said["hard"]["CPU"] <= LIFE_CPU_S
        assert 0 < said["hard"]["NPROC"] <= 4096
        assert said["hard"]["NOFILE"] <= 64
        assert Path(f"/proc/{one.pid}/oom_score_adj").read_text().strip() == "1000"


def test_a_file_that_may_cost_more_gets_a_child_with_a_higher_ceiling() -> None:
    code = "said = call(9, 0, 3 << 30, 3, 0x4022, -1, 0)"
    with attacker() as one:
        assert one.run(code) == "ENOMEM"
        first = one.pid
        job = one.begin(code, limits=Limits(wall_s=60, memory_bytes=4 << 30))
        assert said_by(job) == "did it"
        assert one.pid != first


def test_threads_that_outlive_their_file_end_with_the_child() -> None:
    code = """
def burn():
    while True:
        pass
threading.Thread(target=burn, daemon=True).start()
said = "left behind"
"""
    before = threading.active_count()
    with attacker() as one:
        assert one.run(code) == "left behind"
        pid = one.pid
    assert threading.active_count() == before
    assert not Path(f"/proc/{pid}").exists() or _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().split(") ")[1].startswith("Z")


def test_what_it_says_is_never_more_than_a_wrong_fingerprint() -> None:
    """The strict readers behind the pool see what no decoder would ever say."""
    from staydown.errors import DecodeCrashError
    from staydown.isolate.pool import _read

    with attacker() as one:
        job: Any = one.begin("said = {'os': 'system'}")
        with pytest.raises(DecodeCrashError, match="cannot be read"):
            _read(job.future, None)
