"""How much of a picture some of its points speak for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from staydown.matching.views import View

_SIDE = 6
"""The picture is cut into 6 x 6 fields."""
_LEAST_POINTS = 2
_LEAST_SHARE = 0.2


def coverage(view: View, rows: npt.NDArray[np.int64]) -> float:
    """Share of the fields with points of their own in which some of ``rows`` lie.

    A field counts as covered where at least a fifth of its points are among ``rows``. Points of an
    overlay crowd its own fields, so their number says little; the fields say how much of the
    picture is accounted for.

    Args:
        view: the picture.
        rows: numbers of its points that have a partner.

    Returns:
        0..1; 0 where the picture has no field with two points.
    """
    column = np.clip(view.points[:, 0] * (_SIDE / view.width), 0, _SIDE - 1).astype(np.int64)
    row = np.clip(view.points[:, 1] * (_SIDE / view.height), 0, _SIDE - 1).astype(np.int64)
    field = row * _SIDE + column
    all_points = np.bincount(field, minlength=_SIDE * _SIDE)
    found = np.bincount(field[rows], minlength=_SIDE * _SIDE)
    full = all_points >= _LEAST_POINTS
    if not full.any():
        return 0.0
    return float((found[full] >= _LEAST_SHARE * all_points[full]).mean())
