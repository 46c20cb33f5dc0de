"""Overlays: points of the query that recur in several other entries do not speak for one of them.

An app's frame, a caption or a sticker is the same on many pictures. The points that it gives agree
with every entry that carries it. They are muted, unless they account for the picture as a whole, or
unless the other entries are copies of the same picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from staydown.matching.agreement import GUIDED_BITS, Agreement
from staydown.matching.coverage import coverage
from staydown.matching.geometry import distance_table, pairs_under
from staydown.matching.placement import linked
from staydown.matching.views import mirrored

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

OTHERS = 2
"""How many other entries a point must recur in to be muted. Source: ADR-0009."""
COVERED = 0.8
"""Coverage from which points account for the whole picture. Source: ADR-0009."""
_LEAST_COMMON = 2
_MOST_TESTS = 10
_SLACK_PX = 10.0


class Recurrence:
    """Which points of a query recur among the agreements with several entries.

    Args:
        agreements: of one query with different entries.
    """

    def __init__(self, agreements: Sequence[Agreement]) -> None:
        self._all = agreements
        n = len(agreements[0].query) if agreements else 0
        self._found = np.zeros((len(agreements), n), np.bool_)
        for k, agreement in enumerate(agreements):
            self._found[k, agreement.pairs[:, 0]] = True
        self._same: dict[tuple[int, int], bool] = {}

    def muted(self, k: int) -> Mask:
        """Which pairs of agreement ``k`` are muted: bool, one a pair."""
        agreement = self._all[k]
        none = np.zeros(len(agreement.pairs), np.bool_)
        common = (self._found & self._found[k]).sum(1)
        common[k] = 0
        others = [int(j) for j in np.argsort(-common, kind="stable") if common[j] >= _LEAST_COMMON]
        if len(others) < OTHERS or self._accounts_for_all(agreement):
            return none
        unlike = [j for j in others[:_MOST_TESTS] if not self._is_same_picture(k, j)]
        # Beyond the tested ones, others are taken to be like the tested ones.
        if len(unlike) < OTHERS:
            return none
        counts = self._found[unlike].sum(0)
        return np.asarray(counts[agreement.pairs[:, 0]] >= OTHERS)

    def _accounts_for_all(self, agreement: Agreement) -> bool:
        return (
            coverage(agreement.query, agreement.pairs[:, 0]) >= COVERED
            or coverage(agreement.entry, agreement.pairs[:, 1]) >= COVERED
        )

    def _is_same_picture(self, j: int, k: int) -> bool:
        """True where two entries agree over most of their area: copies of one picture."""
        key = (min(j, k), max(j, k))
        if key not in self._same:
            self._same[key] = _agree_throughout(self._all[key[0]], self._all[key[1]])
        return self._same[key]


def _agree_throughout(a: Agreement, b: Agreement) -> bool:
    """True where the entries of two agreements of one query show the same picture throughout."""
    first = a.entry if a.is_mirrored == b.is_mirrored else mirrored(a.entry)
    matrix = linked(a, b)
    distances = distance_table(first.words, b.entry.words)
    pairs = pairs_under(first.points, b.entry.points, distances, matrix, GUIDED_BITS, _SLACK_PX)
    return coverage(first, pairs[:, 0]) >= COVERED or coverage(b.entry, pairs[:, 1]) >= COVERED
