"""Pictures drawn by code that look natural: clouds, edges, grain; and edits of them."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from staydown.fingerprinting import photo_signals, sha256
from staydown.matching.views import View, view_of
from staydown.types import ContentKind, Fingerprint


@lru_cache(maxsize=64)
def natural_image(seed: int, *, width: int = 480, height: int = 360) -> Image.Image:
    rng = np.random.default_rng(seed)
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    falloff = np.maximum(np.hypot(fy, fx), 2 / max(width, height)) ** 1.4
    waves = rng.normal(size=falloff.shape) + 1j * rng.normal(size=falloff.shape)
    plane = np.fft.irfft2(waves / falloff, (height, width))
    image = Image.fromarray((128 + 45 * plane / plane.std()).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        w, h = int(rng.integers(6, width // 8)), int(rng.integers(6, height // 8))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, x + w, y + h), outline=int(rng.integers(0, 256)), width=3)
    grain = rng.normal(0, 4, (height, width))
    grey = np.asarray(image.filter(ImageFilter.GaussianBlur(0.7)), np.float64) + grain
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")


def saved(image: Image.Image, quality: int = 80) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def printed(image: Image.Image, *, points: int = 160) -> Fingerprint:
    pixels = np.ascontiguousarray(image.convert("RGB"))
    signals = photo_signals(pixels, max_points=points)
    return Fingerprint(ContentKind.PHOTO, (sha256(pixels.tobytes()), *signals))


def viewed(image: Image.Image) -> View:
    windows = printed(image).windows
    assert windows is not None
    return view_of(windows)


def cropped(image: Image.Image, share: float) -> Image.Image:
    w, h = image.size
    dx, dy = int(w * share / 2), int(h * share / 2)
    return image.crop((dx, dy, w - dx, h - dy))


def framed(image: Image.Image, *, seed: int = 99) -> Image.Image:
    """The picture in the middle of an app's screen that is the same for every picture."""
    screen = Image.new("RGB", (image.width, image.height * 2), "#f4f4f4")
    draw = ImageDraw.Draw(screen)
    rng = np.random.default_rng(seed)
    for top in (0, int(image.height * 1.5)):
        for _ in range(45):
            x, y = int(rng.integers(0, image.width)), int(rng.integers(0, image.height // 2 - 30))
            r = int(rng.integers(5, 25))
            grey = int(rng.integers(0, 160))
            box = (x, top + y, x + r, top + y + r)
            (draw.rectangle if rng.random() < 0.5 else draw.ellipse)(box, fill=(grey, grey, grey))
    screen.paste(image, (0, image.height // 2))
    return screen


def replaced(image: Image.Image, other: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The picture with an ellipse of another one in it."""
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return Image.composite(
        other.resize(image.size), image, mask.filter(ImageFilter.GaussianBlur(2))
    )


def placed(image: Image.Image, ground: Image.Image, share: float) -> Image.Image:
    out = ground.resize(image.size)
    small = image.resize((int(image.width * share), int(image.height * share)))
    out.paste(small, (int(image.width * 0.2), int(image.height * 0.3)))
    return out
