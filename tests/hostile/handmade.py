"""Hostile files that are built and not merely damaged: bombs, loops, nests, liars, polyglots."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from encoded import encode, scene

Maker = Callable[[], bytes]


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG chunk with its right checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *extra: bytes, rows: int = 1, depth: int = 8) -> bytes:
    """A PNG that says one size and holds a few rows of it."""
    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    body = zlib.compress(bytes(1 + min(width * depth // 8, 100_000)) * rows)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(extra)
    return start + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def patched(data: bytes, at: int, new: bytes) -> bytes:
    """The same bytes with some replaced."""
    return data[:at] + new + data[at + len(new) :]


def jpeg_of_size(width: int, height: int, *, progressive: bool = False) -> bytes:
    """A JPEG whose frame header lies about its size."""
    data = encode(scene(64, 64), "JPEG", progressive=progressive)
    at = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    return patched(data, at + 5, struct.pack(">HH", height, width))


def many_scans(scans: int) -> bytes:
    """A large progressive JPEG that repeats its first scan: each costs a pass over all blocks."""
    data = encode(Image.new("L", (4000, 4000)), "JPEG", progressive=True)
    first = data.index(b"\xff\xda")
    second = data.index(b"\xff\xda", first + 2)
    return data[:first] + data[first:second] * scans + data[second:]


def gif_frames(frames: int, side: int = 1, screen: int = 1) -> bytes:
    """A GIF of very many frames."""
    head = b"GIF89a" + struct.pack("<HHBBB", screen, screen, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = (
        b"!\xf9\x04\0\0\0\0\0," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x02D\x01\0"
    )
    return head + frame * frames + b";"


def tiff(entries: list[tuple[int, int, int, int]], next_ifd: int = 0, tail: bytes = b"") -> bytes:
    """A little-endian TIFF of one directory."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (
        b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", next_ifd) + tail
    )


def tiff_of_size(width: int, height: int) -> bytes:
    """A TIFF that says one size and holds nothing of it."""
    return tiff(
        [
            (256, 4, 1, width),
            (257, 4, 1, height),
            (258, 3, 1, 8),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (273, 4, 1, 8),
            (277, 3, 1, 1),
            (278, 4, 1, height),
            (279, 4, 1, 64),
        ]
    )


def box(name: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    """An atom of ISO media files, with its right size or another."""
    return struct.pack(">I", len(body) + 8 if size is None else size) + name + body


def nest(name: bytes, depth: int) -> bytes:
    """Atoms within atoms."""
    body = b""
    for level in range(depth):
        body = struct.pack(">I", 8 * (level + 1)) + name + body
    return body


FTYP = {
    "mp4": box(b"ftyp", b"isom\0\0\2\0isomiso2mp41"),
    "avif": box(b"ftyp", b"avif\0\0\0\0avifmif1miaf"),
    "heic": box(b"ftyp", b"heic\0\0\0\0mif1heic"),
}


def deep(brand: str, name: bytes, depth: int) -> bytes:
    """A file of one brand that is a nest of atoms."""
    return FTYP[brand] + nest(name, depth)


def with_ispe(data: bytes, side: int) -> bytes:
    """An AVIF or HEIC file whose picture says another size."""
    at = data.index(b"ispe") + 8
    return patched(data, at, struct.pack(">II", side, side))


def zip_of(data: bytes) -> bytes:
    """A ZIP archive with one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("inside.txt", data)
    return out.getvalue()


def jpeg_segments(marker: int, body: bytes, count: int) -> bytes:
    """A JPEG with many more segments than usual."""
    data = encode(scene(), "JPEG")
    segment = struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
    return data[:2] + segment * count + data[2:]


def exif_loop() -> bytes:
    """An EXIF block whose directory names itself as the next and as its sub-directory."""
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 8)


def _pictures() -> dict[str, Maker]:
    zeros = zlib.compress(bytes(60_000_000), 9)
    text = b"comment\0\0" + zeros
    return {
        "50000.png": lambda: png(50_000, 50_000),
        "max.png": lambda: png(2**31 - 1, 2**31 - 1),
        "zero.png": lambda: png(0, 10),
        "thin.png": lambda: png(100_000_000, 1),
        "tall.png": lambda: png(1, 30_000_000),
        "bomb-10000.png": lambda: png(10_000, 10_000, rows=10_000),
        "bomb-30000.png": lambda: png(30_000, 30_000, rows=30_000),
        "text-bomb.png": lambda: png(8, 8, chunk(b"zTXt", text)),
        "text-bombs.png": lambda: png(8, 8, chunk(b"zTXt", text) * 20),
        "itxt-bomb.png": lambda: png(8, 8, chunk(b"iTXt", b"c\0\1\0\0\0" + zeros)),
        "profile-bomb.png": lambda: png(8, 8, chunk(b"iCCP", b"p\0\0" + zeros)),
        "many-texts.png": lambda: png(8, 8, chunk(b"tEXt", b"a\0b") * 50_000),
        "many-frames.png": lambda: png(8, 8, chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))),
        "exif-loop.png": lambda: png(8, 8, chunk(b"eXIf", exif_loop()[6:])),
        "long-chunk.png": lambda: b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31 - 1) + b"IHDR",
        "65500.jpg": lambda: jpeg_of_size(65_500, 65_500),
        "50000.jpg": lambda: jpeg_of_size(50_000, 50_000),
        "50000-progressive.jpg": lambda: jpeg_of_size(50_000, 50_000, progressive=True),
        "10000-progressive.jpg": lambda: jpeg_of_size(10_000, 10_000, progressive=True),
        "zero.jpg": lambda: jpeg_of_size(0, 0),
        "many-scans.jpg": lambda: many_scans(400),
        "many-comments.jpg": lambda: jpeg_segments(0xFE, b"x", 50_000),
        "huge-exif.jpg": lambda: jpeg_segments(0xE1, b"Exif\0\0II*\0" + b"\xff" * 65_000, 40),
        "exif-loop.jpg": lambda: jpeg_segments(0xE1, exif_loop(), 1),
        "huge-profile.jpg": lambda: jpeg_segments(0xE2, b"ICC_PROFILE\0\1\1" + bytes(65_000), 60),
        "mpf.jpg": lambda: jpeg_segments(0xE2, b"MPF\0" + exif_loop()[6:], 1),
        "50000.gif": lambda: gif_frames(1, screen=50_000),
        "65535-frame.gif": lambda: gif_frames(3, side=65_535, screen=10),
        "endless.gif": lambda: gif_frames(300_000),
        "large-and-long.gif": lambda: gif_frames(2_000, side=4_000, screen=4_000),
        "unterminated.gif": lambda: gif_frames(2)[:-1] + b"!\xff\xff" + b"\xff" * 70_000,
        "50000.bmp": lambda: patched(
            encode(scene(), "BMP"), 18, struct.pack("<ii", 50_000, 50_000)
        ),
        "negative.bmp": lambda: patched(encode(scene(), "BMP"), 18, struct.pack("<ii", -9, -9)),
        "rle.bmp": lambda: patched(encode(scene().convert("P"), "BMP"), 30, struct.pack("<I", 1)),
        "50000.tif": lambda: tiff_of_size(50_000, 50_000),
        "max.tif": lambda: tiff_of_size(2**32 - 1, 2**32 - 1),
        "loop.tif": lambda: tiff([(256, 4, 1, 8), (257, 4, 1, 8)], next_ifd=8),
        "sub-loop.tif": lambda: tiff([(330, 4, 1, 8), (34665, 4, 1, 8)], next_ifd=8),
        "huge-count.tif": lambda: tiff([(273, 4, 2**32 - 1, 8), (256, 4, 2**31, 8)]),
        "far.tif": lambda: b"II*\0" + struct.pack("<I", 2**32 - 1),
        "65535-tags.tif": lambda: tiff([(300, 4, 1000, 8)] * 65_535),
        "50000.webp": lambda: (
            b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0"
            + struct.pack("<I", 49_999)[:3] * 2
            + b"ANIM\x06\0\0\0"
            + bytes(6)
        ),
        "16383.webp": lambda: encode(
            Image.new("L", (16_383, 16_383)), "WEBP", lossless=True, method=0, quality=0
        ),
        "riff-size.webp": lambda: patched(encode(scene(), "WEBP"), 4, b"\xff\xff\xff\xff"),
        "50000.avif": lambda: with_ispe(encode(scene(), "AVIF"), 50_000),
        "max.avif": lambda: with_ispe(encode(scene(), "AVIF"), 2**32 - 1),
        "50000.heic": lambda: with_ispe(encode(scene(), "HEIF"), 50_000),
        "max.heic": lambda: with_ispe(encode(scene(), "HEIF"), 2**32 - 1),
    }


def _containers() -> dict[str, Maker]:
    moov, stsz = b"moov", struct.pack(">III", 0, 0, 2**32 - 1)
    made: dict[str, Maker] = {}
    for brand in FTYP:
        for name in (moov, b"meta", b"trak", b"iprp", b"udta"):
            made[f"nest-{name.decode()}.{brand}"] = lambda b=brand, n=name: deep(b, n, 20_000)
        made[f"bare.{brand}"] = lambda b=brand: FTYP[b]
        made[f"endless-size.{brand}"] = lambda b=brand: FTYP[b] + box(b"meta", b"", 2**32 - 1)
        made[f"zero-size.{brand}"] = lambda b=brand: FTYP[b] + box(moov, b"", 0) * 9
        made[f"long-size.{brand}"] = lambda b=brand: (
            FTYP[b] + box(moov, struct.pack(">Q", 2**64 - 1), 1)
        )
        made[f"many.{brand}"] = lambda b=brand: FTYP[b] + box(b"free") * 100_000
    made["samples.mp4"] = lambda: (
        FTYP["mp4"]
        + box(moov, box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", box(b"stsz", stsz))))))
    )
    made["nest.mkv"] = lambda: (
        b"\x1aE\xdf\xa3\x80" + b"\x18S\x80g\x01\xff\xff\xff\xff\xff\xff\xff" * 9_000
    )
    made["endless.mkv"] = lambda: b"\x1aE\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff" + bytes(9_000)
    made["lists.avi"] = lambda: b"RIFF\xff\xff\xff\xffAVI " + b"LIST\xff\xff\xff\xffhdrl" * 9_000
    made["50000.y4m"] = lambda: (
        b"YUV4MPEG2 W50000 H50000 F25:1 Ip A1:1 C420\nFRAME\n" + bytes(9_000)
    )
    made["sync.ts"] = lambda: (b"G" + b"\xff" * 187) * 2_000
    made["zeros.ts"] = lambda: (b"G" + bytes(187)) * 2_000
    made["tags.flv"] = lambda: (
        b"FLV\x01\x05\0\0\0\x09" + (bytes(4) + b"\x09\xff\xff\xff" + bytes(7)) * 900
    )
    return made


def _liars() -> dict[str, Maker]:
    photo = encode(scene(), "JPEG")
    script = b"GIF89a/*" + bytes(40) + b"*/=1;alert(1)//"
    return {
        "empty.jpg": lambda: b"",
        "byte.png": lambda: b"\x89",
        "zeros.gif": lambda: bytes(100_000),
        "ones.webp": lambda: b"\xff" * 100_000,
        "noise.mp4": lambda: np.random.default_rng(3).bytes(100_000),
        "text.jpg": lambda: b"just some words\n" * 900,
        "page.png": lambda: b"<!doctype html><script>alert(1)</script>" * 90,
        "drawing.jpg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        "entities.jpg": lambda: b'<!DOCTYPE a [<!ENTITY b "bb">]><svg>&b;</svg>',
        "document.jpg": lambda: b"%PDF-1.7\n" + photo,
        "program.png": lambda: b"\x7fELF\2\1\1" + bytes(9_000),
        "archive.jpg": lambda: zip_of(bytes(100_000)),
        "script.gif": lambda: script,
        "picture-and-archive.jpg": lambda: photo + zip_of(b"x"),
        "archive-and-picture.zip": lambda: zip_of(b"x") + photo,
        "picture-in-movie.jpg": lambda: FTYP["mp4"] + box(b"free", photo),
        "movie-in-picture.jpg": lambda: photo + FTYP["mp4"],
        "gif-in-png.gif": lambda: encode(scene(), "PNG") + gif_frames(4),
        "png-called.jpg": lambda: encode(scene(), "PNG"),
        "jpeg-called.mp4": lambda: photo,
        "playlist.mp4": lambda: (
            b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n"
        ),
        "master.mp4": lambda: (
            b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://127.0.0.1:9/a.m3u8\n"
        ),
        "concat.mp4": lambda: b"ffconcat version 1.0\nfile /etc/passwd\n",
        "session.mp4": lambda: b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 9 RTP/AVP 96\n",
        "manifest.mp4": lambda: (
            b'<?xml version="1.0"?><MPD type="static"><BaseURL>/etc/</BaseURL></MPD>'
        ),
        "screen.ans": lambda: b"\x1b[31mtext drawn as a video\x1b[0m\n" * 500,
        "pipe.ppm": lambda: b"P6 50000 50000 255\n" + bytes(900),
        "layers.psd": lambda: (
            b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 30_000, 30_000, 8, 3)
        ),
        "vector.eps": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run\n",
        "icon.ico": lambda: b"\0\0\1\0\xff\xff" + bytes(9_000),
        "photo.jxl": lambda: b"\xff\x0a" + bytes(900),
        "photo.jp2": lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(900),
    }


def handmade() -> dict[str, Maker]:
    """Name to a function that makes the bytes."""
    return {**_pictures(), **_containers(), **_liars()}
