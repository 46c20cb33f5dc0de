"""Transforms as the caller sees them: fractions of width and height, boxes, turns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.matching.agreement import Agreement
from staydown.types import Box, Transform

_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """How the query lies on the entry, in fractions.

    Attributes:
        transform: for the evidence.
        query_box: part of the query that the entry covers.
        entry_box: part of the entry that is seen in the query.
        query_share: area of the query that the entry covers, 0..1.
        entry_share: area of the entry that is seen, 0..1.
    """

    transform: Transform
    query_box: Box
    entry_box: Box
    query_share: float
    entry_share: float


def fraction_matrix(agreement: Agreement) -> npt.NDArray[np.float64]:
    """Affine map, shape (2, 3), of fractions of the unmirrored query to fractions of the entry."""
    a, b, c, d, e, f = agreement.matrix
    qw, qh = agreement.query.width, agreement.query.height
    ew, eh = agreement.entry.width, agreement.entry.height
    m = np.array([[a * qw / ew, b * qh / ew, c / ew], [d * qw / eh, e * qh / eh, f / eh]])
    if agreement.is_mirrored:
        m[:, 2] += m[:, 0]
        m[:, 0] = -m[:, 0]
    return m


def inverted(m: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The inverse of an affine map of shape (2, 3)."""
    linear = np.linalg.inv(m[:, :2])
    return np.column_stack([linear, -linear @ m[:, 2]])


def carried(m: npt.NDArray[np.float64], points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Points, shape (n, 2), under an affine map of shape (2, 3)."""
    return points @ m[:, :2].T + m[:, 2]


def clipped_square(m: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The unit square under ``m``, cut to the unit square: corners, shape (k, 2), k may be 0."""
    polygon = [tuple(p) for p in carried(m, _CORNERS)]
    for axis in (0, 1):
        for sign, bound in ((1.0, 0.0), (-1.0, -1.0)):
            polygon = _cut(polygon, axis, sign, bound)
    return np.array(polygon).reshape(-1, 2)


def _cut(
    polygon: list[tuple[float, ...]], axis: int, sign: float, bound: float
) -> list[tuple[float, ...]]:
    """The part of a polygon where sign * coordinate >= bound."""
    kept = []
    for k, p in enumerate(polygon):
        q = polygon[k - 1]
        a, b = sign * q[axis] - bound, sign * p[axis] - bound
        if (a >= 0) != (b >= 0):
            t = a / (a - b)
            kept.append(tuple(u + t * (v - u) for u, v in zip(q, p, strict=True)))
        if b >= 0:
            kept.append(p)
    return kept


def polygon_area(polygon: npt.NDArray[np.float64]) -> float:
    """Area of a polygon, shape (k, 2); 0 for fewer than three corners."""
    if len(polygon) < 3:
        return 0.0
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _box(polygon: npt.NDArray[np.float64]) -> Box:
    if len(polygon) < 3:
        return (0.0, 0.0, 0.0, 0.0)
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def placement_of(agreement: Agreement) -> Placement:
    """Transform, boxes and shares of an agreement."""
    m = fraction_matrix(agreement)
    on_entry = clipped_square(m)
    on_query = clipped_square(inverted(m))
    a, b, _, d, e, _ = agreement.matrix
    turn = math.degrees(math.atan2(d - b, a + e))
    determinant = abs(float(np.linalg.det(m[:, :2])))
    transform = Transform(
        matrix=tuple(float(v) for v in m.ravel()),  # type: ignore[arg-type]
        mirrored=agreement.is_mirrored,
        rotation_deg=turn if agreement.is_mirrored else -turn,
        scale=1.0 / math.sqrt(max(determinant, 1e-12)),
    )
    return Placement(
        transform, _box(on_query), _box(on_entry), polygon_area(on_query), polygon_area(on_entry)
    )
