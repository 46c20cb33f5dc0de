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

from staydown.isolate.seccomp import install_filter

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_M_ARENA_MAX = -8
_ARENAS = 2
_NOBODY = 65534
_DESCRIPTORS = 64
_STANDARD = 3


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """What holds in a decoding process.

    Attributes:
        system_calls_filtered: a seccomp filter refuses all but some sixty harmless calls.
        network_cut: no socket can be made, by the filter or by an empty network namespace.
        no_new_privileges: starting a set-user-id program would gain nothing.
        ordinary_user: the process is not root.
        memory_limited: the address space is limited.
        files_unwritable: files cannot grow (``RLIMIT_FSIZE`` 0).
        environment_empty: no environment variables.
        extra_descriptors: descriptors beyond the four it needs; 0 is right.
    """

    system_calls_filtered: bool
    network_cut: bool
    no_new_privileges: bool
    ordinary_user: bool
    memory_limited: bool
    files_unwritable: bool
    environment_empty: bool
    extra_descriptors: int

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @property
    def is_tight(self) -> bool:
        """True where everything holds."""
        return self.extra_descriptors == 0 and all(
            value for name, value in self.to_dict().items() if name != "extra_descriptors"
        )


def enter_sandbox(parent_pid: int) -> tuple[SandboxReport, MemoryGauge]:
    """Give up every right that decoding does not need.

    Call once, after all imports: nothing can be opened afterwards.

    Args:
        parent_pid: who started this process; if it is gone already, the process ends.

    Returns:
        What holds, and the gauge that sets the limits of each file.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    # Each thread's heap would reserve 64 MB of address space, which RLIMIT_AS counts.
    libc.mallopt(_M_ARENA_MAX, _ARENAS)
    os.closerange(_STANDARD, 65536)
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
    privileges = libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    filtered = install_filter()
    report = SandboxReport(
        system_calls_filtered=filtered,
        network_cut=filtered or _leave_network(libc),
        no_new_privileges=privileges,
        ordinary_user=os.geteuid() != 0,
        memory_limited=gauge.works(),
        files_unwritable=resource.getrlimit(resource.RLIMIT_FSIZE) == (0, 0),
        environment_empty=not os.environ,
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
    ):
        resource.setrlimit(what, (value, value))


def drop_root() -> None:
    """Become nobody where we are root, which loses all capabilities."""
    if os.geteuid() != 0:
        return
    # In a container without these rights the process stays what it is, and the report says so.
    with contextlib.suppress(OSError):
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)


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

    def works(self) -> bool:
        """Try whether the address space can be limited."""
        try:
            self.allow(memory_bytes=1 << 40, cpu_s=1 << 20)
        except (OSError, ValueError):
            return False
        return True

    def size(self) -> int:
        """Address space in bytes."""
        pages = int(os.pread(self._statm, 128, 0).split()[0])
        return pages * resource.getpagesize()

    def allow(self, *, memory_bytes: int, cpu_s: float) -> None:
        """Set what the next file may use."""
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (self._base + memory_bytes, hard))
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = int(used.ru_utime + used.ru_stime + cpu_s) + 1
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))

    def has_grown(self, memory_bytes: int) -> bool:
        """True where a quarter of the allowance is gone for good: time for a new process."""
        return self.size() > self._base + memory_bytes // 4
