"""Which files say by their name that they are a picture or a video.

What a file *is* its bytes tell (``decode.sniffing``). Its name counts for one thing alone: a file
of a folder that cannot be read is nobody's concern if it is called ``notes.txt``, and is reported
if it is called ``photo.jpg``.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

_PICTURES: Final = "jpg jpeg jpe jfif png apng gif webp avif avifs heic heif tif tiff bmp dib"
# Not ts, which is a program's text as often as a stream.
_VIDEOS: Final = "mp4 m4v mov qt mkv webm avi wmv asf flv ogv mpg mpeg m2v mts m2ts 3gp 3g2 vob"
MEDIA_SUFFIXES: Final = frozenset(f".{name}" for name in f"{_PICTURES} {_VIDEOS}".split())
"""Endings of the formats that are read here, in small letters."""


def is_named_as_media(name: str) -> bool:
    """Whether a file's name ends as those of pictures and videos do; large and small are the same.

    Args:
        name: of a file, with or without the way to it.
    """
    return PurePath(name).suffix.lower() in MEDIA_SUFFIXES
