"""Where a video lies in time on another: votes over offset and speed (ADR-0013)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SPEEDS = (1.0, 1.25, 0.8, 1.1, 0.909, 1.5, 0.667, 2.0, 0.5, 1.2, 0.833, 0.9, 1.111, 0.75, 1.333)
"""Speeds that are tried: entry seconds that pass in one query second."""

SLACK_S = 0.6
"""How far a pair may be from the line: half the longest step between kept frames, and some."""

_BIN_S = 0.3
_UNCHANGED_BONUS = 1.25
_LEAST_FIT_SPAN_S = 3.0
_SPEED_PULL_S2 = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """A line in time: entry seconds = speed * query seconds + offset.

    Attributes:
        speed: entry seconds that pass in one query second.
        offset_s: where the query's start lies in the entry.
        members: int64, rows of the pairs that lie on the line, one a query frame, in order of time.
    """

    speed: float
    offset_s: float
    members: Ints

    def entry_ms(self, query_ms: float) -> float:
        """Where a moment of the query lies in the entry, in milliseconds."""
        return self.speed * query_ms + 1000 * self.offset_s


def align(
    frames: Ints,
    query_s: Floats,
    entry_s: Floats,
    weights: Floats,
    *,
    strengths: Floats | None = None,
) -> Alignment:
    """The line that gathers the most evidence, each query frame counting once.

    Args:
        frames: query frame number of each pair, int64, shape (n,), n at least 1.
        query_s: time in the query of each pair, shape (n,).
        entry_s: time in the entry of each pair, shape (n,).
        weights: vote of each pair, above 0, shape (n,).
        strengths: which pair of a frame is kept among those near the line; the votes by default.

    Returns:
        The best line.

    Cost: O(n log n) for each of the speeds.
    """
    best, best_votes = (1.0, 0.0), -1.0
    for speed in SPEEDS:
        offset_s, votes = _best_offset(frames, entry_s - speed * query_s, weights)
        if speed == 1.0:
            votes *= _UNCHANGED_BONUS
        if votes > best_votes:
            best, best_votes = (speed, offset_s), votes
    strengths = weights if strengths is None else strengths
    members = _members(frames, entry_s - best[0] * query_s - best[1], query_s, strengths)
    speed, offset_s = _fitted(query_s[members], entry_s[members], weights[members], *best)
    again = _members(frames, entry_s - speed * query_s - offset_s, query_s, strengths)
    if len(again) < len(members):
        return Alignment(*best, members)
    return Alignment(speed, offset_s, again)


def _best_offset(frames: Ints, offsets_s: Floats, weights: Floats) -> tuple[float, float]:
    """The offset whose neighbourhood of three bins holds the most votes, and these votes."""
    bins = np.floor(offsets_s / _BIN_S).astype(np.int64)
    bins -= bins.min()
    order = np.lexsort((-weights, bins, frames))
    f, b = frames[order], bins[order]
    first = np.ones(len(order), bool)
    first[1:] = (f[1:] != f[:-1]) | (b[1:] != b[:-1])
    chosen = order[first]
    numbers, inverse = np.unique(bins[chosen], return_inverse=True)
    votes = np.bincount(inverse, weights[chosen])
    joined = votes.copy()
    near = np.diff(numbers) == 1
    joined[1:][near] += votes[:-1][near]
    joined[:-1][near] += votes[1:][near]
    top = int(np.argmax(joined))
    inside = np.abs(bins - numbers[top]) <= 1
    centre = float(np.average(offsets_s[inside], weights=weights[inside]))
    return centre, float(joined[top])


def _members(frames: Ints, off_s: Floats, query_s: Floats, strengths: Floats) -> Ints:
    """The strongest pair of each query frame near the line, in order of query time."""
    near = np.flatnonzero(np.abs(off_s) <= SLACK_S)
    order = near[np.lexsort((-strengths[near], frames[near]))]
    f = frames[order]
    first = np.ones(len(order), bool)
    first[1:] = f[1:] != f[:-1]
    members = order[first]
    return members[np.argsort(query_s[members], kind="stable")]


def _fitted(
    query_s: Floats, entry_s: Floats, weights: Floats, speed: float, offset_s: float
) -> tuple[float, float]:
    """Least squares around the voted line; kept where the pairs span too little time."""
    if len(query_s) < 4 or np.ptp(query_s) < _LEAST_FIT_SPAN_S:
        return speed, offset_s
    mean_q, mean_e = np.average(query_s, weights=weights), np.average(entry_s, weights=weights)
    dq, de = query_s - mean_q, entry_s - mean_e
    pull = _SPEED_PULL_S2 * float(weights.max())
    fitted = (float((weights * dq * de).sum()) + pull * speed) / (
        float((weights * dq * dq).sum()) + pull
    )
    return fitted, float(mean_e - fitted * mean_q)
