"""Small pictures for reports."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from staydown.decode.pixels import Pixels

BLURRED_SIDE = 24
"""Longer side of a blurred thumbnail; too small to recognise a person or a scene by."""

SHARP_SIDE = 240
"""Longer side of a thumbnail that is shown on a click."""

_BLUR_RADIUS = 1.0


def thumbnail(pixels: Pixels, *, sharp: bool, side: int = 0) -> Pixels:
    """A small copy of a picture.

    Args:
        pixels: uint8, (h, w) or (h, w, 3).
        sharp: True keeps what is needed to recognise it, False gives a grey blur.
        side: longer side of a sharp one, in pixels; 0 for ``SHARP_SIDE``.

    Returns:
        uint8, C-contiguous, longer side at most ``side`` or ``BLURRED_SIDE``.
    """
    image = Image.fromarray(pixels)
    if not sharp:
        image = image.convert("L")
    longest = (side or SHARP_SIDE) if sharp else BLURRED_SIDE
    share = min(1.0, longest / max(image.size))
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    image = image.resize(size, Image.Resampling.BOX)
    if not sharp:
        image = image.filter(ImageFilter.GaussianBlur(_BLUR_RADIUS))
    return np.ascontiguousarray(np.asarray(image))
