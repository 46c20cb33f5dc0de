"""Pictures drawn by code and written in every format, for tests."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()


def scene(width: int = 96, height: int = 64, *, seed: int = 0) -> Image.Image:
    """A smooth colour picture whose four corners differ, so that turns show."""
    x = np.linspace(0, 1, width)[None, :] * np.ones((height, 1))
    y = np.linspace(0, 1, height)[:, None] * np.ones((1, width))
    waves = 20 * np.sin(7 * x + seed) * np.cos(5 * y - seed)
    red, green, blue = 230 * x * (1 - y) + 20, 120 * y + 90 + waves, 200 * (1 - x) * y + 30
    return Image.fromarray(np.stack([red, green, blue], -1).clip(0, 255).astype(np.uint8))


def encode(image: Image.Image, format_: str, **options: Any) -> bytes:
    """The bytes of a picture in a format of Pillow's."""
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def exif(orientation: int) -> bytes:
    """An EXIF block that holds nothing but an orientation."""
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def animation(format_: str, frames: int = 5, *, duration: int = 40, **options: Any) -> bytes:
    """A moving picture of drawn scenes."""
    pictures = [scene(48, 32, seed=number) for number in range(frames)]
    return encode(
        pictures[0],
        format_,
        save_all=True,
        append_images=pictures[1:],
        duration=duration,
        **options,
    )


class Written(Mapping[str, bytes]):
    """Files by their names, each written when it is asked for first: many runs ask for none.

    Args:
        makers: what writes each of them.
    """

    def __init__(self, makers: Mapping[str, Callable[[], bytes]]) -> None:
        self._makers = makers
        self._files: dict[str, bytes] = {}

    def __getitem__(self, name: str) -> bytes:
        if name not in self._files:
            self._files[name] = self._makers[name]()
        return self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


STILLS = Written(
    {
        "jpeg": lambda: encode(scene(), "JPEG", quality=90),
        "progressive": lambda: encode(scene(), "JPEG", progressive=True),
        "grey jpeg": lambda: encode(scene().convert("L"), "JPEG"),
        "cmyk jpeg": lambda: encode(scene().convert("CMYK"), "JPEG"),
        "png": lambda: encode(scene(), "PNG"),
        "palette png": lambda: encode(scene().convert("P"), "PNG"),
        "alpha png": lambda: encode(scene().convert("RGBA"), "PNG"),
        "gif": lambda: encode(scene(), "GIF"),
        "webp": lambda: encode(scene(), "WEBP"),
        "lossless webp": lambda: encode(scene(), "WEBP", lossless=True),
        "avif": lambda: encode(scene(), "AVIF"),
        "heif": lambda: encode(scene(), "HEIF"),
        "tiff": lambda: encode(scene(), "TIFF"),
        "lzw tiff": lambda: encode(scene(), "TIFF", compression="tiff_lzw"),
        "bmp": lambda: encode(scene(), "BMP"),
    }
)
"""One still picture of every format and of the kinds that decoders treat differently."""

MOVING = Written(
    {
        "gif": lambda: animation("GIF"),
        "webp": lambda: animation("WEBP"),
        "apng": lambda: animation("PNG"),
        "avif": lambda: animation("AVIF"),
    }
)
"""One animated picture of every format that can be one."""
