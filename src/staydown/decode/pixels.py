"""A decoded picture as an array, by the one rule for pixels (ADR-0007)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from staydown.errors import ContentTooLargeError, UnsupportedFormatError

Pixels = npt.NDArray[np.uint8]

BACKGROUND = 255
"""Transparent parts are shown on white: as viewers, feeds and JPEG converters do (ADR-0007)."""

LONGEST_SIDE = 20_000
"""The kernel takes no longer side; a picture with one is refused before it is decoded."""

_STRIP_ROWS = 256
_SIXTEEN_BIT = frozenset(("I;16", "I;16B", "I;16L", "I;16N"))
_OPAQUE_COLOUR = frozenset(("P", "CMYK", "YCbCr", "RGBX", "HSV"))


def check_pixels(width: int, height: int, limit: int) -> None:
    """Refuse a picture that is too large, before any of it is decoded.

    Raises:
        ContentTooLargeError: more pixels than ``limit``, or a side over ``LONGEST_SIDE``.
    """
    if max(width, height) > LONGEST_SIDE:
        raise ContentTooLargeError(
            f"the picture has {width} x {height} pixels, a side may have {LONGEST_SIDE}; cut it up"
        )
    if width * height > limit:
        raise ContentTooLargeError(
            f"the picture has {width} x {height} pixels, the limit is {limit}; send a smaller copy"
        )


def to_pixels(image: Image.Image) -> Pixels:
    """The pixels of a decoded picture.

    Args:
        image: loaded, already upright.

    Returns:
        uint8, C-contiguous: (h, w) for grey, (h, w, 3) RGB for everything else. Alpha is composited
        on white, 16 bits are cut to their upper 8, colour profiles are ignored.

    Raises:
        UnsupportedFormatError: floating-point, 32-bit or CIELAB samples.

    Cost: 7 bytes of memory a pixel at the peak for colour, the decoder's 4 included.
    """
    if image.mode in _SIXTEEN_BIT:
        return _from_sixteen_bit(image)
    return _as_array(flatten(image))


def flatten(image: Image.Image) -> Image.Image:
    """The picture as ``L`` or ``RGB``, 8 bits, without alpha."""
    if image.has_transparency_data:
        return _on_background(image)
    if image.mode in ("L", "RGB"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode in _OPAQUE_COLOUR:
        return image.convert("RGB")
    raise UnsupportedFormatError(
        "the picture has samples that are not 8 or 16 bit; save it as an 8-bit PNG or JPEG"
    )


def _on_background(image: Image.Image) -> Image.Image:
    """Composite alpha in integers.

    Pillow's paste computes t = c * a + 255 * (255 - a) + 128, then (t + (t >> 8)) >> 8, for each
    channel: the quotient by 255, rounded to nearest. A test holds it to that.
    """
    grey = image.mode in ("1", "L", "LA", "La")
    if image.mode == "1":
        image = image.convert("L")
    image = image.convert("LA" if grey else "RGBA")
    alpha = image.getchannel("A")
    flat = image.convert("L" if grey else "RGB")
    if alpha.getextrema() == (255, 255):
        return flat
    under = Image.new(flat.mode, flat.size, BACKGROUND if grey else (BACKGROUND,) * 3)
    under.paste(flat, mask=alpha)
    return under


def _from_sixteen_bit(image: Image.Image) -> Pixels:
    """Sixteen bits to eight: the upper byte, ``value >> 8``."""
    values: npt.NDArray[Any] = np.asarray(image)
    out = (values >> 8).astype(np.uint8)
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        out[values == clear] = BACKGROUND
    return out


def _as_array(image: Image.Image) -> Pixels:
    """Copy out in strips, which keeps Pillow from holding the picture three times over."""
    width, height = image.size
    if height <= _STRIP_ROWS:
        return np.asarray(image)
    shape = (height, width) if image.mode == "L" else (height, width, 3)
    try:
        out = np.empty(shape, np.uint8)
    except MemoryError:
        raise ContentTooLargeError("the picture needs more memory than the limit allows") from None
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, height)
        out[top:bottom] = np.asarray(image.crop((0, top, width, bottom)))
    return out
