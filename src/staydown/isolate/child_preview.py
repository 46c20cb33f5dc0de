"""A thumbnail of a file, as a bare raster: the parent makes the picture file out of it."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from staydown.decode.photo import open_photo
from staydown.decode.pixels import Pixels
from staydown.decode.sniffing import PHOTO_FORMATS, SNIFF_BYTES, sniff
from staydown.decode.thumbnail import thumbnail
from staydown.decode.video import VideoFrames
from staydown.errors import NoPictureError
from staydown.isolate.child_work import read_photo
from staydown.isolate.raster import MAX_SIDE, pack_raster
from staydown.types.limits import Limits


def preview_raster(
    file: BinaryIO, *, sharp: bool, side: int = 0, at_ms: int = 0, limits: Limits
) -> bytes:
    """A small picture of a photo, or of one frame of a video.

    Args:
        file: binary and seekable, at its start.
        sharp: False for a grey blur, True for a small picture in colour (videos: grey).
        side: longer side of a sharp one; 0 for the usual one.
        at_ms: for a video: the moment to show; the last frame that begins before it is taken.
        limits: what the file may cost.

    Returns:
        What ``raster.pack_raster`` makes.

    Raises:
        DecodeError: and its kinds, where the file cannot be decoded.
        ContentTooLargeError: over a limit.
    """
    head = file.read(SNIFF_BYTES)
    file.seek(0)
    if sniff(head) in PHOTO_FORMATS:
        data = read_photo(file, limits)
        pixels = open_photo(data, mode="screening", limits=limits, colour=sharp).pixels
    else:
        pixels = _frame(file, at_ms, limits)
    small = thumbnail(pixels, sharp=sharp, side=min(side, MAX_SIDE))
    channels = 1 if small.ndim == 2 else small.shape[2]
    return pack_raster(small.shape[1], small.shape[0], channels, small.tobytes())


def _frame(file: BinaryIO, at_ms: int, limits: Limits) -> Pixels:
    """The frame shown at a moment, among those that screening samples; else the first."""
    shown: Pixels | None = None
    with VideoFrames(file, mode="screening", limits=limits) as frames:
        for time_ms, pixels in frames:
            if shown is not None and time_ms > at_ms:
                break
            shown = np.array(pixels)
    if shown is None:
        raise NoPictureError("the video has no frame that can be opened")
    return shown
