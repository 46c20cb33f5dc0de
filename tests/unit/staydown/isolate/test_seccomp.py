from __future__ import annotations

import errno
import struct

import pytest

from staydown.isolate import syscalls
from staydown.isolate.seccomp import MACHINES, build_filter

PID = 4242
ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM = 0x50000 | errno.EPERM
MACHINE_NAMES = sorted(MACHINES)


def verdict(machine: str, number: int, *args: int, arch: int | None = None) -> int:
    """What the filter returns for a call: a small classic-BPF machine."""
    code = build_filter(MACHINES[machine], PID)
    real_arch = MACHINES[machine].arch if arch is None else arch
    call = struct.pack("<IIQ6Q", number, real_arch, 0, *(list(args) + [0] * 6)[:6])
    at, value = 0, 0
    while True:
        operation, jump_true, jump_false, k = struct.unpack_from("=HBBI", code, 8 * at)
        at += 1
        if operation == 0x20:
            (value,) = struct.unpack_from("<I", call, k)
        elif operation == 0x15:
            at += jump_true if value == k else jump_false
        elif operation == 0x45:
            at += jump_true if value & k else jump_false
        else:
            assert operation == 0x06
            return k


def number(machine: str, of: syscalls.Numbers) -> int:
    value = of[MACHINES[machine].column]
    assert value is not None
    return value


@pytest.mark.parametrize("machine", MACHINE_NAMES)
def test_every_call_of_the_list_is_allowed(machine: str) -> None:
    column = MACHINES[machine].column
    for name, numbers in syscalls.ALLOWED.items():
        if numbers[column] is not None:
            assert verdict(machine, numbers[column]) == ALLOW, name


@pytest.mark.parametrize("machine", MACHINE_NAMES)
def test_exactly_the_listed_calls_are_allowed(machine: str) -> None:
    column = MACHINES[machine].column
    listed = {numbers[column] for numbers in syscalls.ALLOWED.values()} - {None}
    by_args = {
        number(machine, of)
        for of in (
            syscalls.MMAP,
            syscalls.MPROTECT,
            syscalls.CLONE,
            syscalls.PRLIMIT64,
            syscalls.PRCTL,
            syscalls.TGKILL,
            syscalls.FCNTL,
        )
    }
    allowed = {n for n in range(600) if verdict(machine, n) == ALLOW}
    assert allowed - by_args == listed


@pytest.mark.parametrize(
    ("machine", "calls"),
    [
        (
            "x86_64",
            {
                "open": 2,
                "socket": 41,
                "execve": 59,
                "ptrace": 101,
                "openat": 257,
                "fork": 57,
                "newfstatat": 262,
            },
        ),
        (
            "aarch64",
            {
                "openat": 56,
                "socket": 198,
                "execve": 221,
                "ptrace": 117,
                "kill": 129,
                "newfstatat": 79,
            },
        ),
    ],
)
def test_dangerous_calls_are_refused(machine: str, calls: dict[str, int]) -> None:
    for name, call in calls.items():
        assert verdict(machine, call) == EPERM, name


def test_calls_of_the_32_bit_kind_are_refused() -> None:
    assert verdict("x86_64", 0x40000000 | 0) == EPERM


@pytest.mark.parametrize("machine", MACHINE_NAMES)
def test_another_processors_calls_kill(machine: str) -> None:
    assert verdict(machine, 0, arch=0x40000003) == KILL


@pytest.mark.parametrize("machine", MACHINE_NAMES)
def test_arguments_decide(machine: str) -> None:
    def of(call: syscalls.Numbers, *args: int) -> int:
        return verdict(machine, number(machine, call), *args)

    assert of(syscalls.MMAP, 0, 4096, 3) == ALLOW
    assert of(syscalls.MMAP, 0, 4096, 7) == EPERM
    assert of(syscalls.MPROTECT, 0, 4096, 1) == ALLOW
    assert of(syscalls.MPROTECT, 0, 4096, 5) == EPERM
    assert of(syscalls.CLONE, 0x3D0F00) == ALLOW
    assert of(syscalls.CLONE, 17) == EPERM
    assert of(syscalls.PRLIMIT64, 0) == ALLOW
    assert of(syscalls.PRLIMIT64, 1) == EPERM
    assert of(syscalls.PRCTL, 15) == ALLOW
    assert of(syscalls.PRCTL, 4) == EPERM
    assert of(syscalls.FCNTL, 3, 3) == ALLOW
    assert of(syscalls.FCNTL, 3, 8) == EPERM
    assert of(syscalls.TGKILL, PID) == ALLOW
    assert of(syscalls.TGKILL, PID + 1) == EPERM
    assert of(syscalls.CLONE3) == 0x50000 | errno.ENOSYS
    assert of(syscalls.IOCTL) == 0x50000 | errno.ENOTTY


@pytest.mark.parametrize("machine", MACHINE_NAMES)
def test_program_fits_the_kernels_limit(machine: str) -> None:
    assert len(build_filter(MACHINES[machine], PID)) // 8 < 4096
