"""Weigh what is known of one pair of pictures: score, kind, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.matching.agreement import Agreement
from staydown.matching.appearance import Appearance, compare
from staydown.matching.kinds import kind_of
from staydown.matching.placement import Placement, placement_of
from staydown.matching.scoring import map_evidence, points_evidence, score_of
from staydown.matching.views import View
from staydown.types import MatchKind

_LEAST_AFTER_MUTING = 3


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What one pair of pictures amounts to.

    Attributes:
        evidence: log-likelihood-like sum; ``score_of`` maps it to 0..1.
        kind: same, part or altered.
        placement: where the query lies on the entry.
        appearance: the compared maps, or None where too little overlaps.
        altered_cells: 16 rows of 16 bits on the entry's grid, or None.
        points: how many pairs count.
    """

    evidence: float
    kind: MatchKind
    placement: Placement
    appearance: Appearance | None
    altered_cells: tuple[int, ...] | None
    points: int

    @property
    def score(self) -> float:
        """0..1, one half at the default threshold."""
        return score_of(self.evidence)


def unmirrored_grid(agreement: Agreement) -> npt.NDArray[np.uint8]:
    """The query's map as it was uploaded."""
    grid = agreement.query.grid
    return np.ascontiguousarray(grid[:, ::-1]) if agreement.is_mirrored else grid


def judge(
    query: View,
    entry: View,
    agreement: Agreement,
    *,
    muted: npt.NDArray[np.bool_] | None = None,
) -> Judgement:
    """Score, kind and altered cells of an agreement.

    Args:
        query: the upload, as it is (not mirrored).
        entry: the bank's picture.
        agreement: ``agree(query, entry)``.
        muted: pairs that recur in other entries and must not count; None = none.
    """
    placement = placement_of(agreement)
    matrix = np.array(placement.transform.matrix).reshape(2, 3)
    appearance = compare(matrix, query.grid, entry.grid)
    points = points_evidence(agreement, muted)
    from_map = map_evidence(appearance)
    counted = len(agreement.pairs)
    if muted is not None and muted.any():
        # What the overlay covers also agrees in brightness, so the maps cannot speak for the rest.
        counted -= int(muted.sum())
        from_map = min(from_map, 0.0)
        points = points if counted >= _LEAST_AFTER_MUTING else 0.0
    return Judgement(points + from_map, kind_of(placement), placement, appearance, None, counted)
