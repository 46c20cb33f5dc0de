"""The EXIF orientation: read from the raw block, applied to a picture."""

from __future__ import annotations

import struct

from PIL import Image

UPRIGHT = 1
_ORIENTATION_TAG = 0x0112
_SHORT = 3
_MAX_ENTRIES = 1000
_PREFIX = b"Exif\0\0"

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF value to the turn that makes the picture upright. Source: EXIF 2.32, tag 0x0112."""


def exif_orientation(exif: bytes) -> int:
    """The orientation in an EXIF block.

    Only the first directory's own entries are read, so a damaged or hostile block costs nothing.

    Args:
        exif: the block, with or without its ``Exif`` prefix.

    Returns:
        1..8; 1 where the block has none, or cannot be read.
    """
    exif = exif.removeprefix(_PREFIX)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) < 8:
        return UPRIGHT
    (at,) = struct.unpack_from(f"{order}I", exif, 4)
    if at + 2 > len(exif):
        return UPRIGHT
    (count,) = struct.unpack_from(f"{order}H", exif, at)
    for entry in range(min(count, _MAX_ENTRIES)):
        start = at + 2 + 12 * entry
        if start + 12 > len(exif):
            break
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, start)
        if tag == _ORIENTATION_TAG:
            return value if kind == _SHORT and value in _TURNS else UPRIGHT
    return UPRIGHT


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture turned as its orientation asks; the same object where nothing is to do."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)
