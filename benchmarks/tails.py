"""What the tail of false evidence says of rare false matches: counts, fits, and how sure they are.

Evidence is in units of the default threshold: 1 is a match. Queries made from one picture are not
independent, so intervals come from drawing whole pictures anew (a cluster bootstrap), and the count
of pictures is reported beside the count of queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SHARES = (0.005, 0.01, 0.025, 0.05, 0.1)
"""Tails that are fitted: the highest so many of all queries."""
_LEAST_TAIL = 20


@dataclass(frozen=True)
class Queries:
    """The best false evidence of each query.

    Attributes:
        best: shape (n,).
        picture: shape (n,), int: which picture each query was made from, 0, 1, 2, …
    """

    best: Floats
    picture: npt.NDArray[np.int64]

    def drawn(self, rng: np.random.Generator) -> Floats:
        """The evidence of as many pictures as there are, drawn with replacement."""
        order = np.argsort(self.picture, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(self.picture[order]) > 0])
        groups = np.split(self.best[order], starts[1:])
        return np.concatenate([groups[k] for k in rng.integers(0, len(groups), len(groups))])


def most_expected(found: int, queries: int) -> float:
    """Upper end (95 %, one-sided) of the false matches a query, from a count; Poisson.

    With none found it is the rule of three, 3 / n.
    """
    low, high = 0.0, 3.0 + 3.0 * found + 10.0
    for _ in range(80):
        mean = (low + high) / 2
        terms = np.r_[1.0, np.cumprod(mean / np.arange(1, found + 1))]
        low, high = (mean, high) if np.exp(-mean) * terms.sum() > 0.05 else (low, mean)
    return high / queries


def exponential_rate(best: Floats, share: float, at: float = 1.0) -> float:
    """Share of queries above ``at``, by an exponential through the highest ``share`` of them."""
    tail, start = _tail(best, share)
    if start >= at or not tail.any():
        return float((best >= at).mean())
    return len(tail) / len(best) * float(np.exp(-(at - start) / tail.mean()))


def pareto_rate(best: Floats, share: float, at: float = 1.0) -> float:
    """The same by a generalised Pareto distribution, whose tail may be longer or shorter.

    Fitted by probability-weighted moments (Hosking and Wallis 1987).
    """
    tail, start = _tail(best, share)
    if start >= at or not tail.any():
        return float((best >= at).mean())
    n = len(tail)
    mean = float(tail.mean())
    weighted = float((np.sort(tail) * (n - np.arange(1, n + 1)) / (n - 1)).mean())
    apart = mean - 2 * weighted
    shape = 2.0 - mean / apart if apart > 1e-9 * mean else 0.0
    if abs(shape) < 1e-6:
        return exponential_rate(best, share, at)
    scale = 2.0 * mean * weighted / apart
    inside = 1.0 + shape * (at - start) / scale
    return n / len(best) * float(inside ** (-1.0 / shape)) if inside > 0 else 0.0


def _tail(best: Floats, share: float) -> tuple[Floats, float]:
    """How far the highest lie above the highest that is not one of them, and that one."""
    count = min(len(best) - 1, max(_LEAST_TAIL, round(share * len(best))))
    ordered = np.sort(best)[::-1]
    return ordered[:count] - ordered[count], float(ordered[count])


def report(queries: Queries, *, at: float = 1.0, draws: int = 1000, seed: int = 0) -> dict:
    """Counts and fits for one kind of query, with 95 % intervals; ready for JSON."""
    best = queries.best
    found = int((best >= at).sum())
    rng = np.random.default_rng(seed)
    samples = [queries.drawn(rng) for _ in range(draws)]
    fits = []
    for share in SHARES:
        start = _tail(best, share)[1]
        if start <= 0.0:  # most queries have no false candidate at all: no tail begins there
            break
        row: dict = {"tail_share": share, "tail_from": round(start, 3)}
        for name, rate in (("exponential", exponential_rate), ("pareto", pareto_rate)):
            low, high = np.percentile([rate(s, share, at) for s in samples], [2.5, 97.5])
            row[name] = _short(rate(best, share, at))
            row[f"{name}_95"] = [_short(low), _short(high)]
        fits.append(row)
    return {
        "queries": len(best),
        "pictures": len(np.unique(queries.picture)),
        "queries_with_false_match": found,
        "most_expected_95": _short(most_expected(found, len(best))),
        "highest": [round(float(v), 3) for v in np.sort(best)[::-1][:10]],
        "fits": fits,
    }


def _short(value: float) -> float:
    return float(f"{value:.2g}")


def picture_numbers(names: Sequence[str]) -> npt.NDArray[np.int64]:
    """A number for each name; the same for the same name."""
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)
