"""What the decoding process takes away from itself before it sees the first file.

Every step is tried; what holds is reported, so that ``staydown doctor`` can say it. Linux only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from staydown.isolate.landlock import give_up_paths
from staydown.isolate.seccomp import install_filter
from staydown.types.limits import Limits

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_M_ARENA_MAX = -8
_ARENAS = 2
_NOBODY = 65534
_DESCRIPTORS = 64
_STANDARD = 3
_THREADS_OF_USER = 4096
"""A decoder needs a handful; this bounds what a child could start to choke the machine."""

_FIRST_TO_GO = b"1000"
"""For ``oom_score_adj``: a machine short of memory ends a decoding process and not the service."""

LIFE_CPU_S = 4 * 3600
"""Processor time after which the kernel ends a child, whatever runs in it."""


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """What holds in a decoding process.

    Attributes:
        system_calls_filtered: a seccomp filter refuses all but some sixty harmless calls.
        paths_closed: no path can be opened, by the filter or by Landlock.
        network_cut: no socket can be made, by the filter or by an empty network namespace.
        no_new_privileges: starting a set-user-id program would gain nothing.
        ordinary_user: the process is not root.
        memory_limited: the address space is limited, and the process cannot lift that.
        landlocked: Landlock stands as well, behind the filter.
        files_unwritable: files cannot grow (``RLIMIT_FSIZE`` 0).
        environment_empty: no environment variables.
        extra_descriptors: descriptors beyond the four it needs; 0 is right.
    """

    system_calls_filtered: bool
    paths_closed: bool
    network_cut: bool
    no_new_privileges: bool
    ordinary_user: bool
    memory_limited: bool
    files_unwritable: bool
    environment_empty: bool
    landlocked: bool
    extra_descriptors: int

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @property
    def weak(self) -> list[str]:
        """Names of what does not hold; a second wall is not counted."""
        lacking = [
            name for name, held in self.to_dict().items() if held is False and name != "landlocked"
        ]
        return lacking + ["extra_descriptors"] * bool(self.extra_descriptors)

    @property
    def is_tight(self) -> bool:
        """True where everything holds."""
        return not self.weak


def enter_sandbox(
    parent_pid: int, most_memory_bytes: int = Limits().memory_bytes
) -> tuple[SandboxReport, MemoryGauge]:
    """Give up every right that decoding does not need.

    Call once, after all imports: nothing can be opened afterwards.

    Args:
        parent_pid: who started this process; if it is gone already, the process ends.
        most_memory_bytes: no file may ever add more than this to the address space.

    Returns:
        What holds, and the gauge that sets the limits of each file.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    # Each thread's heap would reserve 64 MB of address space, which RLIMIT_AS counts.
    libc.mallopt(_M_ARENA_MAX, _ARENAS)
    os.closerange(_STANDARD, 65536)
    _be_first_to_go()
    gauge = MemoryGauge()
    extra = len(list(Path("/proc/self/fd").iterdir())) - 1 - _STANDARD - 1
    os.environ.clear()
    set_fixed_limits()
    drop_root()
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    # After the change of user, which clears it.
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)
    gauge.set_ceiling(most_memory_bytes)
    privileges = libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    landlocked = give_up_paths(libc)
    filtered = install_filter()
    report = SandboxReport(
        system_calls_filtered=filtered,
        paths_closed=filtered or landlocked,
        network_cut=filtered or _leave_network(libc),
        no_new_privileges=privileges,
        ordinary_user=os.geteuid() != 0,
        memory_limited=gauge.works(),
        files_unwritable=resource.getrlimit(resource.RLIMIT_FSIZE) == (0, 0),
        environment_empty=not os.environ,
        landlocked=landlocked,
        extra_descriptors=extra,
    )
    return report, gauge


def set_fixed_limits() -> None:
    """Limits that are the same for every file."""
    for what, value in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_CPU, LIFE_CPU_S),
        (resource.RLIMIT_NPROC, _THREADS_OF_USER),
    ):
        # A limit that the service itself was given may be lower.
        least = _least(value, what)
        resource.setrlimit(what, (least, least))


def drop_root() -> None:
    """Become nobody where we are root, which loses all capabilities."""
    if os.geteuid() != 0:
        return
    # In a container without these rights the process stays what it is, and the report says so.
    with contextlib.suppress(OSError):
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def _be_first_to_go() -> None:
    """Where memory runs out, the kernel is to end this process before any other."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_bytes(_FIRST_TO_GO)


def _leave_network(libc: ctypes.CDLL) -> bool:
    """Where there is no filter: move to an empty network namespace."""
    return bool(
        libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
    )


class MemoryGauge:
    """Limits of memory and processor time that are set anew for each file.

    Keeps ``/proc/self/statm`` open, the one file that the process may still read.
    """

    def __init__(self) -> None:
        self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        self._base = self.size()

    def set_ceiling(self, most_memory_bytes: int) -> None:
        """Limit the address space for good: code that runs here cannot lift it again."""
        with contextlib.suppress(OSError, ValueError):
            most = _least(self._base + most_memory_bytes, resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (most, most))

    def works(self) -> bool:
        """Whether the address space is limited for good."""
        return resource.getrlimit(resource.RLIMIT_AS)[1] != resource.RLIM_INFINITY

    def size(self) -> int:
        """Address space in bytes."""
        pages = int(os.pread(self._statm, 128, 0).split()[0])
        return pages * resource.getpagesize()

    def allow(self, *, memory_bytes: int, cpu_s: float) -> None:
        """Set what the next file may use."""
        _set_soft(resource.RLIMIT_AS, self._base + memory_bytes)
        _set_soft(resource.RLIMIT_CPU, int(_used_s() + cpu_s) + 1)

    def is_spent(self, memory_bytes: int) -> bool:
        """True where a quarter of what it may use is gone for good: time for a new process."""
        has_grown = self.size() > self._base + memory_bytes // 4
        return has_grown or _used_s() > LIFE_CPU_S / 4


def _used_s() -> float:
    """Processor time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _least(value: int, what: int) -> int:
    """A limit that is no higher than the one that cannot be lifted."""
    _, hard = resource.getrlimit(what)
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def _set_soft(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (_least(value, what), hard))
