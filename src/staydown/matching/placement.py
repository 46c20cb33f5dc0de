"""Transforms as the caller sees them: fractions of width and height, boxes, turns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.matching.agreement import Agreement
from staydown.types import Box, Transform


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
    (a, b, c), (d, e, f) = m.tolist()
    det = a * e - b * d
    if det == 0.0:
        raise np.linalg.LinAlgError("the map collapses the plane")
    p, q, r, s = e / det, -b / det, -d / det, a / det
    return np.array([[p, q, -p * c - q * f], [r, s, -r * c - s * f]])


def carried(m: npt.NDArray[np.float64], points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Points, shape (n, 2), under an affine map of shape (2, 3)."""
    return points @ m[:, :2].T + m[:, 2]


Corner = tuple[float, float]


def clipped_square(m: npt.NDArray[np.float64]) -> list[Corner]:
    """Corners of the unit square under ``m``, cut to the unit square; empty where none is left."""
    (a, b, c), (d, e, f) = m.tolist()
    polygon = [(c, f), (a + c, d + f), (a + b + c, d + e + f), (b + c, e + f)]
    for axis in (0, 1):
        for sign, bound in ((1.0, 0.0), (-1.0, -1.0)):
            polygon = _cut(polygon, axis, sign, bound)
    return polygon


def _cut(polygon: list[Corner], axis: int, sign: float, bound: float) -> list[Corner]:
    """The part of a polygon where sign * coordinate >= bound."""
    kept: list[Corner] = []
    for k, p in enumerate(polygon):
        q = polygon[k - 1]
        a, b = sign * q[axis] - bound, sign * p[axis] - bound
        if (a >= 0) != (b >= 0):
            t = a / (a - b)
            kept.append((q[0] + t * (p[0] - q[0]), q[1] + t * (p[1] - q[1])))
        if b >= 0:
            kept.append(p)
    return kept


def polygon_area(polygon: list[Corner]) -> float:
    """Area of a polygon; 0 for fewer than three corners."""
    doubled = sum(
        p[0] * polygon[k - 1][1] - p[1] * polygon[k - 1][0] for k, p in enumerate(polygon)
    )
    return abs(doubled) / 2


def _box(polygon: list[Corner]) -> Box:
    if len(polygon) < 3:
        return (0.0, 0.0, 0.0, 0.0)
    x, y = zip(*polygon, strict=True)
    return (min(x), min(y), max(x), max(y))


def placement_of(agreement: Agreement) -> Placement:
    """Transform, boxes and shares of an agreement."""
    m = fraction_matrix(agreement)
    on_entry = clipped_square(m)
    on_query = clipped_square(inverted(m))
    a, b, _, d, e, _ = agreement.matrix
    turn = math.degrees(math.atan2(d - b, a + e))
    determinant = abs(float(m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]))
    transform = Transform(
        matrix=tuple(float(v) for v in m.ravel()),  # type: ignore[arg-type]
        mirrored=agreement.is_mirrored,
        rotation_deg=turn if agreement.is_mirrored else -turn,
        scale=1.0 / math.sqrt(max(determinant, 1e-12)),
    )
    return Placement(
        transform, _box(on_query), _box(on_entry), polygon_area(on_query), polygon_area(on_entry)
    )
