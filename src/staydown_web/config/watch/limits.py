"""From when on something is wrong, and the clock as the kernel sees it; needs no database."""

from __future__ import annotations

import ctypes
from typing import Final

LOW_DISK_BYTES: Final = 2 << 30
NO_DISK_BYTES: Final = 200 << 20
LOW_MEMORY_BYTES: Final = 256 << 20
WORKER_SILENT_S: Final = 15.0

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 512  # more than struct timex has anywhere


def is_synchronised() -> bool:
    """Whether the kernel believes its clock to be right; True where it cannot be asked."""
    try:
        status = int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    except (OSError, AttributeError):
        return True
    return status != _TIME_ERROR
