"""Whether bytes begin like a photo or video. Generous: what is none costs one question more."""

from __future__ import annotations

from typing import Final

SNIFF_BYTES: Final = 512

_STARTS: Final = (
    b"\xff\xd8",  # JPEG
    b"\x89PNG",
    b"\x8aMNG",
    b"GIF8",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",  # TIFF, and raw photos made like it
    b"8BPS",
    b"\0\0\x01\0",  # ICO
    b"\0\0\0\x0cjP  ",
    b"\xff\x4f\xff\x51",  # JPEG 2000
    b"\xff\x0a",
    b"\0\0\0\x0cJXL ",  # JPEG XL
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"FLV\x01",
    b"OggS",
    b"0&\xb2u\x8ef\xcf\x11",  # ASF, WMV
    b"\0\0\x01\xba",
    b"\0\0\x01\xb3",  # MPEG
)
_BOXES: Final = frozenset((b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))
_RIFF: Final = frozenset((b"WEBP", b"AVI ", b"AVIX"))
_BMP_HEADERS: Final = frozenset((12, 16, 40, 52, 56, 64, 108, 124))
_TS_PACKETS: Final = ((0, 188), (4, 192))


def begins_like_media(head: bytes) -> bool:
    """Whether a file may be a photo or video.

    Args:
        head: its first ``SNIFF_BYTES`` bytes, or all where it is shorter.
    """
    if head.startswith(_STARTS) or head[4:8] in _BOXES:
        return True
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return True
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return True
    return any(_is_packed(head[first::step]) for first, step in _TS_PACKETS)


def is_said_to_be_media(content_type: str) -> bool:
    """Whether a content type says so."""
    return content_type.strip().lower().startswith(("image/", "video/"))


def is_wanted(head: bytes, content_type: str, *, is_file: bool, is_every_file: bool) -> bool:
    """Whether the service is asked about a part of a form.

    Args:
        head: its first ``SNIFF_BYTES`` bytes.
        content_type: as it says itself.
        is_file: whether it came as a file.
        is_every_file: whether all files are asked about.
    """
    if (is_file and is_every_file) or is_said_to_be_media(content_type):
        return True
    return begins_like_media(head)


def _is_packed(marks: bytes) -> bool:
    """Whether the packets of a transport stream begin where they should."""
    return len(marks) >= 2 and set(marks) == {0x47}
