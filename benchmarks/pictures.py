"""Pictures drawn by code for benchmarks: as hard to decode as a photo, and free of people."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw


def drawn_photo(width: int, height: int, *, seed: int = 0) -> Image.Image:
    """A picture with the falling spectrum of natural scenes, some hard edges and sensor noise."""
    rng = np.random.default_rng(seed)
    scene = Image.fromarray(_clouds(rng, -(-width // 4), -(-height // 4)))
    scene = scene.resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(scene)
    for _ in range(120):
        x, y = rng.integers(0, width), rng.integers(0, height)
        w, h = rng.integers(width // 60, width // 6), rng.integers(height // 60, height // 6)
        colour = tuple(int(c) for c in rng.integers(0, 256, 3))
        draw.rectangle((int(x), int(y), int(x + w), int(y + h)), outline=colour, width=3)
    noise = rng.normal(0, 3.0, (height, width, 1)).astype(np.float32)
    pixels = np.asarray(scene, np.float32) + noise
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _clouds(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    falloff = np.maximum(np.hypot(fy, fx), 1 / max(width, height)) ** 1.3
    planes = []
    for _ in range(3):
        waves = rng.normal(size=falloff.shape) + 1j * rng.normal(size=falloff.shape)
        plane = np.fft.irfft2(waves / falloff, (height, width))
        planes.append(128 + 50 * plane / plane.std())
    return np.stack(planes, -1).clip(0, 255).astype(np.uint8)
