"""What kind of copy a match is, and the sentence that says why."""

from __future__ import annotations

import numpy as np

from staydown.matching.agreement import Agreement
from staydown.matching.placement import Placement, carried
from staydown.matching.views import View
from staydown.matching.whole import WholeCandidate
from staydown.types import MatchKind

_WHOLE_ENTRY_SHARE = 0.93
"""Share of the entry from which it counts as shown whole."""
_WHOLE_QUERY_SHARE = 0.8
"""Share of the query from which the rest is an edge, a band for a caption, or a misfit."""
_BORDER_SHARE = 0.4
"""A plain border around less than this is a picture placed on a ground, not bordered."""
_MARGIN = 0.03
_PLAIN_POINTS = 0.15
"""Points beside the entry, a share of those on it and for equal area, below which it is plain."""


def kind_of(
    placement: Placement, query: View | None = None, agreement: Agreement | None = None
) -> MatchKind:
    """Whether the query shows the picture (same), or one lies in the other (part).

    A border, a band for a caption and the corners of a turned picture leave it the same; a crop, a
    screenshot, a collage, or a place on another ground make it a part.

    Args:
        placement: where the query lies on the entry.
        query: the upload; without it only the areas decide.
        agreement: how it agrees; None without ``query``.
    """
    if placement.entry_share < _WHOLE_ENTRY_SHARE:
        return MatchKind.PART
    if placement.query_share >= _WHOLE_QUERY_SHARE:
        return MatchKind.SAME
    if placement.query_share < _BORDER_SHARE:
        return MatchKind.PART
    if query is None or agreement is None:
        return MatchKind.SAME
    return MatchKind.SAME if _is_plain_around(placement, query) else MatchKind.PART


def _is_plain_around(placement: Placement, query: View) -> bool:
    """True where the query has hardly any points beside the entry."""
    size = np.array([query.width, query.height], np.float64)
    m = np.array(placement.transform.matrix).reshape(2, 3)
    at = carried(m, query.points[:, :2] / size)
    inside = int(((at >= -_MARGIN) & (at <= 1 + _MARGIN)).all(1).sum())
    beside = len(at) - inside
    area = max(1e-6, 1 - placement.query_share) / max(1e-6, placement.query_share)
    return beside <= _PLAIN_POINTS * area * max(1, inside)


def reason_for(
    kind: MatchKind,
    points: int,
    placement: Placement | None,
    whole: WholeCandidate | None,
    cells: tuple[int, ...] | None,
) -> str:
    """One plain sentence."""
    if placement is None or not points:
        if whole is None:
            return "Only a weak likeness; not enough to call it a copy."
        return f"The whole picture differs from the entry in {whole.distance} of 256 bits."
    turned = " mirrored" if placement.transform.mirrored else ""
    where = f"{points} points lie{turned} where the entry has them"
    if kind is MatchKind.ALTERED:
        count = sum(row.bit_count() for row in cells or ())
        return f"{where}, but {count} of 256 cells show something else."
    if kind is MatchKind.SAME:
        return f"{where}, over the whole picture."
    seen, filled = 100 * placement.entry_share, 100 * placement.query_share
    return f"{where}; {seen:.0f} % of the entry fills {filled:.0f} % of the upload."
