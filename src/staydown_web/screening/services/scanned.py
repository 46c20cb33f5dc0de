"""Matches that a scan found, read strictly from what ``staydown scan --json`` writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from staydown import Evidence, Match, MatchKind
from staydown.types import TimeSpan, Transform
from staydown_web.base.errors import FieldsError

_SPAN = ("query_start_s", "query_end_s", "entry_start_s", "entry_end_s")
_MOST_BITS = 256
_MOST_POINTS = 1 << 31
_CELL_ROWS, _MOST_CELLS = 16, 0xFFFF


def match_of(row: Any) -> Match:
    """One match; parts of its evidence that are not known are left out.

    Raises:
        FieldsError: it cannot be read.
    """
    try:
        entry_id = UUID(str(row["entry_id"]))
        score = min(1.0, max(0.0, float(row.get("score", 1.0))))
        evidence = _evidence(row.get("evidence") or {})
        return Match(str(entry_id), MatchKind(row["kind"]), score, evidence)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise FieldsError(
            {"matches": "as `staydown scan --json` writes them: entry_id, kind, score, evidence"}
        ) from None


def _evidence(shown: Mapping[str, Any]) -> Evidence:
    distance, turn, span = shown.get("distance"), shown.get("transform"), shown.get("time_span")
    cells = shown.get("altered_cells")
    return Evidence(
        reason=_words(shown.get("reason") or ""),
        distance=None if distance is None else _whole(distance, _MOST_BITS),
        points=_whole(shown.get("points") or 0, _MOST_POINTS),
        transform=None if turn is None else _transform(turn),
        query_box=_box(shown.get("query_box")),
        entry_box=_box(shown.get("entry_box")),
        time_span=None if span is None else TimeSpan(*(float(span[name]) for name in _SPAN)),
        altered_cells=None if cells is None else _cells(cells),
    )


def _transform(turn: Mapping[str, Any]) -> Transform:
    a, b, c, d, e, f = (float(value) for value in turn["matrix"])
    return Transform(
        matrix=(a, b, c, d, e, f),
        mirrored=bool(turn["mirrored"]),
        rotation_deg=float(turn["rotation_deg"]),
        scale=float(turn["scale"]),
    )


def _box(values: Sequence[Any] | None) -> tuple[float, float, float, float] | None:
    if values is None:
        return None
    left, top, right, bottom = (float(value) for value in values)
    return left, top, right, bottom


def _cells(rows: Sequence[Any]) -> tuple[int, ...]:
    if len(rows) != _CELL_ROWS:
        raise ValueError
    return tuple(_whole(row, _MOST_CELLS) for row in rows)


def _words(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError
    return value


def _whole(value: Any, most: int) -> int:
    if not 0 <= int(value) <= most:
        raise ValueError
    return int(value)
