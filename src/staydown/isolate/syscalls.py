"""The system calls a decoding process may make, as data.

Everything that is not named here fails with ``EPERM``: opening files, sockets, starting programs,
signalling or tracing other processes, changing rights. Source: ADR-0008; numbers from Linux's
``unistd`` headers of the two processors.
"""

from __future__ import annotations

Numbers = tuple[int | None, int | None]
"""Number on x86_64 and on aarch64; None where a processor does not have the call."""

ALLOWED: dict[str, Numbers] = {
    "read": (0, 63),
    "pread64": (17, 67),
    "readv": (19, 65),
    "preadv": (295, 69),
    "lseek": (8, 62),
    "write": (1, 64),
    "writev": (20, 66),
    "close": (3, 57),
    "fstat": (5, 80),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "set_tid_address": (218, 96),
    "rseq": (334, 293),
    "membarrier": (324, 283),
    "gettid": (186, 178),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "getcpu": (309, 168),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "times": (100, 153),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    "recvmsg": (47, 212),
    "recvfrom": (45, 207),
    "sendmsg": (46, 211),
    "sendto": (44, 206),
    "uname": (63, 160),
    "sysinfo": (99, 179),
}
"""Allowed whatever the arguments."""

MMAP: Numbers = (9, 222)
MPROTECT: Numbers = (10, 226)
CLONE: Numbers = (56, 220)
CLONE3: Numbers = (435, 435)
PRLIMIT64: Numbers = (302, 261)
PRCTL: Numbers = (157, 167)
TGKILL: Numbers = (234, 131)
FCNTL: Numbers = (72, 25)
IOCTL: Numbers = (16, 29)
SECCOMP: Numbers = (317, 277)
"""Allowed or answered by their arguments; ``seccomp`` is only made before the filter stands."""
