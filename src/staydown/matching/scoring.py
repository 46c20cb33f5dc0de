"""From evidence to a score in 0..1."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt

from staydown.matching.agreement import Agreement
from staydown.matching.appearance import Appearance
from staydown.matching.whole import MIN_QUALITY, TURNED_BITS, UPRIGHT, WholeCandidate
from staydown.types.signals import MAX_QUALITY

DEFAULT_MIN_SCORE = 0.5
"""Score from which a candidate is a match. Source: calibration.json, ADR-0009."""

EVEN_EVIDENCE = 21.0
"""Evidence that maps to a score of one half."""
LARGE_BANK = 100_000
"""Pictures from which windows alone need more than the default score. Source: ADR-0009."""
_CHANCE_EVIDENCE = 4.5
"""Evidence by which wrong matches get e times rarer. Source: ADR-0009."""
_ON_A_LINE_PX = 4.0
_LINE_SHARE = 0.15
_MOST_FROM_MAP, _FROM_MAP_A_PAIR = 15.0, 3.0
EXPECTED_SHARE = 0.8
"""Explained share of the maps below which they speak against a match. Source: ADR-0009."""
_MISSING_SHARE_COST = 40.0
_FULL_CELLS = 20
_WHOLE_ZERO_BITS = 48
_WHOLE_PER_BIT = 1.5


def points_evidence(agreement: Agreement, muted: npt.NDArray[np.bool_] | None = None) -> float:
    """Evidence of the pairs that are not muted; pairs along one line count for less."""
    from staydown.matching.geometry import settled_weight  # noqa: PLC0415 - numba, when needed

    counted = np.ones(len(agreement.pairs), np.bool_) if muted is None else ~muted
    if not counted.any():
        return 0.0
    weight, count, across = settled_weight(
        agreement.query.points,
        agreement.entry.points,
        agreement.pairs[counted],
        agreement.weights[counted],
    )
    if count < 3:
        return float(weight)
    share = min(1.0, _LINE_SHARE + (1 - _LINE_SHARE) * (across / _ON_A_LINE_PX) ** 2)
    return float(weight * max(share, 2.0 / count))


def map_evidence(appearance: Appearance | None, *, pairs: int | None = None) -> float:
    """Evidence of the coarse maps: for, where brightness agrees; against, where much does not.

    Args:
        appearance: the compared maps; None gives 0.
        pairs: how many pairs of points placed them. A transform from one or two pairs can be chosen
            so that smooth maps agree, so it lends them less; None where the placing is certain.
    """
    if appearance is None:
        return 0.0
    missing = max(0.0, EXPECTED_SHARE - appearance.explained_share)
    against = _MISSING_SHARE_COST * missing * min(1.0, appearance.cells / _FULL_CELLS)
    most = _MOST_FROM_MAP if pairs is None else min(_MOST_FROM_MAP, _FROM_MAP_A_PAIR * pairs)
    return min(appearance.evidence, most) - against


def whole_evidence(whole: WholeCandidate | None) -> float:
    """Evidence of the whole-picture hash; 0 where it is far or of low quality."""
    if whole is None or whole.quality < MIN_QUALITY:
        return 0.0
    return max(0.0, _WHOLE_PER_BIT * (_WHOLE_ZERO_BITS - whole.distance))


@cache
def whole_bits_for(min_score: float) -> int:
    """How far a whole-picture hash may be and still reach a score by itself; -1 for no distance."""
    reach = (
        bits
        for bits in range(TURNED_BITS, -1, -1)
        if score_of(whole_evidence(WholeCandidate(0, -1, bits, UPRIGHT, MAX_QUALITY))) >= min_score
    )
    return next(reach, -1)


def sure_score(pictures: int) -> float:
    """Score from which windows alone are a match, by the size of the bank.

    Wrong matches grow with the pictures and fall exponentially with the evidence, so the evidence
    that is asked for grows with the logarithm: one half up to ``LARGE_BANK``, .60 at a million,
    .66 at ten million.

    Args:
        pictures: how many the bank holds, frames of videos among them.
    """
    more = _CHANCE_EVIDENCE * math.log(max(1.0, pictures / LARGE_BANK))
    return score_of(EVEN_EVIDENCE + more)


def score_of(evidence: float) -> float:
    """Score of an amount of evidence: 0 for none, one half at the default threshold."""
    return max(0.0, evidence) / (max(0.0, evidence) + EVEN_EVIDENCE)
