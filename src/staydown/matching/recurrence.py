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

from staydown.matching.agreement import GUIDED_BITS, Agreement
from staydown.matching.appearance import Appearance, compare
from staydown.matching.placement import carried, fraction_matrix, inverted
from staydown.matching.views import View, mirrored

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

OTHERS = 2
"""How many other entries a point must recur in to be muted. Source: ADR-0009."""
ALIKE_SHARE = 0.9
"""Explained share of the maps from which pictures count as alike throughout. Source: ADR-0009."""
_ALIKE_EVIDENCE = 5.0
_LEAST_COMMON = 2
_MOST_TESTS = 10
_FIELDS = 6
_FULL_FIELD = 3
MOST_CONTRADICTED = 0.3
"""Share of fields full of points without one partner up to which pictures count as alike."""
_SLACK_PX = 10.0
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


def _fields_of(fractions: Floats) -> npt.NDArray[np.int64]:
    """How many points lie in each of 6 x 6 fields; points as fractions, those outside left out."""
    at = fractions[((fractions >= 0) & (fractions < 1)).all(1)]
    index = (at * _FIELDS).astype(np.int64)
    return np.bincount(index[:, 1] * _FIELDS + index[:, 0], minlength=_FIELDS * _FIELDS)


def contradicted_share(first: View, second: View, matrix: Floats, pairs: Ints) -> float:
    """Share of the fields of ``first`` that hold points of either picture and not one pair.

    Maps of plain or evenly textured pictures agree whatever they show; their points do not.

    Args:
        first: the picture whose fields are counted.
        second: the other one.
        matrix: affine map of pixels of ``first`` to pixels of ``second``, shape (6,).
        pairs: rows of both that belong together, shape (k, 3).

    Returns:
        0..1; 1 where no field holds points.
    """
    one, two = (np.array([v.width, v.height], np.float64) for v in (first, second))
    m = matrix.reshape(2, 3)
    here = first.points[:, :2]
    seen = np.all((at := carried(m, here) / two) >= 0, axis=1) & np.all(at < 1, axis=1)
    there = carried(inverted(m), second.points[:, :2]) / one
    full = np.maximum(_fields_of(here[seen] / one), _fields_of(there)) >= _FULL_FIELD
    if not full.any():
        return 1.0
    return float((_fields_of(here[pairs[:, 0]] / one)[full] == 0).mean())


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
        if len(others) < OTHERS or self._is_alike_throughout(k):
            return none
        unlike = [j for j in others[:_MOST_TESTS] if not self._is_same_picture(k, j)]
        if len(unlike) < OTHERS:
            return none
        recurring = self._found[unlike].sum(0)[pairs[:, 0]] >= OTHERS
        return np.asarray(recurring | self._is_near(self._all[k].agreement, recurring))

    def _is_alike_throughout(self, k: int) -> bool:
        """True where query and entry agree nearly everywhere, in brightness and in points."""
        agreement = self._all[k].agreement
        return is_alike(self._all[k].appearance) and (
            contradicted_share(agreement.query, agreement.entry, agreement.matrix, agreement.pairs)
            <= MOST_CONTRADICTED
        )

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
            self._same[key] = _show_one_picture(*(self._all[k].agreement for k in key))
        return self._same[key]


def _show_one_picture(a: Agreement, b: Agreement) -> bool:
    """True where the entries of two agreements of one query agree nearly everywhere."""
    from staydown.matching import geometry as g  # noqa: PLC0415 - numba, when needed

    m = _linked(a, b)
    if not is_alike(compare(m, a.entry.grid, b.entry.grid)):
        return False
    first = a.entry
    if np.linalg.det(m[:, :2]) < 0:
        first = mirrored(first)
        m = np.column_stack([-m[:, 0], m[:, 1], m[:, 2] + m[:, 0]])
    scale = np.array([b.entry.width, b.entry.height], np.float64)[:, None]
    pixels = m * scale / np.array([first.width, first.height, 1.0])
    distances = g.distance_table(first.words, b.entry.words)
    pairs = g.pairs_under(
        first.points, b.entry.points, distances, pixels.ravel(), GUIDED_BITS, _SLACK_PX
    )
    return contradicted_share(first, b.entry, pixels.ravel(), pairs) <= MOST_CONTRADICTED


def _linked(a: Agreement, b: Agreement) -> Floats:
    """Map of the entry of ``a`` to the entry of ``b`` in fractions, through their query."""
    back, onward = inverted(fraction_matrix(a)), fraction_matrix(b)
    return np.column_stack([onward[:, :2] @ back[:, :2], onward[:, :2] @ back[:, 2] + onward[:, 2]])
