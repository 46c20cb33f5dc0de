"""``windows/1``: hashes of windows around keypoints, with their geometry, and a coarse map."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from staydown.errors import HashShapeError
from staydown.fingerprinting.wasm import WANT_PDQ, WANT_WINDOWS, FullSize, Outcome, Pixels, kernel
from staydown.types import Signal, SignalType, Windows
from staydown.types.windows import Hashes

DEFAULT_POINTS = 160
"""Points a picture. Source: ADR-0004."""

_PAIRS_SWAPPED = np.array([(b & 0xAA) >> 1 | (b & 0x55) << 1 for b in range(256)], dtype=np.uint8)


def windows(pixels: Pixels, *, max_points: int = DEFAULT_POINTS, smallest: bool = True) -> Windows:
    """The ``windows/1`` signal of a picture.

    Args:
        pixels: uint8, C-contiguous, shape (h, w) luma, (h, w, 3) RGB or (h, w, 4) RGBA.
        max_points: most points to keep, 0..4096. A flat picture has none.
        smallest: False does not look for the smallest points, which takes most of the time: good
            enough for a query (ADR-0012).

    Raises:
        InputError: another dtype or shape.
        ContentTooLargeError: a side over 20,000 pixels.

    Cost: see ADR-0004.
    """
    settings = {"max_points": float(max_points)} | ({} if smallest else {"doubled": 0.0})
    return _windows(kernel().run(pixels, WANT_WINDOWS, settings))


def photo_signals(
    pixels: Pixels,
    types: Collection[SignalType] = (SignalType.PDQ, SignalType.WINDOWS),
    *,
    max_points: int = DEFAULT_POINTS,
    full: FullSize | None = None,
) -> tuple[Signal, ...]:
    """``pdq`` and ``windows/1`` of one picture in a single pass over its pixels.

    Args:
        pixels: as for ``windows``.
        types: which of the two; other types are left to others.
        max_points: as for ``windows``.
        full: as for ``pdq``.

    Raises:
        InputError: another dtype or shape.
        ContentTooLargeError: a side over 20,000 pixels.
    """
    wants_pdq, wants_windows = SignalType.PDQ in types, SignalType.WINDOWS in types
    wanted = WANT_PDQ * wants_pdq + WANT_WINDOWS * wants_windows
    if not wanted:
        return ()
    settings = {"max_points": float(max_points)} if wants_windows else None
    outcome = kernel().run(pixels, wanted, settings, full)
    signals = []
    if wants_pdq:
        signals.append(Signal.of(SignalType.PDQ, outcome.pdq, outcome.quality))
    if wants_windows:
        signals.append(Signal.of(SignalType.WINDOWS, _windows(outcome).to_bytes()))
    return tuple(signals)


def mirrored_hashes(hashes: Hashes) -> Hashes:
    """Window hashes of the mirrored picture, from the hashes alone: each bit pair swapped.

    Args:
        hashes: uint8, shape (n, 32).

    Returns:
        uint8, shape (n, 32). Applying it twice gives the hashes back.

    Raises:
        HashShapeError: another dtype or shape.
    """
    if hashes.dtype != np.uint8 or hashes.ndim != 2 or hashes.shape[1] != 32:
        raise HashShapeError(f"hashes are {hashes.dtype}{hashes.shape}, want uint8(n, 32)")
    return _PAIRS_SWAPPED[hashes]


def _windows(outcome: Outcome) -> Windows:
    points = outcome.points
    return Windows(
        outcome.width,
        outcome.height,
        np.ascontiguousarray(points["bits"]).reshape(len(points), 32),
        points["geometry"].astype(np.uint32),
        outcome.grid,
    )
