"""Animated pictures (GIF, WebP, PNG, AVIF): frames with their times."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import ImageFile

from staydown.decode.guard import plain_errors, tolerant
from staydown.decode.orientation import UPRIGHT, exif_orientation, upright
from staydown.decode.photo import open_image
from staydown.decode.pixels import Pixels, check_pixels, to_pixels
from staydown.decode.sniffing import Buffer, Format, sniff
from staydown.errors import ContentTooLargeError, DecodeError, NoPictureError
from staydown.types.limits import Limits

ANIMATED_FORMATS = frozenset((Format.GIF, Format.WEBP, Format.PNG, Format.AVIF))
"""Formats of pictures that can be animated."""

_SHORTEST_MS, _INSTEAD_MS = 10, 100
"""Browsers show a frame of 10 ms or less for 100 ms; so do we."""


def is_animated(data: Buffer, *, limits: Limits | None = None) -> bool:
    """True where viewers show the file as a moving picture.

    Args:
        data: the whole file.
        limits: ``pixels`` counts here.

    Raises:
        ContentTooLargeError: more pixels than ``limits``.
        DecodeError: the header cannot be read.
    """
    format_ = sniff(data)
    if format_ not in ANIMATED_FORMATS or _is_plain(data, format_):
        return False
    with tolerant(), plain_errors(format_.upper()):
        return bool(getattr(open_image(data, format_, limits or Limits()), "is_animated", False))


def _is_plain(data: Buffer, format_: Format) -> bool:
    """Tell the common case without opening the file."""
    if format_ is Format.PNG:
        return b"acTL" not in bytes(data)
    if format_ is Format.WEBP:
        return data[12:16] != b"VP8X" or not data[20] & 2
    return False


def iter_animation(data: Buffer, *, limits: Limits | None = None) -> Iterator[tuple[int, Pixels]]:
    """The frames of an animated picture, each as the viewer sees it.

    A file that is damaged further on yields the frames before the damage.

    Args:
        data: the whole file.
        limits: ``pixels`` and ``frames`` count here.

    Yields:
        Presentation time in milliseconds from the start, and pixels as ``open_photo`` gives them.

    Raises:
        ContentTooLargeError: more pixels or frames than ``limits``.
        DecodeError: no frame can be decoded.
        NoPictureError: not an animated format.
    """
    limits = limits or Limits()
    format_ = sniff(data)
    if format_ not in ANIMATED_FORMATS:
        raise NoPictureError("this is not an animated picture")
    with tolerant(), plain_errors(format_.upper()):
        image = open_image(data, format_, limits)
        orientation = _orientation(image, format_)
    number, time_ms, made = _first_frame(image), 0, 0
    while True:
        try:
            frame = _frame(image, number, format_, limits)
        except DecodeError:
            if not made:
                raise
            return
        if frame is None:
            return
        if made == limits.frames:
            raise ContentTooLargeError(
                f"the animation has more than {limits.frames} frames; send a shorter one"
            )
        turned, duration_ms = frame
        yield time_ms, to_pixels(upright(turned, orientation))
        time_ms += duration_ms
        number, made = number + 1, made + 1


def _orientation(image: ImageFile.ImageFile, format_: Format) -> int:
    if format_ in (Format.PNG, Format.AVIF):
        return exif_orientation(image.info.get("exif", b""))
    return UPRIGHT


def _first_frame(image: ImageFile.ImageFile) -> int:
    """1 for a PNG whose still picture is no part of the animation, else 0."""
    return int(bool(getattr(image, "default_image", False)))


def _frame(
    image: ImageFile.ImageFile, number: int, format_: Format, limits: Limits
) -> tuple[ImageFile.ImageFile, int] | None:
    """Frame ``number`` and how long it shows in ms; None after the last."""
    with tolerant(), plain_errors(format_.upper()):
        try:
            image.seek(number)
        except EOFError:
            return None
        check_pixels(*image.size, limits.pixels)
        image.load()
        duration = image.info.get("duration") or 0
        duration_ms = round(duration) if 0 <= duration < 2**31 else 0
        return image, duration_ms if duration_ms > _SHORTEST_MS else _INSTEAD_MS
