"""Room: candidates -> matches."""

from staydown.matching.matcher import Matcher, load_compiled
from staydown.matching.scoring import DEFAULT_MIN_SCORE

__all__ = ["DEFAULT_MIN_SCORE", "Matcher", "load_compiled"]
