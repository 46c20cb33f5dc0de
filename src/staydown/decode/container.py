"""Opens a video file with FFmpeg, safely: nothing but the given bytes is ever read."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import av
import av.error
import numpy as np
import numpy.typing as npt
import numpy.typing as npt
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from staydown.errors import DecodeError, NoPictureError, SourceError, UnsupportedFormatError

Luma = npt.NDArray[np.uint8]
Source = str | Path | bytes | bytearray | memoryview | BinaryIO

_READ_BYTES = 1 << 18
_REFUSED = frozenset(
    ("hls", "dash", "concat", "sdp", "rtsp", "rtp", "tty", "bin", "xbin", "adf", "idf", "lavfi")
)
"""Demuxers that would open other files or addresses, or draw text as a picture."""

_OPTIONS = {"protocol_whitelist": "none"}
"""We hand FFmpeg a reader; a playlist or reference inside the file can open nothing else."""

_AV_ERRORS = (av.error.FFmpegError, ValueError, OverflowError, OSError)
_FIXED_ONE = 1 << 16


@dataclass(frozen=True, slots=True)
class OpenVideo:
    """A container and the picture stream that is looked at.

    Attributes:
        container: opened for reading.
        stream: the first moving picture; the cover of a sound file if there is no other.
        is_cover: True where the only picture is a cover: one still frame.
    """

    container: InputContainer
    stream: VideoStream
    is_cover: bool


class _Reader:
    """A file without its name, so that FFmpeg judges by content alone."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return self._file.seekable()


@contextmanager
def open_video(source: Source) -> Iterator[OpenVideo]:
    """Open a video and choose its picture stream.

    Args:
        source: path, bytes, or binary file at its start.

    Raises:
        SourceError: the path cannot be read.
        DecodeError: FFmpeg cannot open it.
        UnsupportedFormatError: a playlist or another kind that is not read.
        NoPictureError: no picture inside.
    """
    with _as_file(source) as file:
        try:
            container = av.open(_Reader(file), options=_OPTIONS, buffer_size=_READ_BYTES)
        except _AV_ERRORS:
            raise DecodeError("this is not a video that can be opened, or it is damaged") from None
        with container:
            if _REFUSED & set(container.format.name.split(",")):
                raise UnsupportedFormatError("playlists and text are not read; give the video file")
            stream, is_cover = _picture_stream(container)
            yield OpenVideo(container, stream, is_cover)


@contextmanager
def _as_file(source: Source) -> Iterator[BinaryIO]:
    if isinstance(source, str | Path):
        try:
            file = Path(source).open("rb")
        except OSError:
            raise SourceError("the file cannot be read; check the path and its rights") from None
        with file:
            yield file
    elif isinstance(source, bytes | bytearray | memoryview):
        yield io.BytesIO(source)
    else:
        yield source


def _picture_stream(container: InputContainer) -> tuple[VideoStream, bool]:
    """The first moving picture, else a cover, that some decoder knows."""
    known = [s for s in container.streams.video if _has_decoder(s)]
    covers = [s for s in known if _is_cover(s)]
    moving = [s for s in known if s not in covers]
    if not moving and not covers:
        raise NoPictureError("the file holds no picture that can be decoded")
    return (moving or covers)[0], not moving


def _has_decoder(stream: VideoStream) -> bool:
    # A stream of an unknown codec has no context, although the types say otherwise.
    context: Any = stream.codec_context
    return context is not None


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & type(stream.disposition).attached_pic)


def turn_of(frame: VideoFrame) -> tuple[bool, bool, bool]:
    """How a frame must be turned to be upright: (transpose, mirror, flip), in this order.

    Mirror swaps left and right, flip swaps top and bottom. Turns that are no multiple of 90 degrees
    are left out.

    Source: display matrix of ISO 14496-12, as FFmpeg hands it over: nine int32, row by row; a point
        (x, y) is shown at (m0 * x + m3 * y, m1 * x + m4 * y).
    """
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return False, False, False
    raw = bytes(data)
    if len(raw) < 36:
        return False, False, False
    m = struct.unpack("<9i", raw[:36])
    a, b, c, d = (round(m[i] / _FIXED_ONE) for i in (0, 1, 3, 4))
    if (abs(a), abs(b), abs(c), abs(d)) == (0, 1, 1, 0):
        return True, c < 0, b < 0
    if (abs(a), abs(b), abs(c), abs(d)) == (1, 0, 0, 1):
        return False, a < 0, d < 0
    return False, False, False


def upright(pixels: Luma, turn: tuple[bool, bool, bool]) -> Luma:
    """The pixels turned as ``turn_of`` says, C-contiguous."""
    transpose, mirror, flip = turn
    if transpose:
        pixels = pixels.T
    if mirror:
        pixels = pixels[:, ::-1]
    if flip:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
