"""What a score means: how often another picture reaches it by chance, as calibrated."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Chance:
    """How often a score is reached by chance.

    Attributes:
        min_score: the calibrated threshold that the score reaches.
        pairs: one in so many pairs of other pictures; None where none was seen.
        tried: how many pairs were tried.
    """

    min_score: float
    pairs: int | None
    tried: int


@cache
def _calibration() -> tuple[int, tuple[tuple[float, float], ...]]:
    text = files("staydown.matching").joinpath("calibration.json").read_text(encoding="utf-8")
    values = json.loads(text)
    rows = tuple(
        (float(row["min_score"]), float(row["implied_a_million_pairs"]))
        for row in values["thresholds"]
    )
    return int(values["distractor_pairs"]), tuple(sorted(rows))


def chance_of(score: float) -> Chance | None:
    """The chance at a score; None below the lowest calibrated threshold.

    The implied rate continues the tail of the false scores, so it errs to the safe side.
    Source: docs/matching.md, calibration.
    """
    tried, rows = _calibration()
    reached = [row for row in rows if row[0] <= score + 1e-9]
    if not reached:
        return None
    min_score, a_million = reached[-1]
    pairs = round(1_000_000 / a_million) if a_million > 0 else None
    return Chance(min_score, pairs, tried)
