"""The file that banks and saved indexes share: a header page, then checksummed records.

The layout is described in docs/formats.md ("Bank file") and docs/adr/0005-bank-file.md. This module
knows bytes alone: what a record means is the business of its readers.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from dataclasses import dataclass
from typing import Any, Final

from staydown.errors import SnapshotDamagedError, SnapshotForeignError

MAGIC: Final = b"\x93SDB\r\n\x1a\n"
FORMAT_VERSION: Final = 1
PAGE: Final = 4096
KIND_BANK, KIND_INDEX = 1, 2
ADD, REMOVE, SEGMENT = 1, 2, 3

_HEAD = struct.Struct("<8sII16sII")
_CONFIG_AT = 1024
_SLOT = struct.Struct("<QQI")
_SLOTS_AT = (256, 512)
_RECORD = struct.Struct("<4sI8sQQIIIIQ")
_RECORD_MAGIC = b"SDRC"
RECORD_HEAD = 64
_CHECKED = 1
_ALIGN = 64
_MAX_DIRECTORY = 1 << 20

REMEDY = "restore it from a copy, or build it again from its source"


@dataclass(frozen=True, slots=True)
class Header:
    """What the first page says.

    Attributes:
        kind: KIND_BANK or KIND_INDEX.
        file_id: 16 random bytes; every record carries the first 8.
        config: settings that were fixed at creation.
        committed: everything before this offset was acknowledged, so it must be whole.
        turn: how often that mark was written.
    """

    kind: int
    file_id: bytes
    config: dict[str, Any]
    committed: int
    turn: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record whose header and directory are whole.

    Attributes:
        kind: ADD, REMOVE or SEGMENT.
        start: offset of its header.
        body: offset of its arrays or bytes, after the directory.
        size: how many bytes there are from ``body`` on.
        end: offset of the next record.
        directory: its description, parsed.
    """

    kind: int
    start: int
    body: int
    size: int
    end: int
    directory: dict[str, Any]


def padded(size: int, step: int = _ALIGN) -> int:
    """The next multiple of ``step``."""
    return -(-size // step) * step


def header_page(kind: int, config: dict[str, Any]) -> bytes:
    """A fresh first page with nothing after it."""
    text = json.dumps(config, sort_keys=True).encode()
    page = bytearray(PAGE)
    head = _HEAD.pack(MAGIC, FORMAT_VERSION, kind, os.urandom(16), len(text), 0)[:-4]
    page[: len(head)] = head
    struct.pack_into("<I", page, len(head), zlib.crc32(head + text))
    page[_CONFIG_AT : _CONFIG_AT + len(text)] = text
    page[_SLOTS_AT[0] : _SLOTS_AT[0] + _SLOT.size] = _slot(0, PAGE)
    return bytes(page)


def _slot(turn: int, end: int) -> bytes:
    return _SLOT.pack(turn, end, zlib.crc32(struct.pack("<QQ", turn, end)))


def write_committed(fd: int, turn: int, end: int) -> None:
    """Note that everything before ``end`` is acknowledged. The two places take turns."""
    os.pwrite(fd, _slot(turn, end), _SLOTS_AT[turn & 1])


def read_header(fd: int, name: str) -> Header:
    """Read and check the first page.

    Raises:
        SnapshotForeignError: not a file of ours, or of a version we do not know.
        SnapshotDamagedError: ours, but its checksum does not hold.
    """
    page = os.pread(fd, PAGE, 0)
    if page[: len(MAGIC)] != MAGIC:
        raise SnapshotForeignError(f"{name} is not a Staydown file; check the path")
    if len(page) < PAGE:
        raise SnapshotDamagedError(f"{name} ends inside its header; {REMEDY}")
    _, version, kind, file_id, size, crc = _HEAD.unpack_from(page)
    text = page[_CONFIG_AT : _CONFIG_AT + size]
    if size > PAGE - _CONFIG_AT or crc != zlib.crc32(page[: _HEAD.size - 4] + text):
        raise SnapshotDamagedError(f"the header of {name} is damaged; {REMEDY}")
    if version != FORMAT_VERSION:
        raise SnapshotForeignError(
            f"{name} has format version {version}, this program reads {FORMAT_VERSION}; update it"
        )
    slots = [_SLOT.unpack_from(page, at) for at in _SLOTS_AT]
    good = [s[:2] for s in slots if s[2] == zlib.crc32(struct.pack("<QQ", s[0], s[1]))]
    good = [s for s in good if s[1] >= PAGE]
    if not good:
        raise SnapshotDamagedError(f"the header of {name} is damaged; {REMEDY}")
    config = parse_object(text)
    if config is None:
        raise SnapshotDamagedError(f"the header of {name} is damaged; {REMEDY}")
    turn, committed = max(good)
    return Header(kind, file_id, config, committed, turn)


def parse_object(text: bytes) -> dict[str, Any] | None:
    """The JSON object in UTF-8, or None where the bytes are none: a checksum can be forged."""
    try:
        parsed = json.loads(text.decode())
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def record_bytes(
    file_id: bytes, kind: int, start: int, directory: dict[str, Any], body: bytes
) -> bytes:
    """A small record as it stands in the file: header, directory, body and padding."""
    text = json.dumps(directory, sort_keys=True, ensure_ascii=False).encode()
    joined = text + body
    head = record_head(file_id, kind, start, text, len(joined), body_crc=zlib.crc32(joined))
    return (head + joined).ljust(padded(RECORD_HEAD + len(joined)), b"\0")


def record_head(
    file_id: bytes, kind: int, start: int, text: bytes, size: int, *, body_crc: int | None
) -> bytes:
    """The 64 bytes before a record; ``body_crc`` is None where the directory holds checksums."""
    head = _RECORD.pack(
        _RECORD_MAGIC,
        kind,
        file_id[:8],
        start,
        size,
        len(text),
        zlib.crc32(text),
        body_crc or 0,
        0 if body_crc is None else _CHECKED,
        0,
    )
    head += bytes(RECORD_HEAD - 4 - len(head))
    return head + struct.pack("<I", zlib.crc32(head))


def read_record(fd: int, file_id: bytes, start: int, size: int) -> Record | None:
    """The record at ``start``, or None where there is no whole one.

    Args:
        fd: the open file.
        file_id: from the file's header.
        start: where the record begins.
        size: size of the file.
    """
    head = os.pread(fd, RECORD_HEAD, start)
    if len(head) < RECORD_HEAD or zlib.crc32(head[:-4]) != struct.unpack("<I", head[-4:])[0]:
        return None
    magic, kind, owner, at, length, text_size, text_crc, crc, flags, _ = _RECORD.unpack_from(head)
    end = start + padded(RECORD_HEAD + length)
    if magic != _RECORD_MAGIC or owner != file_id[:8] or at != start:
        return None
    if end > size or text_size > min(length, _MAX_DIRECTORY):
        return None
    text = os.pread(fd, text_size, start + RECORD_HEAD)
    directory = parse_object(text) if zlib.crc32(text) == text_crc else None
    if directory is None:
        return None
    if flags & _CHECKED and crc != zlib.crc32(os.pread(fd, length, start + RECORD_HEAD)):
        return None
    body = start + RECORD_HEAD + text_size
    return Record(kind, start, body, length - text_size, end, directory)


def read_records(fd: int, header: Header, start: int, name: str) -> tuple[list[Record], int]:
    """All whole records from ``start`` on, and where they end.

    A record that is not whole ends the list where it was never acknowledged: the trace of a writer
    that was killed, or one that is writing now.

    Raises:
        SnapshotDamagedError: an acknowledged record is not whole.
    """
    size = os.fstat(fd).st_size
    records = []
    while start < size or start < header.committed:
        record = read_record(fd, header.file_id, start, size)
        if record is None:
            if start < header.committed:
                raise SnapshotDamagedError(f"{name} is damaged at byte {start}; {REMEDY}")
            break
        records.append(record)
        start = record.end
    return records, start
