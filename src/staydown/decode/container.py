"""Opens a video file with FFmpeg, safely: nothing but the given bytes is ever read."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import av
import av.logging
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from staydown.decode.guard import plain_errors
from staydown.errors import NoPictureError, UnsupportedFormatError

Luma = npt.NDArray[np.uint8]
Source = bytes | bytearray | memoryview | BinaryIO

_READ_BYTES = 1 << 18
_VIDEO = (
    "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,live_flv,asf,ogg,rm,nut,mxf,gxf,wtv,dv,"
    "ivf,obu,h264,hevc,vvc,m4v,mjpeg,yuv4mpegpipe,vc1,h261,h263,cavsvideo,dirac,nsv,swf,roq,smk,"
    "bink,flic,film_cpk,4xm,gif,apng"
)
_SOUND = "mp3,flac,wav,w64,aac,ac3,eac3,aiff,amr,ape,wv,tta,caf,au,mpc,mpc8,dts,truehd"
_OPTIONS = {"format_whitelist": f"{_VIDEO},{_SOUND}", "protocol_whitelist": "none"}
"""Only these demuxers run; playlists, image lists, text and capture devices are not among them.
Sound is opened to be told apart from damage."""

_PROBING: Any = [{"skip_frame": "all"}] * 16
"""Without this FFmpeg decodes a first frame (14 ms at 1080p) to learn what MP4, MOV, Matroska and
WebM say in their headers. Other containers need it."""

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
        source: bytes, or a seekable binary file.

    Raises:
        DecodeError: FFmpeg cannot open it, or it is of a kind that is not read.
        NoPictureError: no picture inside.
    """
    file = io.BytesIO(source) if isinstance(source, bytes | bytearray | memoryview) else source
    av.logging.set_level(None)
    with plain_errors("video"):
        container = av.open(
            _Reader(file),
            "r",
            container_options=_OPTIONS,
            stream_options=_PROBING if _has_full_headers(file) else None,
            buffer_size=_READ_BYTES,
            io_open=_refuse,
        )
    with container:
        stream, is_cover = _picture_stream(container)
        yield OpenVideo(container, stream, is_cover)


def _has_full_headers(file: BinaryIO) -> bool:
    head = file.read(8)
    file.seek(0)
    return head[4:] == b"ftyp" or head[:4] == b"\x1a\x45\xdf\xa3"


def _refuse(*_: object) -> None:
    """Called where a file names another file or an address."""
    raise UnsupportedFormatError("the file points to other files; give the video file itself")


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
    raw = bytes(cast("bytes", data))
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
