"""Uploaded media become fingerprints in isolated processes; this one never opens them."""

from __future__ import annotations

import os
import struct
import threading
import zlib
from collections.abc import Sequence

from django.conf import settings

from staydown import Fingerprint
from staydown.isolate import Limits, Pool
from staydown_web.base.tracing import span

MAX_MEDIA_BYTES = 256 << 20
"""The largest upload that is taken; it lies in memory until it is fingerprinted."""
_WALL_S = 60.0
_MORE_CHILDREN = 2
"""Beyond one a processor: as many as uploads are let in at once, so that none waits behind a long
video of somebody else for a child that is its own."""
_NICENESS = 15
"""Decoding gives way to answering: an upload may take a little longer, a check by hash may not."""

_lock = threading.Lock()
_pools: dict[int, Pool] = {}


def max_media_bytes() -> int:
    """The largest upload in bytes; ``STAYDOWN_MAX_MEDIA_BYTES`` in the settings changes it."""
    return int(getattr(settings, "STAYDOWN_MAX_MEDIA_BYTES", MAX_MEDIA_BYTES))


def fingerprint_media(
    path: str, *, signals: Sequence[str] | None = None, is_exact: bool = False
) -> Fingerprint:
    """Fingerprint an upload as quickly as screening allows.

    Args:
        path: of a file in memory; it is opened here and read by a child without any rights.
        signals: only these; None for all.
        is_exact: decode at full size, bit for bit as entries of banks are made; takes longer.

    Raises:
        DecodeError, ContentTooLargeError, InputError: it cannot be fingerprinted.
    """
    # The name says nothing: errors must not tell where the bytes lay.
    mode = "banking" if is_exact else "screening"
    with span("fingerprint"):
        return _pool().fingerprint(path, signals=signals, mode=mode, name="media")


def start_decoding() -> None:
    """Start a decoding process, so that the first upload does not wait for it."""
    _pool().fingerprint(_dot(), signals=("sha256", "pdq"), mode="screening", name="dot")


def _dot() -> bytes:
    """A PNG of one grey pixel."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\x00\x80")),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def _pool() -> Pool:
    pid = os.getpid()
    found = _pools.get(pid)
    if found is None:
        with _lock:
            found = _pools.get(pid)
            if found is None:
                limit = max_media_bytes()
                limits = Limits(
                    photo_bytes=min(limit, Limits().photo_bytes),
                    input_bytes=limit,
                    video_wall_s=_WALL_S,
                    video_cpu_s=_WALL_S,
                )
                found = _pools[pid] = Pool(
                    workers=len(os.sched_getaffinity(0)) + _MORE_CHILDREN,
                    limits=limits,
                    niceness=_NICENESS,
                )
    return found
