"""Thumbnails of matching files, made in isolated processes: a grey blur, and a small clear one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from staydown.errors import StaydownError
from staydown.isolate import Pool
from staydown.scanning.report.model import Copy

CLEAR_SIDE = 192
"""Longer side of a clear picture in pixels: about as wide as it is shown."""

_THREADS = 4


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """Two pictures of one file, as data addresses.

    Attributes:
        blurred: 24 grey pixels wide; shows neither person nor scene.
        clear: small, in colour; put on the page only when someone asks for it.
    """

    blurred: str
    clear: str


def thumbnails(
    copies: Sequence[Copy], *, on_picture: Callable[[], None] = lambda: None
) -> dict[int, Thumbnail]:
    """Thumbnails by file number. A file that cannot be opened any more has none.

    Args:
        copies: one for each file.
        on_picture: called after each.
    """
    if not copies:
        return {}
    made: dict[int, Thumbnail] = {}
    with Pool() as pool, ThreadPoolExecutor(_THREADS) as executor:
        for copy, thumbnail in zip(copies, executor.map(partial(_make, pool), copies), strict=True):
            on_picture()
            if thumbnail is not None:
                made[copy.number] = thumbnail
    return made


def _make(pool: Pool, copy: Copy) -> Thumbnail | None:
    span = copy.match.evidence.time_span
    at_ms = round(500 * (span.query_start_s + span.query_end_s)) if span else 0
    try:
        with copy.ref.place.open(copy.ref) as content:
            if not isinstance(content, str | bytes):
                return None  # too large to be read twice for a picture
            clear = pool.preview(content, sharp=True, side=CLEAR_SIDE, at_ms=at_ms)
            return Thumbnail(_address(pool.preview(content, at_ms=at_ms)), _address(clear))
    except StaydownError:
        return None


def _address(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
