"""Room: candidates -> matches."""

from staydown.matching.matcher import Matcher
from staydown.matching.scoring import DEFAULT_MIN_SCORE

__all__ = ["DEFAULT_MIN_SCORE", "Matcher"]
