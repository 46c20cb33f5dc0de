"""Exact signals: digests of the bytes of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from staydown.types import Signal, SignalType


def sha256(data: bytes | memoryview | Iterable[bytes]) -> Signal:
    """The ``sha256`` signal of a file's bytes, whole or in pieces."""
    return Signal.of(SignalType.SHA256, _digest("sha256", data))


def md5(data: bytes | memoryview | Iterable[bytes]) -> Signal:
    """The ``md5`` signal of a file's bytes; only for exchange with lists that use it."""
    return Signal.of(SignalType.MD5, _digest("md5", data))


def _digest(name: str, data: bytes | memoryview | Iterable[bytes]) -> bytes:
    state = hashlib.new(name, usedforsecurity=False)
    if isinstance(data, bytes | bytearray | memoryview):
        state.update(data)
    else:
        for piece in data:
            state.update(piece)
    return state.digest()
