"""From evidence to a score in 0..1."""

from __future__ import annotations

from staydown.matching.agreement import Agreement
from staydown.matching.whole import MIN_QUALITY, WholeCandidate

DEFAULT_MIN_SCORE = 0.5
"""Score from which a candidate is a match. Source: calibration.json, ADR-0009."""

_EVEN_WEIGHT = 30.0
"""Evidence that maps to a score of one half."""
_WHOLE_ZERO_BITS = 48
_WHOLE_PER_BIT = 1.5


def windows_evidence(agreement: Agreement | None) -> float:
    """Evidence of the windows; 0 where there is none."""
    return 0.0 if agreement is None else agreement.weight


def whole_evidence(whole: WholeCandidate | None) -> float:
    """Evidence of the whole-picture hash; 0 where it is far or of low quality."""
    if whole is None or whole.quality < MIN_QUALITY:
        return 0.0
    return max(0.0, _WHOLE_PER_BIT * (_WHOLE_ZERO_BITS - whole.distance))


def score_of(evidence: float) -> float:
    """Score of an amount of evidence: 0 for none, one half at the default threshold."""
    return max(0.0, evidence) / (max(0.0, evidence) + _EVEN_WEIGHT)
