"""The pictures of tests/vectors, drawn by whole numbers so that every language draws the same.

js/tests/drawn.js and kernel/native.c draw them too. ``python tests/vector_pictures.py`` writes
tests/vectors/kernel.json anew after the kernel changed on purpose.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

VECTORS = Path(__file__).parent / "vectors" / "kernel.json"
SHAPES = [
    (500, 375, 1, 1),
    (640, 480, 3, 2),
    (384, 384, 4, 3),
    (333, 250, 3, 4),
    (120, 90, 3, 5),
    (767, 1021, 1, 6),
    (64, 64, 3, 7),
    (63, 65, 1, 8),
    (7, 400, 3, 9),
    (3, 2, 3, 10),
]


def drawn(width: int, height: int, channels: int, seed: int) -> npt.NDArray[np.uint8]:
    """A ramp under eighty rectangles; shape (h, w) for one channel, else (h, w, channels)."""
    y, x, c = np.meshgrid(
        np.arange(height), np.arange(width), np.arange(channels), indexing="ij", sparse=True
    )
    pixels = ((x * 3 + y * 2 + c * 40) & 255).astype(np.uint8)
    state = seed

    def step() -> int:
        nonlocal state
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        return state

    for _ in range(80):
        left, top = (step() >> 8) % width, (step() >> 8) % height
        right = left + 4 + (step() >> 8) % (width // 5 + 1)
        bottom = top + 4 + (step() >> 8) % (height // 5 + 1)
        colour = step()
        pixels[top:bottom, left:right] = [colour >> 8 * i & 255 for i in range(channels)]
    return pixels[:, :, 0].copy() if channels == 1 else pixels


def write_vectors() -> None:
    from staydown.fingerprinting import pdq, windows

    pictures = []
    for width, height, channels, seed in SHAPES:
        pixels = drawn(width, height, channels, seed)
        hash_bytes, quality = pdq(pixels)
        row = {"width": width, "height": height, "channels": channels, "seed": seed}
        row |= {"pdq": hash_bytes.hex(), "quality": quality}
        pictures.append(row | {"windows": windows(pixels).to_bytes().hex()})
    VECTORS.write_text(json.dumps({"pictures": pictures}, indent=1) + "\n")


if __name__ == "__main__":
    write_vectors()
