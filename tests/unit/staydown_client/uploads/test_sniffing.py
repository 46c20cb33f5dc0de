"""What begins like a photo or video is one to the client wherever it is one to the library."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media_files import CLIP, PHOTOS
from staydown.decode.sniffing import Format, sniff
from staydown_client.uploads.sniffing import SNIFF_BYTES, begins_like_media, is_wanted

STARTS = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"RIFF", b"WEBP", b"BM"]
STARTS += [b"ftyp", b"moov", b"avif", b"heic", b"\x1aE\xdf\xa3", b"G" + bytes(187), b"OggS"]
HEADS = st.lists(st.sampled_from(STARTS) | st.binary(max_size=5), max_size=6).map(b"".join)


@given(HEADS)
def test_nothing_that_the_library_knows_is_missed(head: bytes) -> None:
    if sniff(head) is not Format.UNKNOWN:
        assert begins_like_media(head[:SNIFF_BYTES])


@pytest.mark.parametrize("path", [*PHOTOS, CLIP], ids=lambda path: path.name)
def test_real_files_are_known(path: Path) -> None:
    assert begins_like_media(path.read_bytes()[:SNIFF_BYTES])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "ICO", "AVIF"])
def test_every_kind_that_pillow_writes_is_known(kind: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(out, kind)
    assert begins_like_media(out.getvalue()[:SNIFF_BYTES])


@pytest.mark.parametrize(
    "head", [b"", b"{", b"words", b"%PDF-1.7", b"PK\x03\x04", b"<svg", b"ID3\x04", b"BM is a word"]
)
def test_other_things_are_not(head: bytes) -> None:
    assert not begins_like_media(head)


def test_what_says_that_it_is_a_picture_is_asked_about() -> None:
    assert is_wanted(b"<svg", " Image/SVG+xml", is_file=True, is_every_file=False)
    assert not is_wanted(b"%PDF", "application/pdf", is_file=True, is_every_file=False)
    assert is_wanted(b"%PDF", "application/pdf", is_file=True, is_every_file=True)
    assert not is_wanted(b"words", "", is_file=False, is_every_file=True)
