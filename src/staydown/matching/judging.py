"""Weigh what is known of one pair of pictures: score, kind, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.matching.agreement import Agreement
from staydown.matching.altered import altered_cells, heaviest_region
from staydown.matching.appearance import CENTRES, MIN_CELLS, Appearance, compare
from staydown.matching.kinds import kind_of
from staydown.matching.placement import Placement, carried, fraction_matrix, inverted, placement_of
from staydown.matching.recurrence import NEAR_PX
from staydown.matching.scoring import (
    DEFAULT_MIN_SCORE,
    EXPECTED_SHARE,
    map_evidence,
    points_evidence,
    score_of,
)
from staydown.matching.views import View
from staydown.types import MatchKind
from staydown.types.windows import GRID_SIDE

Mask = npt.NDArray[np.bool_]

_LEAST_AFTER_MUTING = 3
BESIDE_COST = 300.0
"""Evidence lost for each unit of brightness share that is missing beside an overlay."""


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


def appearance_of(query: View, agreement: Agreement) -> Appearance | None:
    """The maps of both pictures compared under an agreement; None where too little overlaps."""
    return compare(fraction_matrix(agreement), query.grid, agreement.entry.grid)


def judge(
    query: View,
    entry: View,  # noqa: ARG001
    agreement: Agreement,
    *,
    appearance: Appearance | None = None,
    muted: Mask | None = None,
) -> Judgement:
    """Score, kind and altered cells of an agreement.

    Args:
        query: the upload, as it is (not mirrored).
        entry: the bank's picture.
        agreement: ``agree(query, entry)``.
        appearance: ``appearance_of(query, agreement)``, where the caller has it already.
        muted: pairs that recur in other entries and must not count; None = none.
    """
    placement = placement_of(agreement)
    appearance = appearance or appearance_of(query, agreement)
    counted = len(agreement.pairs)
    if muted is None or not muted.any():
        evidence = points_evidence(agreement) + map_evidence(appearance, pairs=counted)
    else:
        counted -= int(muted.sum())
        evidence = _evidence_beside(agreement, appearance, muted)
    cells = _replaced_cells(query, agreement, appearance, evidence)
    kind = MatchKind.ALTERED if cells else kind_of(placement, query, agreement)
    return Judgement(evidence, kind, placement, appearance, cells, counted)


def _replaced_cells(
    query: View, agreement: Agreement, appearance: Appearance | None, evidence: float
) -> tuple[int, ...] | None:
    """Where the content was replaced; None where it was not, or where the match is too weak."""
    if appearance is None or score_of(evidence) < DEFAULT_MIN_SCORE:
        return None
    region = heaviest_region(query, agreement, appearance)
    if region is None or not region.is_replacement:
        return None
    return altered_cells(region, appearance)


def _evidence_beside(agreement: Agreement, appearance: Appearance | None, muted: Mask) -> float:
    """Evidence of what is not under an overlay: pairs that are not muted, cells away from it."""
    if int((~muted).sum()) < _LEAST_AFTER_MUTING:
        return 0.0
    points = points_evidence(agreement, muted)
    if appearance is None:
        return points
    m = appearance.matrix
    size = np.array([agreement.query.width, agreement.query.height], np.float64)
    spots = agreement.query.points[agreement.pairs[muted, 0], :2] / size
    if agreement.is_mirrored:
        spots[:, 0] = 1 - spots[:, 0]
    reach = NEAR_PX / size
    centres = CENTRES if appearance.on_query else carried(inverted(m), CENTRES)
    near: Mask = np.abs(centres[:, None, :] - spots[None]) <= reach
    beside = appearance.without(np.any(near.all(2), axis=1).reshape(GRID_SIDE, GRID_SIDE))
    if beside.cells < MIN_CELLS:
        return 0.0
    return (
        points
        + min(beside.evidence, 0.0)
        - BESIDE_COST * max(0.0, EXPECTED_SHARE - beside.explained_share)
    )
