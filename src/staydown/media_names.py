"""Which files say by their name that they are a picture or a video.

What a file *is* its bytes tell (``decode.sniffing``). Its name counts for one thing alone: a file
of a folder that cannot be read is nobody's concern if it is called ``notes.txt``, and is reported
if it is called ``photo.jpg``.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

_PICTURES: Final = (
    "jpg jpeg jpe jfif png apng gif webp avif avifs heic heics heif heifs hif tif tiff bmp dib"
)
# Photos that are not read here, so that somebody has to convert them. Not drawings (svg, ico).
_FOREIGN: Final = (
    "jxl jp2 j2k jpx psd tga ppm pgm pbm pnm dds exr hdr "
    "dng cr2 cr3 nef arw orf rw2 raf srw pef raw"
)
# Not ts, which is a program's text as often as a stream.
_VIDEOS: Final = (
    "mp4 m4v mov qt mkv webm avi wmv asf flv f4v ogv ogm mpg mpeg m2v m2p mts m2ts "
    "3gp 3g2 vob mxf divx dv rm rmvb"
)
MEDIA_SUFFIXES: Final = frozenset(
    f".{name}" for name in f"{_PICTURES} {_FOREIGN} {_VIDEOS}".split()
)
"""Endings of the formats that are read here, and of some that are not, in small letters."""


def is_named_as_media(name: str) -> bool:
    """Whether a file's name ends as those of pictures and videos do; large and small are the same.

    What macOS lays beside a photo on other disks (``._photo.jpg``) is not called so.

    Args:
        name: of a file, with or without the way to it.
    """
    path = PurePath(name)
    return path.suffix.lower() in MEDIA_SUFFIXES and not path.name.startswith("._")


def is_expected(name: str, *, chosen: bool) -> bool:
    """Whether somebody expects media here: the caller who named it, or whoever gave it its name."""
    return chosen or is_named_as_media(name)
