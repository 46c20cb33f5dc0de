"""What matched, as geometry to draw over a copy: boxes, cells, moments. No pixel is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from staydown_web.review.selectors.words import covered_share

GRID = 16
UNIT = 1000
"""Drawn in thousandths of the copy's width and height."""

_ROOM = 30.0
"""What the words need of the width, in percent: over cells that reach from side to side."""
Affine = tuple[float, float, float, float, float, float]
_UPRIGHT: Affine = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in percent of the copy, as SVG attributes take it."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """Where words stand, in percent of the copy; ``anchor`` as SVG takes it."""

    x: float
    y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn over a copy.

    Attributes:
        region: the part of the copy that matched; None where only whole signals agreed.
        share: how much of the copy it is, in percent; None where unknown.
        cells: polygons of the cells that differ, as ``points`` of SVG in thousandths.
        cell_count: how many cells differ.
        label: where the words beside those cells stand; None where no cell differs.
        at_ms: for a video: the moment to show.
    """

    region: Box | None
    share: int | None
    cells: tuple[str, ...]
    cell_count: int
    label: Label | None
    at_ms: int


def drawing_of(evidence: dict[str, Any]) -> Drawing:
    """The drawing of a hit's stored evidence.

    Args:
        evidence: plain JSON of ``staydown.types.Evidence``; parts may be missing.
    """
    region = _region(evidence.get("query_box"))
    corners = list(_cells(evidence))
    cells = tuple(" ".join(f"{x:.1f},{y:.1f}" for x, y in points) for points in corners)
    span = evidence.get("time_span") or {}
    start, end = float(span.get("query_start_s", 0)), float(span.get("query_end_s", 0))
    return Drawing(
        region=region,
        share=covered_share(evidence),
        cells=cells,
        cell_count=len(cells),
        label=_label([point for points in corners for point in points]),
        at_ms=round(1000 * (start + end) / 2),
    )


def inverse(matrix: Sequence[float]) -> Affine | None:
    """The affine map back, or None where the map has no inverse.

    Args:
        matrix: (a, b, c, d, e, f) of ``staydown.types.Transform``: copy to entry.
    """
    a, b, c, d, e, f = (float(value) for value in matrix)
    det = a * e - b * d
    if abs(det) < 1e-9:
        return None
    return (
        e / det,
        -b / det,
        (b * f - e * c) / det,
        -d / det,
        a / det,
        (d * c - a * f) / det,
    )


def _region(box: Any) -> Box | None:
    if not box:
        return None
    left, top, right, bottom = (min(1.0, max(0.0, float(side))) for side in box)
    if right <= left or bottom <= top:
        return None
    return Box(
        round(100 * left, 2),
        round(100 * top, 2),
        round(100 * (right - left), 2),
        round(100 * (bottom - top), 2),
    )


def _label(points: Sequence[tuple[float, float]]) -> Label | None:
    """Beside the cells, on the side with more room, at half their height."""
    if not points:
        return None
    left, right = min(x for x, _y in points), max(x for x, _y in points)
    middle = (min(y for _x, y in points) + max(y for _x, y in points)) / 2
    y = round(min(95.0, max(5.0, 100 * middle / UNIT)), 2)
    if left > UNIT - right:
        return Label(max(_ROOM, round(100 * left / UNIT - 2, 2)), y, "end")
    return Label(min(100 - _ROOM, round(100 * right / UNIT + 2, 2)), y, "start")


def _cells(evidence: dict[str, Any]) -> Iterable[list[tuple[float, float]]]:
    """Cells lie on the entry's grid; they are drawn where they lie on the copy."""
    rows = evidence.get("altered_cells") or ()
    matrix = (evidence.get("transform") or {}).get("matrix") or _UPRIGHT
    back = inverse(matrix)
    if back is None:
        return
    for row, bits in enumerate(rows[:GRID]):
        for column in range(GRID):
            if int(bits) >> (GRID - 1 - column) & 1:
                yield _polygon(back, column, row)


def _polygon(back: Affine, column: int, row: int) -> list[tuple[float, float]]:
    """The corners of a cell, in thousandths of the copy."""
    a, b, c, d, e, f = back
    corners = ((0, 0), (1, 0), (1, 1), (0, 1))
    points = []
    for dx, dy in corners:
        x, y = (column + dx) / GRID, (row + dy) / GRID
        points.append((UNIT * (a * x + b * y + c), UNIT * (d * x + e * y + f)))
    return points
