"""Who fetches: a claim says which process it is, so that one that died holds nothing up.

Source: proc(5): the start of a process in ticks tells it from a later one of the same number.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from functools import cache
from pathlib import Path

_STARTED = 19
"""Place of ``starttime`` among the fields of ``/proc/PID/stat`` after the name."""


def new_claim() -> str:
    """A claim of this process, at most 43 characters."""
    pid = os.getpid()
    return f"{_where()}:{pid}:{_started_at(pid)}:{secrets.token_hex(4)}"


def is_left_behind(claim: str) -> bool:
    """Whether the process behind a claim is surely gone.

    Of a process that cannot be seen from here (another machine, another container) nobody can say;
    its claim runs out by itself.
    """
    where, _, rest = claim.partition(":")
    pid, _, rest = rest.partition(":")
    if where != _where() or not pid.isdigit():
        return False
    return _started_at(int(pid)) != rest.partition(":")[0]


@cache
def _where() -> str:
    """This start of this machine, and the space of process numbers that is seen here."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
    space = Path("/proc/self/ns/pid").stat().st_ino
    return hashlib.sha256(f"{boot} {space}".encode()).hexdigest()[:10]


def _started_at(pid: int) -> str:
    """When a process started, in ticks; ``0`` where there is none of this number, or its body."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "0"
    fields = text.rpartition(")")[2].split()
    return "0" if fields[0] in {"Z", "X"} else fields[_STARTED]
