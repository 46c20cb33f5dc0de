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
from staydown.isolate.raster import pack_raster
from staydown.types.limits import Limits


def preview_raster(file: BinaryIO, *, sharp: bool, limits: Limits) -> bytes:
    """A small picture of a photo, or of the first frame of a video.

    Args:
        file: binary and seekable, at its start.
        sharp: False for a grey blur, True for a small picture in colour (videos: grey).
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
        pixels = _first_frame(file, limits)
    small = thumbnail(pixels, sharp=sharp)
    channels = 1 if small.ndim == 2 else small.shape[2]
    return pack_raster(small.shape[1], small.shape[0], channels, small.tobytes())


def _first_frame(file: BinaryIO, limits: Limits) -> Pixels:
    with VideoFrames(file, mode="screening", limits=limits) as frames:
        for _, pixels in frames:
            return np.asarray(pixels)
    raise NoPictureError("the video has no frame that can be opened")
