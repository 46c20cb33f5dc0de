from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoded import MOVING, STILLS
from media_files import CLIP
from staydown.decode.sniffing import PHOTO_FORMATS, Format, sniff

WANTED = {
    "jpeg": Format.JPEG,
    "png": Format.PNG,
    "apng": Format.PNG,
    "gif": Format.GIF,
    "webp": Format.WEBP,
    "avif": Format.AVIF,
    "heif": Format.HEIF,
    "tiff": Format.TIFF,
    "bmp": Format.BMP,
    "progressive": Format.JPEG,
}


@pytest.mark.parametrize("name", [*STILLS])
def test_stills_are_known_by_their_bytes(name: str) -> None:
    assert sniff(STILLS[name]) is WANTED[name.rsplit(" ", maxsplit=1)[-1]]


@pytest.mark.parametrize("name", [*MOVING])
def test_moving_pictures_are_known_by_their_bytes(name: str) -> None:
    assert sniff(MOVING[name]) is WANTED[name]


@pytest.mark.parametrize(
    "start",
    [
        CLIP.read_bytes(),
        b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
        b"\0\0\0\x08wide\0\0\0\0mdat",
        b"\x1aE\xdf\xa3 matroska",
        b"RIFF\0\0\0\0AVI LIST",
        b"FLV\x01\x05",
        b"OggS\0",
        b"\0\0\x01\xba!",
        (b"G" + bytes(187)) * 3,
        bytes(4) + (b"G" + bytes(191)) * 3,
    ],
)
def test_video_containers_are_known(start: bytes) -> None:
    assert sniff(start) is Format.VIDEO


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"BM" + bytes(60), b"<svg/>", b"RIFF\0\0\0\0WAVE"]
)
def test_other_bytes_are_unknown(data: bytes) -> None:
    assert sniff(data) is Format.UNKNOWN


def test_heif_with_avif_among_its_brands_is_avif() -> None:
    head = b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf"
    assert sniff(head) is Format.AVIF


def test_movie_that_names_heif_only_as_compatible_stays_a_movie() -> None:
    assert sniff(b"\0\0\0\x18ftypisom\0\0\0\0mif1avif") is Format.VIDEO


@given(st.binary(max_size=600))
def test_any_bytes_get_an_answer_from_any_buffer(data: bytes) -> None:
    assert sniff(memoryview(data)) is sniff(data)
    assert sniff(data[:512]) is sniff(data)


def test_photo_formats_leave_out_video() -> None:
    assert Format.VIDEO not in PHOTO_FORMATS
    assert Format.UNKNOWN not in PHOTO_FORMATS
