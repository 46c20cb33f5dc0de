"""Overlays: points of the query that recur in several other entries do not speak for one of them.

An app's frame, a caption or a sticker is the same on many pictures. The points that it gives agree
with every entry that carries it. They are muted, unless the coarse maps say that the two pictures
are alike throughout, or that the other entries are copies of the same picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.matching.agreement import Agreement
from staydown.matching.appearance import Appearance, compare
from staydown.matching.placement import fraction_matrix, inverted

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

OTHERS = 2
"""How many other entries a point must recur in to be muted. Source: ADR-0009."""
ALIKE_SHARE = 0.9
"""Explained share of the maps from which pictures count as alike throughout. Source: ADR-0009."""
_ALIKE_EVIDENCE = 5.0
_LEAST_COMMON = 2
_MOST_TESTS = 10
NEAR_PX = 24.0
"""Points this near to a muted one belong to the same overlay, in pixels of the working copy."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """An agreement with its compared maps.

    Attributes:
        agreement: the points.
        appearance: the maps; None where too little overlaps.
    """

    agreement: Agreement
    appearance: Appearance | None


def is_alike(appearance: Appearance | None) -> bool:
    """True where the maps agree nearly everywhere, and could have disagreed."""
    return (
        appearance is not None
        and appearance.explained_share >= ALIKE_SHARE
        and appearance.evidence >= _ALIKE_EVIDENCE
    )


class Recurrence:
    """Which points of a query recur among the agreements with several entries.

    Args:
        compared: one query's agreements with different entries.
    """

    def __init__(self, compared: Sequence[Compared]) -> None:
        self._all = compared
        n = len(compared[0].agreement.query) if compared else 0
        self._found = np.zeros((len(compared), n), np.bool_)
        for k, one in enumerate(compared):
            self._found[k, one.agreement.pairs[:, 0]] = True
        self._same: dict[tuple[int, int], bool] = {}

    def muted(self, k: int) -> Mask:
        """Which pairs of agreement ``k`` are muted: bool, one a pair."""
        pairs = self._all[k].agreement.pairs
        none = np.zeros(len(pairs), np.bool_)
        common = (self._found & self._found[k]).sum(1)
        common[k] = 0
        others = [int(j) for j in np.argsort(-common, kind="stable") if common[j] >= _LEAST_COMMON]
        if len(others) < OTHERS or is_alike(self._all[k].appearance):
            return none
        unlike = [j for j in others[:_MOST_TESTS] if not self._is_same_picture(k, j)]
        if len(unlike) < OTHERS:
            return none
        recurring = self._found[unlike].sum(0)[pairs[:, 0]] >= OTHERS
        return np.asarray(recurring | self._is_near(self._all[k].agreement, recurring))

    @staticmethod
    def _is_near(agreement: Agreement, muted: Mask) -> Mask:
        """Pairs whose query point lies near that of a muted pair."""
        spots = agreement.query.points[agreement.pairs[:, 0], :2]
        if not muted.any():
            return muted
        away = np.abs(spots[:, None, :] - spots[muted][None, :, :]).max(2).min(1)
        return np.asarray(away <= NEAR_PX)

    def _is_same_picture(self, j: int, k: int) -> bool:
        """True where two entries agree nearly everywhere: copies of one picture."""
        key = (min(j, k), max(j, k))
        if key not in self._same:
            a, b = self._all[key[0]].agreement, self._all[key[1]].agreement
            self._same[key] = is_alike(compare(_linked(a, b), a.entry.grid, b.entry.grid))
        return self._same[key]


def _linked(a: Agreement, b: Agreement) -> Floats:
    """Map of the entry of ``a`` to the entry of ``b`` in fractions, through their query."""
    back, onward = inverted(fraction_matrix(a)), fraction_matrix(b)
    return np.column_stack([onward[:, :2] @ back[:, :2], onward[:, :2] @ back[:, 2] + onward[:, 2]])
