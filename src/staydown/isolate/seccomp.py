"""A filter of system calls, built and installed without any library.

The program is classic BPF as ``seccomp(2)`` takes it. A call that is not allowed fails with an
error number, so that a decoder that tries something odd fails on its file and nothing more.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

from staydown.isolate import syscalls
from staydown.isolate.syscalls import Numbers

_INSTRUCTION = struct.Struct("=HBBI")
_LOAD, _JUMP_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _ARGS_AT = 0, 4, 16
_RET_KILL, _RET_ERRNO, _RET_ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_PROT_EXEC, _CLONE_THREAD = 0x4, 0x10000
_FCNTL_HARMLESS = (1, 2, 3, 4)  # F_GETFD, F_SETFD, F_GETFL, F_SETFL
_PRCTL_HARMLESS = (15, 16, 0x53564D41)  # PR_SET_NAME, PR_GET_NAME, PR_SET_VMA


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor whose filter can be built.

    Attributes:
        arch: its number in ``seccomp_data``.
        column: which of ``Numbers`` is its own.
    """

    arch: int
    column: int


MACHINES: dict[str, Machine] = {
    "x86_64": Machine(0xC000003E, 0),
    "aarch64": Machine(0xC00000B7, 1),
}


def _op(code: int, value: int, jump_true: int = 0, jump_false: int = 0) -> bytes:
    return _INSTRUCTION.pack(code, jump_true, jump_false, value)


def _arg(index: int) -> bytes:
    """Load the lower half of an argument; both processors are little-endian."""
    return _op(_LOAD, _ARGS_AT + 8 * index)


def _answer(number: int, error: int) -> bytes:
    return _op(_JUMP_EQUAL, number, 0, 1) + _op(_RETURN, _RET_ERRNO | error)


def _guarded(number: int, test: bytes) -> bytes:
    """Run ``test`` for one call; it ends in a return."""
    return _op(_JUMP_EQUAL, number, 0, len(test) // _INSTRUCTION.size) + test


def _allow_values(index: int, values: tuple[int, ...]) -> bytes:
    """Allow where an argument has one of these values."""
    tests = b"".join(_op(_JUMP_EQUAL, v, len(values) - i, 0) for i, v in enumerate(values))
    return _arg(index) + tests + _op(_RETURN, _RET_ERRNO | errno.EPERM) + _op(_RETURN, _RET_ALLOW)


def _allow_bits(index: int, bits: int, *, wanted: bool) -> bytes:
    """Allow where an argument has (``wanted``) or has not any of these bits."""
    on_bit, on_none = (1, 0) if wanted else (0, 1)
    refuse, allow = _op(_RETURN, _RET_ERRNO | errno.EPERM), _op(_RETURN, _RET_ALLOW)
    return _arg(index) + _op(_JUMP_ANY_BIT, bits, on_bit, on_none) + refuse + allow


def build_filter(machine: Machine, pid: int) -> bytes:
    """The filter program for one processor.

    Args:
        machine: the processor.
        pid: the process itself, which alone it may signal.

    Returns:
        Instructions of 8 bytes each.
    """

    def number(of: Numbers) -> int:
        value = of[machine.column]
        assert value is not None  # noqa: S101 - the calls below exist on both
        return value

    plain = [n for n in (v[machine.column] for v in syscalls.ALLOWED.values()) if n is not None]
    start = (
        _op(_LOAD, _ARCH_AT)
        + _op(_JUMP_EQUAL, machine.arch, 1, 0)
        + _op(_RETURN, _RET_KILL)
        + _op(_LOAD, _NUMBER_AT)
    )
    parts = [_op(_JUMP_EQUAL, n, 0, 1) + _op(_RETURN, _RET_ALLOW) for n in plain]
    no_code = _allow_bits(2, _PROT_EXEC, wanted=False)
    parts += [
        _guarded(number(syscalls.MMAP), no_code),
        _guarded(number(syscalls.MPROTECT), no_code),
        _guarded(number(syscalls.CLONE), _allow_bits(0, _CLONE_THREAD, wanted=True)),
        _guarded(number(syscalls.PRLIMIT64), _allow_values(0, (0,))),
        _guarded(number(syscalls.PRCTL), _allow_values(0, _PRCTL_HARMLESS)),
        _guarded(number(syscalls.FCNTL), _allow_values(1, _FCNTL_HARMLESS)),
        _guarded(number(syscalls.TGKILL), _allow_values(0, (pid,))),
        # The C library falls back to clone, whose flags can be looked at.
        _answer(number(syscalls.CLONE3), errno.ENOSYS),
        _answer(number(syscalls.IOCTL), errno.ENOTTY),
    ]
    return start + b"".join(parts) + _op(_RETURN, _RET_ERRNO | errno.EPERM)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def install_filter() -> bool:
    """Put the filter on every thread of this process, for good.

    ``no_new_privs`` must be set before.

    Returns:
        True where the filter stands, False where the kernel or processor does not offer it.
    """
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return False
    code = build_filter(machine, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // _INSTRUCTION.size, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    number = syscalls.SECCOMP[machine.column] or 0
    result = libc.syscall(
        ctypes.c_long(number),
        ctypes.c_ulong(_SET_MODE_FILTER),
        ctypes.c_ulong(_ALL_THREADS),
        ctypes.byref(program),
    )
    return bool(result == 0)
