"""Segments in a file: named arrays, written once, mapped by every reader."""

from __future__ import annotations

import json
import mmap
import os
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from staydown.errors import SnapshotDamagedError
from staydown.index.container import (
    PAGE,
    RECORD_HEAD,
    REMEDY,
    SEGMENT,
    Record,
    padded,
    record_head,
)

Arrays = dict[str, npt.NDArray[Any]]

CHECK_AT_OPEN = 32 << 20
"""Arrays of segments up to this size in bytes are checked in full at opening."""
CHECK_NEWS = 128 << 10
"""The same for segments that appear while a file is followed: a search waits for their check."""

_CHUNK = 16 << 20
_DTYPES = {"|u1", "<u2", "<u4", "<u8", "<i8"}


def write_segment(
    fd: int,
    file_id: bytes,
    start: int,
    arrays: Mapping[str, npt.NDArray[Any]],
    meta: dict[str, Any],
) -> int:
    """Write a segment at ``start`` (a multiple of a page) and make it durable.

    The record's header is written last, after the arrays are on the disk: a reader that finds the
    header finds everything.

    Returns:
        The offset after it.
    """
    at = 0
    rows: list[list[Any]] = []
    for key, array in arrays.items():
        data = as_bytes(array)
        rows.append([key, array.dtype.str, list(array.shape), at, zlib.crc32(data)])
        at = padded(at + len(data))
    text = json.dumps({"arrays": rows, "meta": meta}, sort_keys=True).encode()
    # The arrays start on a page, so that mapped ones are aligned; the directory is padded to it.
    text = text.ljust(padded(RECORD_HEAD + len(text), PAGE) - RECORD_HEAD)
    body = start + RECORD_HEAD + len(text)
    for row, array in zip(rows, arrays.values(), strict=True):
        if array.size:
            write_all(fd, as_bytes(array), body + int(row[3]))
    end = padded(body + at, PAGE)
    os.ftruncate(fd, max(end, os.fstat(fd).st_size))
    write_all(fd, text, start + RECORD_HEAD)
    os.fsync(fd)
    size = end - start - RECORD_HEAD
    write_all(fd, record_head(file_id, SEGMENT, start, text, size, body_crc=None), start)
    os.fsync(fd)
    return end


def as_bytes(array: npt.NDArray[Any]) -> memoryview:
    """The memory of an array; a copy only where it is not in one piece."""
    if not array.size:
        return memoryview(b"")
    return memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def write_all(fd: int, data: memoryview | bytes, at: int) -> None:
    """Write every byte at this offset; the system may take fewer at a time."""
    done = 0
    while done < len(data):
        done += os.pwrite(fd, data[done : done + _CHUNK], at + done)


def map_segment(fd: int, record: Record, name: str, *, is_news: bool = False) -> Arrays:
    """Map the arrays of a segment, read-only.

    Args:
        fd: the file.
        record: where in it.
        name: of the file, for errors.
        is_news: another process has just written it while this one follows the file: then it is
            compared with its checksums up to CHECK_NEWS bytes alone, because whoever searches
            waits for it.

    Raises:
        SnapshotDamagedError: a directory that does not fit, or, in a segment of up to
            CHECK_AT_OPEN or CHECK_NEWS bytes, a checksum that does not hold.
    """
    # Processors have pages of 4, 16 or 64 KiB, and maps begin on one.
    before = record.start % mmap.ALLOCATIONGRANULARITY
    length = record.end - record.start + before
    mapped = mmap.mmap(fd, length, offset=record.start - before, prot=mmap.PROT_READ)
    arrays: Arrays = {}
    for key, dtype, shape, at, _ in _rows(record, name):
        count = int(np.prod(shape, dtype=object)) if shape else 1
        first = before + record.body - record.start + at
        size = count * np.dtype(dtype).itemsize
        if first % _alignment(dtype) or first + size > length:
            raise _damaged(record, name)
        flat = np.frombuffer(mapped, dtype, count, first)
        arrays[key] = flat.reshape(shape)
    if record.end - record.start <= (min(CHECK_NEWS, CHECK_AT_OPEN) if is_news else CHECK_AT_OPEN):
        check_segment(record, arrays, name)
    return arrays


def check_segment(record: Record, arrays: Arrays, name: str) -> None:
    """Compare every array with its checksum. Cost: reads the whole segment.

    Raises:
        SnapshotDamagedError: one does not hold.
    """
    for key, _, _, _, crc in _rows(record, name):
        array = arrays[key]
        if zlib.crc32(as_bytes(array)) != crc:
            raise _damaged(record, name)


def _rows(record: Record, name: str) -> list[tuple[str, str, list[int], int, int]]:
    rows = record.directory.get("arrays")
    if not isinstance(rows, list):
        raise _damaged(record, name)
    for row in rows:
        fits = (
            isinstance(row, list)
            and len(row) == 5
            and isinstance(row[0], str)
            and row[1] in _DTYPES
            and isinstance(row[2], list)
            and all(isinstance(n, int) and n >= 0 for n in [*row[2], row[3], row[4]])
        )
        if not fits:
            raise _damaged(record, name)
    return rows


def _alignment(dtype: str) -> int:
    return np.dtype(dtype).itemsize


def _damaged(record: Record, name: str) -> SnapshotDamagedError:
    return SnapshotDamagedError(f"a segment of {name} is damaged at byte {record.start}; {REMEDY}")
