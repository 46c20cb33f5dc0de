"""Evidence as drawings: where the reported picture lies in the file, and what differs.

All of it comes from stored geometry; nothing of any picture is in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from staydown.scanning.report.words import moment, percent, share
from staydown.types import Box, Evidence, TimeSpan, Transform

_SIDE = 400.0
_CELLS = 16
_TINY = 1e-9
Point = tuple[float, float]
_UNIT: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Places:
    """Corners of the matched region and of each altered cell, as fractions, on either side."""

    query: tuple[list[Point], list[list[Point]]]
    entry: tuple[list[Point], list[list[Point]]]


def geometry(evidence: Evidence | None) -> Places:
    """Where things lie on the query and on the entry; empty where nothing is known."""
    if evidence is None or (evidence.transform is None and evidence.query_box is None):
        return Places(([], []), ([], []))
    cells = _cells(evidence)
    return Places(
        (_query_region(evidence), [_on_query(cell, evidence.transform) for cell in cells]),
        (_corners(evidence.entry_box or _UNIT), [_corners(cell) for cell in cells]),
    )


def shape(width: int, height: int) -> tuple[float, float]:
    """Size of the drawing of a picture; longer side 400, 4:3 where its size is not known."""
    if not width or not height:
        width, height = 4, 3
    share_of = _SIDE / max(width, height)
    return max(width * share_of, 1.0), max(height * share_of, 1.0)


def on_the_file(evidence: Evidence, width: int, height: int) -> str:
    """The region and the altered cells as they lie on the file, as an SVG to put over it."""
    w, h = shape(width, height)
    cells = [_on_query(cell, evidence.transform) for cell in _cells(evidence)]
    body = _polygons(cells, "cell", w, h) + _region(_query_region(evidence), w, h)
    return f'<svg class="evidence" viewBox="0 0 {w:.0f} {h:.0f}" aria-hidden="true">{body}</svg>'


def on_the_entry(evidence: Evidence, width: int, height: int) -> str:
    """The same on the reported picture's side, of which nothing but this outline is known here."""
    w, h = _entry_shape(evidence.transform, width, height)
    seen = evidence.entry_box or _UNIT
    body = _polygons([_corners(seen)], "seen", w, h)
    body += _polygons((_corners(cell) for cell in _cells(evidence)), "cell", w, h)
    text = f"The reported picture: {percent(share(evidence.entry_box))} of it is in this file"
    if evidence.altered_cells:
        text += ", with marked cells that differ"
    return (
        f'<svg class="entry-map" viewBox="0 0 {w:.0f} {h:.0f}" role="img" aria-label="{text}.">'
        f'<rect class="whole" x="1" y="1" width="{w - 2:.0f}" height="{h - 2:.0f}"/>{body}</svg>'
    )


def altered_count(evidence: Evidence) -> int:
    """How many of the 256 cells differ."""
    return sum(row.bit_count() for row in evidence.altered_cells or ())


def time_line(span: TimeSpan, duration_s: float) -> str:
    """Which stretch of the video matches, drawn as the line, with the words beside it."""
    whole = max(duration_s, span.query_end_s, _TINY)
    start = min(max(span.query_start_s / whole, 0.0), 1.0)
    length = min(max((span.query_end_s - span.query_start_s) / whole, 0.01), 1.0 - start)
    here = f"{moment(span.query_start_s)} to {moment(span.query_end_s)}"
    there = f"{moment(span.entry_start_s)} to {moment(span.entry_end_s)}"
    if not duration_s:
        return f'<p class="small">Found at {there} of the reported video.</p>'
    return (
        '<div class="span"><svg viewBox="0 0 400 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rail" width="400" height="4" rx="2"/>'
        f'<rect class="fill" x="{start * 400:.1f}" width="{length * 400:.1f}" height="4" rx="2"/>'
        f'</svg><p class="small">{here} of {moment(duration_s)} here is {there} of the reported '
        "one.</p></div>"
    )


def _cells(evidence: Evidence) -> list[Box]:
    """Boxes of the altered cells, as fractions of the entry."""
    step = 1 / _CELLS
    return [
        (x * step, y * step, (x + 1) * step, (y + 1) * step)
        for y, row in enumerate(evidence.altered_cells or ())
        for x in range(_CELLS)
        if row >> (_CELLS - 1 - x) & 1
    ]


def _corners(box: Box) -> list[Point]:
    left, top, right, bottom = box
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _outline(box: Box, turn: Transform) -> list[Point] | None:
    """A box of the entry as it lies on the query: the transform backwards."""
    a, b, c, d, e, f = turn.matrix
    det = a * e - b * d
    if abs(det) < _TINY:
        return None
    return [
        ((e * (u - c) - b * (v - f)) / det, (a * (v - f) - d * (u - c)) / det)
        for u, v in _corners(box)
    ]


def _on_query(box: Box, turn: Transform | None) -> list[Point]:
    """A box of the entry on the query; where no transform is known, at the same place."""
    return (_outline(box, turn) if turn else None) or _corners(box)


def _query_region(evidence: Evidence) -> list[Point]:
    """Where the entry lies in the query: turned as it is there if the transform is known."""
    if evidence.transform is None:
        return _corners(evidence.query_box or _UNIT)
    return _on_query(evidence.entry_box or _UNIT, evidence.transform)


def _entry_shape(turn: Transform | None, width: int, height: int) -> tuple[float, float]:
    """The reported picture's proportions follow from the transform and the file's own."""
    w, h = shape(width, height)
    if turn is None:
        return w, h
    a, b, _, d, e, _ = turn.matrix
    # Lengths in the entry of one step along its own sides, in units of the file's drawing.
    across = ((e * w) ** 2 + (d * h) ** 2) ** 0.5
    along = ((b * w) ** 2 + (a * h) ** 2) ** 0.5
    if min(across, along) < _TINY:
        return w, h
    ratio = min(max(across / along, 0.2), 5.0)
    return shape(round(1000 * min(ratio, 1.0)), round(1000 * min(1 / ratio, 1.0)))


def _polygons(many: Iterable[list[Point]], name: str, w: float, h: float) -> str:
    return "".join(f'<polygon class="{name}" points="{_points(p, w, h)}"/>' for p in many)


def _region(corners: list[Point], w: float, h: float) -> str:
    """The matched region as a two-tone dashed line, kept inside the drawing by its own width."""
    points = _points(corners, w, h)
    return "".join(
        f'<polygon class="{tone}" points="{points}"/>' for tone in ("matched", "matched-in")
    )


def _points(corners: list[Point], w: float, h: float) -> str:
    """Points kept where a line of 3 can be seen; a region that fills the file gets a full frame."""
    edge = 2.0
    return " ".join(
        f"{_within(x * w, edge, w - edge):.1f},{_within(y * h, edge, h - edge):.1f}"
        for x, y in corners
    )


def _within(value: float, low: float, high: float) -> float:
    """Near the edge, onto it; far outside, left there for the SVG to clip."""
    if value < low and value > low - 12:
        return low
    if value > high and value < high + 12:
        return high
    return min(max(value, -4000.0), 4000.0)
