"""Still pictures: bytes in, upright 8-bit pixels out."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from staydown.decode.guard import plain_errors, tolerant
from staydown.decode.jpeg_means import BLOCK, HALF_BLOCK, block_means
from staydown.decode.orientation import UPRIGHT, exif_orientation, upright
from staydown.decode.pixels import Pixels, check_pixels, to_pixels
from staydown.decode.sniffing import Buffer, Format, sniff
from staydown.errors import ContentTooLargeError, DecodeError, UnsupportedFormatError
from staydown.types.limits import Limits

Mode = Literal["banking", "screening"]

SHORT_SIDE, LONG_SIDE = 192, 384
"""Screening keeps at least so many pixels on the shorter side, and on the longer. ADR-0003."""

LEAST_SEEN = 16
"""Of a damaged picture, one row in so many must be there; less shows nobody anything."""

_SCALES = (8, 4, 2)
_CUT_LEFT, _CUT_TOP = frozenset((2, 3, 6, 7)), frozenset((3, 4, 7, 8))
_OPENERS: dict[Format, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    Format.JPEG: JpegImagePlugin.JpegImageFile,
    Format.PNG: PngImagePlugin.PngImageFile,
    Format.GIF: GifImagePlugin.GifImageFile,
    Format.WEBP: WebPImagePlugin.WebPImageFile,
    Format.AVIF: AvifImagePlugin.AvifImageFile,
    Format.HEIF: pillow_heif.HeifImageFile,
    Format.TIFF: TiffImagePlugin.TiffImageFile,
    Format.BMP: BmpImagePlugin.BmpImageFile,
}
_EXIF_FORMATS = frozenset((Format.JPEG, Format.PNG, Format.AVIF))
"""Formats whose EXIF orientation is applied here.

WebP's is ignored, as browsers do. HEIF is turned by libheif, TIFF by Pillow, and Pillow hands the
turn of AVIF's own boxes on as EXIF. ADR-0007 has the reasons.
"""
_PARTIAL_FORMATS = frozenset((Format.JPEG, Format.PNG, Format.GIF, Format.BMP, Format.TIFF))
"""Formats of which the part that is there is shown when the rest is missing."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """How a JPEG may be simplified while it is decoded."""

    reduced: bool
    long_side: int
    mode: str
    own_scales: tuple[int, ...] = ()

    @classmethod
    def of(cls, mode: Mode, *, for_windows: bool, colour: bool) -> _Draft:
        """For what is wanted. Only PDQ, which blurs, takes half blocks of our own: ADR-0017."""
        return cls(
            mode == "screening",
            LONG_SIDE if for_windows else 1,
            "RGB" if colour else "L",
            () if colour else (BLOCK,) if for_windows else (BLOCK, HALF_BLOCK),
        )


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPhoto:
    """A still picture.

    Attributes:
        pixels: uint8, C-contiguous, upright: (h, w) grey or luma, or (h, w, 3) RGB.
        full_width, full_height: size in the file after orientation; larger than ``pixels`` where
            screening decoded at reduced scale.
        format: what the file is.
        complete: False where the file is damaged or cut short and a part of the picture is filler.
        cut_left, cut_top: True where the first column (row), not the last, is the one that may
            stand for fewer full pixels, because a reduced picture was turned.
    """

    pixels: Pixels
    full_width: int
    full_height: int
    format: Format
    complete: bool = True
    cut_left: bool = False
    cut_top: bool = False


def open_photo(
    data: Buffer,
    *,
    mode: Mode = "banking",
    limits: Limits | None = None,
    for_windows: bool = True,
    colour: bool = False,
) -> DecodedPhoto:
    """Decode a still picture, or the first frame of an animated one.

    Args:
        data: the whole file.
        mode: "banking" decodes at full size; "screening" decodes JPEGs to luma, and
            at a reduced scale where the picture is large.
        limits: ``photo_bytes`` and ``pixels`` count here.
        for_windows: False lets screening reduce as far as ``pdq`` alone allows.
        colour: keep colour in screening too, for thumbnails.

    Raises:
        UnsupportedFormatError: not a picture that is read here.
        ContentTooLargeError: more bytes or pixels than ``limits``.
        DecodeError: damaged beyond use.
    """
    limits = limits or Limits()
    format_ = sniff(data)
    if format_ not in _OPENERS:
        raise UnsupportedFormatError(
            "this is not a picture; send JPEG, PNG, GIF, WebP, AVIF, HEIC, TIFF or BMP"
        )
    if len(data) > limits.photo_bytes:
        raise ContentTooLargeError(
            f"the picture has {len(data)} bytes, the limit is {limits.photo_bytes}"
        )
    draft = _Draft.of(mode, for_windows=for_windows, colour=colour)
    try:
        return _decode(data, format_, draft, limits)
    except UnsupportedFormatError:
        raise
    except DecodeError:
        if format_ not in _PARTIAL_FORMATS:
            raise
    with tolerant():
        photo = _decode(data, format_, draft, limits, complete=False)
    if _seen_rows(photo.pixels) * LEAST_SEEN < len(photo.pixels):
        raise DecodeError(
            "the file is cut short and hardly anything of the picture is there; send the whole file"
        )
    return photo


def _seen_rows(pixels: Pixels) -> int:
    """How many rows are no filler: they differ from the last row, or from the first (BMP)."""
    rows = pixels.reshape(len(pixels), -1)
    return min(int(np.any(rows != rows[end], axis=1).sum()) for end in (0, -1))


def open_image(data: Buffer, format_: Format, limits: Limits) -> ImageFile.ImageFile:
    """Read the header only and check the size; call inside ``plain_errors``."""
    if format_ is Format.WEBP:
        # The WebP decoder allocates its canvas when it is made, so look first.
        size = WebPImagePlugin._get_size(bytes(data[:30]))  # noqa: SLF001
        check_pixels(*(size or (0, 0)), limits.pixels)
    image = _OPENERS[format_](io.BytesIO(data))
    if format_ is not Format.JPEG:
        check_pixels(*image.size, limits.pixels)
    return image


def _decode(
    data: Buffer, format_: Format, draft: _Draft, limits: Limits, *, complete: bool = True
) -> DecodedPhoto:
    with plain_errors(format_.upper()):
        image = open_image(data, format_, limits)
        full = image.size
        means = _load_jpeg(image, data, draft, limits) if format_ is Format.JPEG else None
        if means is None:
            image.load()
        orientation = UPRIGHT
        if format_ in _EXIF_FORMATS:
            orientation = exif_orientation(image.info.get("exif", b""))
        if means is None:
            pixels = to_pixels(upright(image, orientation))
        elif orientation == UPRIGHT:
            pixels = means
        else:
            pixels = to_pixels(upright(Image.fromarray(means), orientation))
    if format_ is not Format.JPEG:
        full = image.size
    if orientation > 4:
        full = full[1], full[0]
    cuts = orientation in _CUT_LEFT, orientation in _CUT_TOP
    return DecodedPhoto(pixels, full[0], full[1], format_, complete, *cuts)


def _load_jpeg(
    image: ImageFile.ImageFile, data: Buffer, draft: _Draft, limits: Limits
) -> Pixels | None:
    """Its means by our own decoder, or None: then ``image`` is set to load at the scale wanted.

    The size of what comes out is checked first.
    """
    scale = screening_scale(*image.size, long_side=draft.long_side) if draft.reduced else 1
    width, height = image.size
    check_pixels(-(-width // scale), -(-height // scale), limits.pixels)
    if scale in draft.own_scales and image.mode in ("L", "RGB"):
        means = block_means(data, width, height, scale)
        if means is not None:
            return means
    if draft.reduced:
        image.draft(draft.mode, (max(1, width // scale), max(1, height // scale)))
    image.decodermaxblock = max(len(data), 1)  # libjpeg is fastest when it is fed in one piece
    return None


def screening_scale(width: int, height: int, *, long_side: int = LONG_SIDE) -> int:
    """The largest of 8, 4, 2, 1 by which a JPEG may shrink in screening.

    Args:
        width: full width in pixels.
        height: full height in pixels.
        long_side: the longer side may not become shorter than this.

    Source: ADR-0003.
    """
    shorter, longer = sorted((width, height))
    fits = (s for s in _SCALES if shorter // s >= SHORT_SIDE and longer // s >= long_side)
    return next(fits, 1)
