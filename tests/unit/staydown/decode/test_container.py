from __future__ import annotations

import io
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clips import encode, sound, still
from staydown.decode.container import open_video, turn_of, upright
from staydown.errors import DecodeError, NoPictureError

ONE = 1 << 16


def with_matrix(a: int, b: int, c: int, d: int) -> bytes:
    """A clip whose display matrix is written by hand into the track header."""
    data = bytearray(encode(still(1, 2)))
    identity = struct.pack(">9i", ONE, 0, 0, 0, ONE, 0, 0, 0, ONE << 14)
    at = data.index(identity, data.index(b"tkhd"))
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, ONE << 14)
    return bytes(data)


def first_frame(data: bytes) -> av.VideoFrame:
    with open_video(data) as video:
        return next(video.container.decode(video.stream))


@pytest.mark.parametrize(
    ("matrix", "want"),
    [
        ((ONE, 0, 0, ONE), lambda p: p),
        ((-ONE, 0, 0, ONE), np.fliplr),
        ((ONE, 0, 0, -ONE), np.flipud),
        ((-ONE, 0, 0, -ONE), lambda p: np.rot90(p, 2)),
        ((0, ONE, -ONE, 0), lambda p: np.rot90(p, -1)),
        ((0, -ONE, ONE, 0), np.rot90),
        ((0, ONE, ONE, 0), np.transpose),
        ((0, -ONE, -ONE, 0), lambda p: np.rot90(p, 2).T),
    ],
)
def test_all_eight_display_matrices(matrix, want) -> None:
    frame = first_frame(with_matrix(*matrix))
    pixels = frame.reformat(format="gray").to_ndarray()
    assert np.array_equal(upright(pixels, turn_of(frame)), want(pixels))


def test_a_matrix_that_is_no_quarter_turn_is_left_out() -> None:
    half = int(ONE * 0.7071)
    assert turn_of(first_frame(with_matrix(half, half, -half, half))) == (False, False, False)


@given(st.booleans(), st.booleans(), st.booleans())
def test_upright_gives_rows_in_one_piece(transpose, mirror, flip) -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    out = upright(pixels, (transpose, mirror, flip))
    assert out.flags.c_contiguous
    assert sorted(out.ravel()) == list(range(12))


def test_the_cover_of_a_sound_file_is_its_picture() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="flac") as container:
        container.mux(_silence(container.add_stream("flac", rate=8000, layout="mono")))
    bare = out.getvalue()
    with pytest.raises(NoPictureError), open_video(bare):
        pass
    with open_video(_with_cover(bare)) as video:
        assert video.is_cover
        assert next(video.container.decode(video.stream)).width == 64


def _silence(stream) -> list:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 4608), np.int16), format="s16", layout="mono")
    frame.rate, frame.pts = 8000, 0
    return [*stream.encode(frame), *stream.encode()]


def _with_cover(flac: bytes) -> bytes:
    """Put a PNG into a FLAC file as its front cover, before the last metadata block."""
    png = _png()
    body = struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">IIIII", 0, 64, 64, 24, 0)
    body += struct.pack(">I", len(png)) + png
    first = 4 + 4 + int.from_bytes(flac[5:8], "big")
    return flac[:first] + bytes([6]) + len(body).to_bytes(3, "big") + body + flac[first:]


def _png() -> bytes:
    context = av.CodecContext.create("png", "w")
    context.width = context.height = 64
    context.pix_fmt = "gray"
    context.time_base = Fraction(1)
    frame = av.VideoFrame.from_ndarray(still(2, 1, width=64, height=64)[0], format="gray")
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode()])


def test_sound_alone_has_no_picture() -> None:
    with pytest.raises(NoPictureError), open_video(sound()):
        pass


def test_what_is_no_video_is_a_decode_error() -> None:
    with pytest.raises(DecodeError), open_video(b"\x89PNG\r\n\x1a\n" + bytes(100)):
        pass


def test_a_picture_is_no_video_although_ffmpeg_could_open_it() -> None:
    with pytest.raises(DecodeError), open_video(_png()):
        pass


def test_errors_of_the_caller_pass_through() -> None:
    with pytest.raises(ZeroDivisionError), open_video(encode(still(3, 2))):
        _ = 1 / 0
