"""Verdicts: what kind of copy something is, how sure we are, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

Box = tuple[float, float, float, float]
"""left, top, right, bottom as fractions 0..1 of width and height; top left is (0, 0)."""


SAME_BYTES = "The files are the same, byte for byte."
"""The reason of an identical match."""


class MatchKind(StrEnum):
    """The kinds of copy. Precedence: identical, altered, part, same."""

    IDENTICAL = "identical"
    SAME = "same"
    PART = "part"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Transform:
    """How the query lies on the entry.

    Attributes:
        matrix: affine map as (a, b, c, d, e, f): a point (x, y) of the query, as fractions of its
            width and height, lies at (a*x + b*y + c, d*x + e*y + f) of the entry.
        mirrored: True where the query is mirrored.
        rotation_deg: turn of the query against the entry, -180..180, clockwise on screen.
        scale: size of the entry's content in the query, 1.0 = fills it as in the entry.
    """

    matrix: tuple[float, float, float, float, float, float]
    mirrored: bool
    rotation_deg: float
    scale: float

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "matrix": self.matrix,
            "mirrored": self.mirrored,
            "rotation_deg": self.rotation_deg,
            "scale": self.scale,
        }


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Seconds from start to end, in the query and in the entry."""

    query_start_s: float
    query_end_s: float
    entry_start_s: float
    entry_end_s: float

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why this is a match.

    Attributes:
        reason: one plain sentence.
        distance: bits between the whole-picture ``pdq`` (best of the eight turns), or None.
        points: how many window points agree; 0 where only whole-picture signals decided.
        transform: how the query lies on the entry, or None where unknown.
        query_box: the part of the query that is covered by the entry, or None.
        entry_box: the part of the entry that is seen in the query, or None.
        time_span: which stretch of the query is which stretch of the entry; videos only.
        altered_cells: 16 rows of 16 bits (bit 15 = leftmost) on the entry's grid: cells whose
            content differs; None where nothing differs or it cannot be told.
    """

    reason: str
    distance: int | None = None
    points: int = 0
    transform: Transform | None = None
    query_box: Box | None = None
    entry_box: Box | None = None
    time_span: TimeSpan | None = None
    altered_cells: tuple[int, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; parts that are None are left out."""
        found = {name: value for name in _PARTS if (value := getattr(self, name)) is not None}
        if self.transform is not None:
            found["transform"] = self.transform.to_dict()
        if self.time_span is not None:
            found["time_span"] = self.time_span.to_dict()
        return found


_PARTS = tuple(part.name for part in fields(Evidence))


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate that passed the rules.

    Attributes:
        entry_id: the entry of the bank.
        kind: what kind of copy.
        score: 0..1; calibrated, see docs/matching.md for the false-match rate of a threshold.
        evidence: why.
    """

    entry_id: str
    kind: MatchKind
    score: float
    evidence: Evidence

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "entry_id": self.entry_id,
            "kind": str(self.kind),
            "score": round(self.score, 4),
            "evidence": self.evidence.to_dict(),
        }
