"""One look at the platform's own copy: fetched, decoded in a child process, shown, forgotten.

Nothing is written: the file lies in memory until the picture is made, the picture until it is sent.
Source: ADR-0035.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

from staydown.isolate import preview
from staydown.isolate.raster import pack_raster, raster_to_png
from staydown_web.base.errors import FetchError, FetchRefusedError
from staydown_web.base.fetching import fetch
from staydown_web.base.sealing import unseal
from staydown_web.review.models import Exposure
from staydown_web.screening.models import Copy

SIDE = 480
"""Longer side of every step, so that the frame does not move when a step is taken."""
SOFTER_SIDE = 56
"""About 12 pixels across a body that fills a third: a pose can be told, a face cannot."""
MAX_BYTES = 200 * 1024 * 1024
_TIMEOUT_S = 15.0
_MAGIC_BYTES = 8
_HEAD = struct.Struct(">IIBBBBB")
_LUMA = np.array([0.299, 0.587, 0.114])
"""Source: ITU-R BT.601, as the fingerprints use."""

Grey = npt.NDArray[np.uint8]


def address_of(copy: Copy) -> str:
    """The address of a copy on its platform; empty where the platform gave none.

    Raises:
        SealError: the sealed address cannot be opened.
    """
    if copy.url_box is None:
        return ""
    return unseal(copy.url_box, context=f"copy:{copy.pk}").decode()


def make_preview(*, copy: Copy, level: Exposure.Level, at_ms: int = 0) -> bytes:
    """A grey PNG of a copy, as sharp as the step allows.

    Args:
        copy: with its platform.
        level: shapes, softer or clear.
        at_ms: for a video: the moment to show. It is never played.

    Returns:
        A PNG file, grey, without sound or metadata, longer side ``SIDE``.

    Raises:
        FetchRefusedError: no address, or one that lies on none of the platform's media origins.
        FetchError: the platform does not answer, or without the file.
        DecodeError: and its kinds, where the file cannot be decoded.
    """
    url = address_of(copy)
    if not url:
        raise FetchRefusedError("the platform gave no address for this copy")
    origins = list(copy.platform.media_origins)
    with fetch(
        url=url, allowed_origins=origins, max_bytes=MAX_BYTES, timeout_s=_TIMEOUT_S
    ) as fetched:
        if fetched.status != 200:
            raise FetchError("the platform answered without the file")
        png = _decoded(fetched.body, level, at_ms)
    return _png(_enlarged(_grey(png)))


def _decoded(body: object, level: Exposure.Level, at_ms: int) -> bytes:
    match level:
        case Exposure.Level.SHAPES:
            return preview(body, sharp=False, at_ms=at_ms)  # type: ignore[arg-type]
        case Exposure.Level.SOFTER:
            return preview(body, sharp=True, side=SOFTER_SIDE, at_ms=at_ms)  # type: ignore[arg-type]
        case _clear:
            return preview(body, sharp=True, side=SIDE, at_ms=at_ms)  # type: ignore[arg-type]


def _grey(png: bytes) -> Grey:
    """The samples of a PNG of our own making: one IDAT, rows as differences from the row above."""
    width, height, _depth, colour, *_ = _HEAD.unpack_from(png, _MAGIC_BYTES + 8)
    channels = 3 if colour == 2 else 1
    at = _MAGIC_BYTES + 12 + _HEAD.size
    (size,) = struct.unpack_from(">I", png, at)
    raw = zlib.decompress(png[at + 8 : at + 8 + size])
    rows = np.frombuffer(raw, np.uint8).reshape(height, 1 + width * channels)[:, 1:]
    samples = np.cumsum(rows, axis=0, dtype=np.uint64).astype(np.uint8)
    if channels == 1:
        return samples.reshape(height, width)
    coloured = samples.reshape(height, width, channels)
    grey: Grey = np.rint(coloured @ _LUMA).astype(np.uint8)
    return grey


def _enlarged(grey: Grey) -> Grey:
    """The same picture with a longer side of ``SIDE``, softly: no edge that was not there."""
    height, width = grey.shape
    scale = SIDE / max(height, width)
    rows = _places(height, max(1, round(height * scale)))
    columns = _places(width, max(1, round(width * scale)))
    plane = grey.astype(np.float32)
    plane = _between(plane, rows)
    plane = _between(plane.T, columns).T
    return np.ascontiguousarray(np.rint(plane).astype(np.uint8))


def _places(old: int, new: int) -> npt.NDArray[np.float64]:
    """Where the centres of new samples lie among the old ones."""
    return np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)


def _between(
    plane: npt.NDArray[np.float32], at: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, plane.shape[0] - 1)
    share = (at - low).astype(np.float32)[:, None]
    mixed: npt.NDArray[np.float32] = plane[low] * (1 - share) + plane[high] * share
    return mixed


def _png(grey: Grey) -> bytes:
    height, width = grey.shape
    return raster_to_png(pack_raster(width, height, 1, grey.tobytes()))
