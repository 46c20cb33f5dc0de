"""How many calls a key may make: one count for all processes of this machine, in shared memory.

The generic cell rate algorithm: a key has one number, the moment at which its next call would be
due at an even pace. A call is allowed while that moment is at most a burst ahead. The numbers lie
in a small mapped file, so that a call costs a lock and no read of the database.
"""

from __future__ import annotations

import fcntl
import math
import mmap
import os
import struct
import threading
import time
from pathlib import Path
from uuid import UUID

from django.conf import settings

from staydown_web.base.errors import RateLimitedError

_SLOTS = 4096
_SLOT = struct.Struct("<16sd")
_BURST_S = 60.0
"""The allowance of a minute may be used at once; then it grows again at its pace."""
_PROBES = 64


class RateTable:
    """A table of due moments that processes share.

    Args:
        path: a file in memory; made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        size = _SLOTS * _SLOT.size
        if os.fstat(self._fd).st_size < size:
            os.truncate(self._fd, size)
        self._map = mmap.mmap(self._fd, size)
        self._lock = threading.Lock()

    def wait_s(self, key: UUID, per_minute: int, now_s: float) -> float:
        """Take one call of a key's allowance.

        Args:
            key: the key.
            per_minute: its allowance, at least 1.
            now_s: Unix time.

        Returns:
            0.0 where the call is allowed; else seconds until one is, and nothing is taken.
        """
        pace_s = 60.0 / per_minute
        with self._lock:
            fcntl.lockf(self._fd, fcntl.LOCK_EX)
            try:
                at = self._slot(key.bytes, now_s)
                due = max(_SLOT.unpack_from(self._map, at)[1], now_s)
                if due > now_s + _BURST_S:
                    # The clock was set back: nobody is locked out until it is there again.
                    due = now_s + _BURST_S
                    _SLOT.pack_into(self._map, at, key.bytes, due)
                wait_s = due + pace_s - _BURST_S - now_s
                if wait_s > 1e-9:
                    return float(wait_s)
                _SLOT.pack_into(self._map, at, key.bytes, due + pace_s)
                return 0.0
            finally:
                fcntl.lockf(self._fd, fcntl.LOCK_UN)

    def _slot(self, key: bytes, now_s: float) -> int:
        """Where a key's number is; a slot whose moment has passed may be taken over."""
        first = int.from_bytes(key[:4], "little")
        free = -1
        for step in range(_PROBES):
            at = (first + step) % _SLOTS * _SLOT.size
            held, due = _SLOT.unpack_from(self._map, at)
            if held == key:
                return at
            if free < 0 and due <= now_s:
                free = at
            if held == bytes(16):
                break
        at = free if free >= 0 else first % _SLOTS * _SLOT.size
        _SLOT.pack_into(self._map, at, key, 0.0)
        return at


_tables: dict[Path, RateTable] = {}


def allow_call(key: UUID, per_minute: int) -> None:
    """Count one call of a key.

    Raises:
        RateLimitedError: the key's allowance is used up; ``retry_after_s`` says for how long.
    """
    path = Path(settings.STAYDOWN_SHARED_MEMORY) / "rates"
    table = _tables.get(path)
    if table is None:
        table = _tables.setdefault(path, RateTable(path))
    wait_s = table.wait_s(key, per_minute, time.time())
    if wait_s > 0:
        raise RateLimitedError(
            f"this key may make {per_minute} calls a minute; wait and try again",
            retry_after_s=math.ceil(wait_s),
        )
