"""What comes in, in anonymous memory; never on a disk."""

from __future__ import annotations

import fcntl
import os
from typing import Protocol

from django.http.request import UnreadablePostError

from staydown_web.base.errors import BodyError
from staydown_web.hooks.services.checking import Clock
from staydown_web.screening.forms.uploads import SEALS, MemoryFile, too_large

_CHUNK = 1 << 20


class Stream(Protocol):
    """Something that is read piece by piece."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; empty at the end."""


def spool(stream: Stream, max_bytes: int, clock: Clock) -> MemoryFile:
    """A stream in anonymous memory, sealed; never on a disk.

    Raises:
        BodyError: it ended before its end, or is empty.
        CheckLateError: it took longer than there is time.
        ContentTooLargeError: more than ``max_bytes``.
    """
    descriptor = os.memfd_create("staydown-hook", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        size = _fill(descriptor, stream, max_bytes, clock)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALS)
    except BaseException:
        os.close(descriptor)
        raise
    return MemoryFile(descriptor, size)


def _fill(descriptor: int, stream: Stream, max_bytes: int, clock: Clock) -> int:
    size = 0
    try:
        while chunk := stream.read(_CHUNK):
            clock.left()
            size += len(chunk)
            if size > max_bytes:
                raise too_large(max_bytes)
            left = memoryview(chunk)
            while left:
                left = left[os.write(descriptor, left) :]
    except UnreadablePostError:
        raise BodyError("the body ended before it was whole") from None
    if not size:
        raise BodyError("the body is empty; send the photo or video")
    return size
