"""Pictures that other programs decode wrongly, made of one benign photo."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

import staydown

MEDIA = Path(staydown.__file__).parent / "demo_media"
BRIDGE = (MEDIA / "bridge.jpg").read_bytes()
COFFEE = (MEDIA / "coffee.jpg").read_bytes()
VIDEO = (MEDIA / "pan.mp4").read_bytes()


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    with io.BytesIO() as file:
        picture.save(file, kind, **options)
        return file.getvalue()


def bridge() -> Image.Image:
    with Image.open(io.BytesIO(BRIDGE)) as opened:
        return opened.convert("RGB")


def palette_png() -> bytes:
    """With a palette of its own, shuffled so that numbers say nothing about brightness."""
    few = bridge().quantize(200)
    order = sorted(range(200), key=lambda n: (n * 77) % 200)
    return saved(few.remap_palette(order), "PNG")


def palette_with_alpha_png() -> bytes:
    few = bridge().quantize(200)
    return saved(few, "PNG", transparency=bytes([255] * 200))


def cmyk_jpeg() -> bytes:
    return saved(bridge().convert("CMYK"), "JPEG", quality=95)


def turned_jpeg() -> bytes:
    """Stored on its side; EXIF says how to turn it."""
    stored = bridge().transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise by 90 degrees to see it upright
    return saved(stored, "JPEG", quality=95, exif=exif)


def sixteen_bit_png() -> bytes:
    grey = bridge().convert("L")
    return saved(grey.convert("I").point(lambda v: v * 257).convert("I;16"), "PNG")


def animation() -> bytes:
    with Image.open(io.BytesIO(COFFEE)) as opened:
        second = opened.convert("RGB").resize(bridge().size)
    return saved(bridge(), "GIF", save_all=True, append_images=[second], duration=200)


def plain_png(grey: int = 128) -> bytes:
    """One colour: its hash is like that of every other picture of one colour."""
    return saved(Image.new("RGB", (256, 256), (grey, grey, grey)), "PNG")
