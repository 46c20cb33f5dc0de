"""Pictures drawn by code: rectangles and discs on a gradient, rich in points, another each seed."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def drawn_image(seed: int, *, width: int = 480, height: int = 360) -> Image.Image:
    rng = np.random.default_rng(seed)
    ramp = np.linspace(rng.integers(0, 120), rng.integers(130, 255), width)
    base = np.repeat(ramp[None, :], height, axis=0).astype(np.uint8)
    image = Image.fromarray(base).convert("RGB")
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        w, h = int(rng.integers(8, width // 4)), int(rng.integers(8, height // 4))
        colour = tuple(int(c) for c in rng.integers(0, 256, 3))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, x + w, y + h), fill=colour)
    return image.filter(ImageFilter.GaussianBlur(0.8))


def drawn_photo(seed: int, *, width: int = 480, height: int = 360, form: str = "PNG") -> bytes:
    file = io.BytesIO()
    drawn_image(seed, width=width, height=height).save(file, form)
    return file.getvalue()
