"""What a caller may hand in, turned into a descriptor that a child can read."""

from __future__ import annotations

import fcntl
import os
import stat
from typing import BinaryIO

from staydown.errors import ContentTooLargeError, InputError, SourceError, StaydownError

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""A path, the bytes of a file, or a binary file opened for reading."""

_CHUNK_BYTES = 1 << 20
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
_PATH_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


def source_name(source: Source, name: str | None) -> str | None:
    """How messages name the source: as the caller did, else by its path, else not at all."""
    if name is None and isinstance(source, str | os.PathLike):
        return os.fspath(source)
    return name


def named(error: StaydownError, name: str | None) -> StaydownError:
    """The same error with the source's name in front."""
    return type(error)(f"{name}: {error}") if name else error


def open_source(source: Source, input_bytes: int) -> int:
    """A descriptor to the source's bytes, readable and seekable; the caller closes it.

    A path is opened here, so the child needs no right to open anything. Bytes and binary files are
    copied into sealed memory, which nobody can change or cut short while the child reads.

    Args:
        source: a path, bytes, or a binary file, which is read to its end.
        input_bytes: the most that is taken.

    Raises:
        SourceError: the path cannot be opened, or is no ordinary file.
        ContentTooLargeError: more than ``input_bytes``.
        InputError: not a source.
    """
    if isinstance(source, str | os.PathLike):
        return _open_path(source, input_bytes)
    if isinstance(source, bytes | bytearray | memoryview):
        return _in_memory(source, input_bytes)
    if hasattr(source, "read"):
        return _copy_file(source, input_bytes)
    raise InputError(f"a source is a path, bytes or a binary file, not {type(source).__name__}")


def _open_path(path: str | os.PathLike[str], input_bytes: int) -> int:
    try:
        descriptor = os.open(path, _PATH_FLAGS)
    except (OSError, ValueError):
        raise SourceError("cannot be opened; check that it exists and may be read") from None
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):
        os.close(descriptor)
        raise SourceError("is not an ordinary file; give a picture or video file")
    if info.st_size > input_bytes:
        os.close(descriptor)
        raise _too_large(input_bytes)
    return descriptor


def _in_memory(data: bytes | bytearray | memoryview, input_bytes: int) -> int:
    if memoryview(data).nbytes > input_bytes:
        raise _too_large(input_bytes)
    descriptor = _memory_file()
    _write(descriptor, data)
    return _sealed(descriptor)


def _copy_file(file: BinaryIO, input_bytes: int) -> int:
    descriptor, total = _memory_file(), 0
    try:
        while chunk := file.read(_CHUNK_BYTES):
            total += _check_chunk(chunk, input_bytes - total, input_bytes)
            _write(descriptor, chunk)
    except OSError:
        os.close(descriptor)
        raise SourceError("the file cannot be read") from None
    except BaseException:
        os.close(descriptor)
        raise
    return _sealed(descriptor)


def _check_chunk(chunk: object, room: int, input_bytes: int) -> int:
    if not isinstance(chunk, bytes | bytearray | memoryview):
        raise InputError("the file is open as text; open it with mode 'rb'")
    if len(chunk) > room:
        raise _too_large(input_bytes)
    return len(chunk)


def _memory_file() -> int:
    return os.memfd_create("staydown", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


def _write(descriptor: int, data: bytes | bytearray | memoryview) -> None:
    left = memoryview(data).cast("B")
    while left:
        left = left[os.write(descriptor, left) :]


def _sealed(descriptor: int) -> int:
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    return descriptor


def _too_large(input_bytes: int) -> ContentTooLargeError:
    return ContentTooLargeError(f"has more bytes than the limit of {input_bytes}; send less")
