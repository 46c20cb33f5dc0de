"""What a file is, by its first bytes; names and extensions are never looked at."""

from __future__ import annotations

from enum import StrEnum

Buffer = bytes | bytearray | memoryview

SNIFF_BYTES = 512
"""As many bytes from the start as ``sniff`` looks at."""


class Format(StrEnum):
    """The kinds of file that are told apart."""

    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    WEBP = "webp"
    AVIF = "avif"
    HEIF = "heif"
    TIFF = "tiff"
    BMP = "bmp"
    VIDEO = "video"
    UNKNOWN = "unknown"


PHOTO_FORMATS = frozenset(Format) - {Format.VIDEO, Format.UNKNOWN}
"""Formats that hold pictures; some of them may be animated."""

_STARTS: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
    (b"II+\0", Format.TIFF),
    (b"MM\0+", Format.TIFF),
    (b"\x1aE\xdf\xa3", Format.VIDEO),  # Matroska, WebM
    (b"FLV\x01", Format.VIDEO),
    (b"OggS", Format.VIDEO),
    (b"0&\xb2u\x8ef\xcf\x11", Format.VIDEO),  # ASF, WMV
    (b"\0\0\x01\xba", Format.VIDEO),  # MPEG program stream
    (b"\0\0\x01\xb3", Format.VIDEO),  # MPEG video
)
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_HEIF_BRANDS = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
)
_MOVIE_ATOMS = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))
_BMP_HEADERS = frozenset((12, 16, 40, 52, 56, 64, 108, 124))
_TS_PACKET, _M2TS_PACKET = 188, 192


def sniff(data: Buffer) -> Format:
    """The format of a file, by its first ``SNIFF_BYTES`` bytes.

    Args:
        data: the file, or its start.

    Returns:
        The format; ``UNKNOWN`` where no rule fits. A video may still be behind ``UNKNOWN``.
    """
    head = bytes(data[:SNIFF_BYTES])
    for start, format_ in _STARTS:
        if head.startswith(start):
            return format_
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], Format.UNKNOWN)
    if head[4:8] == b"ftyp":
        return _sniff_brands(head)
    if head[4:8] in _MOVIE_ATOMS or _is_transport_stream(head):
        return Format.VIDEO
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return Format.BMP
    return Format.UNKNOWN


_RIFF = {b"WEBP": Format.WEBP, b"AVI ": Format.VIDEO, b"AVIX": Format.VIDEO}


def _sniff_brands(head: bytes) -> Format:
    """Tell AVIF, HEIF and movies apart; the major brand decides before the compatible ones."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return Format.AVIF
        if brand in _HEIF_BRANDS and not _AVIF_BRANDS.intersection(brands):
            return Format.HEIF
        if brand == head[8:12] and brand not in _HEIF_BRANDS:
            return Format.VIDEO
    return Format.VIDEO


def _is_transport_stream(head: bytes) -> bool:
    for first, step in ((0, _TS_PACKET), (4, _M2TS_PACKET)):
        marks = head[first::step]
        if len(marks) >= 2 and set(marks) == {0x47}:
            return True
    return False
