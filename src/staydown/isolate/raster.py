"""Small pictures on their way from child to parent: bare samples in, a PNG file out.

The child's bytes are never shown to a viewer as a file of their own. The parent checks that they
are just so many samples and writes the PNG itself.
"""

from __future__ import annotations

import struct
import zlib

from staydown.errors import DecodeCrashError

MAX_SIDE = 512
_HEADER = struct.Struct("<HHB")
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_PNG_COLOUR = {1: 0, 3: 2}
_UP = b"\x02"


def pack_raster(width: int, height: int, channels: int, samples: bytes) -> bytes:
    """Size and samples as one block.

    Args:
        width: pixels.
        height: pixels.
        channels: 1 for grey, 3 for RGB.
        samples: 8 bits each, row by row.
    """
    return _HEADER.pack(width, height, channels) + samples


def raster_to_png(block: bytes) -> bytes:
    """The PNG file of a block that a child sent.

    Raises:
        DecodeCrashError: the block is not what ``pack_raster`` makes.
    """
    if len(block) < _HEADER.size:
        raise DecodeCrashError("the decoding process gave a preview that cannot be read")
    width, height, channels = _HEADER.unpack_from(block)
    samples = memoryview(block)[_HEADER.size :]
    row = width * channels
    if (
        channels not in _PNG_COLOUR
        or not 1 <= width <= MAX_SIDE
        or not 1 <= height <= MAX_SIDE
        or len(samples) != row * height
    ):
        raise DecodeCrashError("the decoding process gave a preview that cannot be read")
    head = struct.pack(">IIBBBBB", width, height, 8, _PNG_COLOUR[channels], 0, 0, 0)
    body = zlib.compress(_filtered(samples, row), 9)
    return _PNG_MAGIC + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _filtered(samples: memoryview, row: int) -> bytes:
    """Each row as its difference from the row above, which deflates better."""
    above = bytes(row)
    parts = []
    for start in range(0, len(samples), row):
        line = bytes(samples[start : start + row])
        parts.append(_UP + bytes((a - b) & 0xFF for a, b in zip(line, above, strict=True)))
        above = line
    return b"".join(parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
