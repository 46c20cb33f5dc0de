"""What kind of copy a match is, and the sentence that says why."""

from __future__ import annotations

from staydown.matching.placement import Placement
from staydown.matching.whole import WholeCandidate
from staydown.types import MatchKind

_WHOLE_ENTRY_SHARE = 0.93
_BORDER_SHARE = 0.42


def kind_of(placement: Placement | None) -> MatchKind:
    """The kind of copy, as far as the transform tells it."""
    if placement is None:
        return MatchKind.SAME
    if placement.entry_share < _WHOLE_ENTRY_SHARE or placement.query_share < _BORDER_SHARE:
        return MatchKind.PART
    return MatchKind.SAME


def reason_for(kind: MatchKind, points: int, whole: WholeCandidate | None) -> str:
    """One plain sentence."""
    if points:
        return f"{points} points of the picture lie where the entry has them ({kind})."
    if whole is not None:
        return f"The whole picture differs from the entry in {whole.distance} of 256 bits ({kind})."
    return "Nothing but a weak likeness."
