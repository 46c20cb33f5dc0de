"""Whether a JPEG or PNG ends before its end: looked at by its marks alone, nothing is decoded.

ITU-T T.81, annex B (JPEG): segments, and scans that end at the next mark; the picture ends at EOI.
PNG specification, section 5: chunks, of which IEND is the last.
"""

from __future__ import annotations

import mmap
import re
from pathlib import Path
from typing import Final

NOTE: Final = (
    "it is cut off before its end. The fingerprint is of the part that is there, and finds the "
    "whole picture only where enough of it is there. Use the original if you can; docs/matching.md "
    "says more."
)

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_EOI, _SOS = 0xD9, 0xDA
_ALONE = {0x01, *range(0xD0, 0xD8)}
"""Marks without a length: TEM and RST0 to RST7."""
_MARK = re.compile(rb"\xff+([^\x00\xff])")
_MARK_AFTER_SCAN = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")

Bytes = bytes | mmap.mmap


def is_cut_off(content: Path | bytes) -> bool:
    """Whether a JPEG or PNG ends before its end mark; False for everything else.

    Costs a look at each byte of a JPEG's scans, and some bytes of each chunk of a PNG.
    """
    if isinstance(content, bytes):
        return _ends_early(content)
    try:
        if not content.is_file() or not content.stat().st_size:
            return False
        with (
            content.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            return _ends_early(data)
    except (OSError, ValueError):
        return False  # it went, or shrank, since it was fingerprinted


def _ends_early(data: Bytes) -> bool:
    if data[:2] == _JPEG:
        return not _has_end_of_jpeg(data)
    return data[: len(_PNG)] == _PNG and not _has_end_of_png(data)


def _has_end_of_jpeg(data: Bytes) -> bool:
    at, pattern = 2, _MARK
    while found := pattern.search(data, at):
        mark, at = found[1][0], found.end()
        if mark == _EOI:
            return True
        if mark not in _ALONE:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
        pattern = _MARK_AFTER_SCAN if mark == _SOS else _MARK
    return False


def _has_end_of_png(data: Bytes) -> bool:
    at = len(_PNG)
    while len(head := data[at : at + 8]) == 8:
        if head[4:] == b"IEND":
            return True
        at += 12 + int.from_bytes(head[:4], "big")
    return False
