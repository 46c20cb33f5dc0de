"""A second wall around files: Landlock, by which a process gives up every path for good.

The filter of system calls refuses to open anything already. This holds where a processor has no
filter, and would hold if the filter had a hole. Source: ADR-0092; numbers from Linux's
``linux/landlock.h``, the same on every processor.
"""

from __future__ import annotations

import ctypes
import os
import struct

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION = 1
_FILES_BY_VERSION = (0, 0x1FFF, 0x3FFF, 0x7FFF, 0x7FFF, 0xFFFF)
"""Rights over paths that each version of the interface knows: all of them are given up."""
_CONNECT_AND_BIND = 0x3
_ABSTRACT_SOCKETS_AND_SIGNALS = 0x3
_NETWORK_FROM, _SCOPES_FROM = 4, 6


def version_of_landlock(libc: ctypes.CDLL) -> int:
    """Version of the interface that this kernel offers; 0 for none."""
    found = libc.syscall(
        ctypes.c_long(_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint(_ASK_VERSION)
    )
    return max(0, int(found))


def rules_for(version: int) -> bytes:
    """The widest set of rights that a version knows, as ``landlock_ruleset_attr``.

    Args:
        version: of the interface, 1 or more.
    """
    files = _FILES_BY_VERSION[min(version, len(_FILES_BY_VERSION) - 1)]
    if version < _NETWORK_FROM:
        return struct.pack("=Q", files)
    if version < _SCOPES_FROM:
        return struct.pack("=QQ", files, _CONNECT_AND_BIND)
    return struct.pack("=QQQ", files, _CONNECT_AND_BIND, _ABSTRACT_SOCKETS_AND_SIGNALS)


def give_up_paths(libc: ctypes.CDLL) -> bool:
    """Take every path, TCP port, foreign socket and foreign process from this thread for good.

    ``no_new_privs`` must be set before. Files that are open stay open. Threads that run already
    keep their rights; those that are started later do not get them.

    Returns:
        True where the wall stands, False where the kernel does not offer it.
    """
    version = version_of_landlock(libc)
    if not version:
        return False
    rules = rules_for(version)
    ruleset = libc.syscall(
        ctypes.c_long(_CREATE_RULESET), rules, ctypes.c_size_t(len(rules)), ctypes.c_uint(0)
    )
    if ruleset < 0:
        return False
    try:
        done = libc.syscall(ctypes.c_long(_RESTRICT_SELF), ctypes.c_int(ruleset), ctypes.c_uint(0))
    finally:
        os.close(ruleset)
    return bool(done == 0)
