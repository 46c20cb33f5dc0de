"""The compiled loops that compare two coarse maps: sampling, and the change of light."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from staydown.index.native import compiled
from staydown.types.windows import GRID_SIDE

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SUB = 3
"""Samples a side that are averaged for one cell of the coarser map."""
TERMS = 6
_LEAST_GAIN, _MOST_GAIN = 20.0, 320.0
_LEAST_RUN = 0.08
_STARTS = 14
_ROUNDS = 6
_HOLD = (1e-3, 1e-3, 2.0, 1.0, 1.0, 1.0)


@compiled
def sampled(plane: Floats, m: Floats) -> Any:
    """A 16 x 16 plane seen through an affine map, averaged a cell, and cells that lie inside it.

    Args:
        plane: values.
        m: shape (2, 3), maps fractions of the lattice to fractions of the plane.
    """
    side, values = GRID_SIDE * SUB, np.zeros((GRID_SIDE, GRID_SIDE))
    valid = np.ones((GRID_SIDE, GRID_SIDE), np.bool_)
    last = GRID_SIDE - 1.001
    for r in range(side):
        for c in range(side):
            u, v = (c + 0.5) / side, (r + 0.5) / side
            x = m[0, 0] * u + m[0, 1] * v + m[0, 2]
            y = m[1, 0] * u + m[1, 1] * v + m[1, 2]
            if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
                valid[r // SUB, c // SUB] = False
                continue
            x = min(max(x * GRID_SIDE - 0.5, 0.0), last)
            y = min(max(y * GRID_SIDE - 0.5, 0.0), last)
            i, j = int(y), int(x)
            fy, fx = y - i, x - j
            top = plane[i, j] * (1 - fx) + plane[i, j + 1] * fx
            below = plane[i + 1, j] * (1 - fx) + plane[i + 1, j + 1] * fx
            values[r // SUB, c // SUB] += (top * (1 - fy) + below * fy) / (SUB * SUB)
    return values, valid


@compiled
def spread(plane: Floats) -> Any:
    """Largest minus least value of each cell's 3 x 3 surroundings."""
    out = np.empty((GRID_SIDE, GRID_SIDE))
    for r in range(GRID_SIDE):
        for c in range(GRID_SIDE):
            low, high = plane[r, c], plane[r, c]
            for i in range(max(0, r - 1), min(GRID_SIDE, r + 2)):
                for j in range(max(0, c - 1), min(GRID_SIDE, c + 2)):
                    low, high = min(low, plane[i, j]), max(high, plane[i, j])
            out[r, c] = high - low
    return out


@compiled
def _first_weights(e: Floats, q: Floats, s: Floats) -> Any:
    """Weights under the gain and offset, of a fixed set of pairs of cells, that explain most."""
    n = len(e)
    order = np.argsort(e, kind="mergesort")
    count = min(n, _STARTS)
    best_gain, best_base, best = 0.0, 0.0, -1.0
    for a in range(count):
        i = order[(n - 1) * a // max(1, count - 1)]
        for b in range(a + 1, count):
            j = order[(n - 1) * b // max(1, count - 1)]
            run = e[j] - e[i]
            if run < _LEAST_RUN:
                continue
            gain = (q[j] - q[i]) / run
            if gain < _LEAST_GAIN or gain > _MOST_GAIN:
                continue
            explained = 0.0
            for k in range(n):
                miss = (q[i] + gain * (e[k] - e[i]) - q[k]) / s[k]
                explained += 1 / (1 + miss * miss)
            if explained > best:
                best_gain, best_base, best = gain, q[i] - gain * e[i], explained
    weights = np.ones(n)
    if best > 0:
        for k in range(n):
            miss = (best_base + best_gain * e[k] - q[k]) / s[k]
            weights[k] = 1 / (1 + miss**4)
    return weights


@compiled
def _terms_of(e: float, row: int, column: int, out: Floats) -> None:
    x, y = column / 7.5 - 1, row / 7.5 - 1
    out[0], out[1], out[2], out[3], out[4], out[5] = 1.0, e, e * e, x, y, x * x + y * y


@compiled
def _solved(square: Floats, right: Floats) -> Any:
    """Solution of a small symmetric positive definite system; both arguments are used up."""
    n = len(right)
    for k in range(n):
        for i in range(k + 1, n):
            factor = square[i, k] / square[k, k]
            for j in range(k, n):
                square[i, j] -= factor * square[k, j]
            right[i] -= factor * right[k]
    out = np.zeros(n)
    for k in range(n - 1, -1, -1):
        rest = right[k]
        for j in range(k + 1, n):
            rest -= square[k, j] * out[j]
        out[k] = rest / square[k, k]
    return out


@compiled
def _least_squares(basis: Floats, q: Floats, weights: Floats) -> Any:
    """Weighted least squares, its terms held near zero by their own small weights."""
    terms = basis.shape[1]
    square, right = np.zeros((terms, terms)), np.zeros(terms)
    for k in range(len(q)):
        for i in range(terms):
            right[i] += weights[k] * basis[k, i] * q[k]
            for j in range(terms):
                square[i, j] += weights[k] * basis[k, i] * basis[k, j]
    for i in range(terms):
        square[i, i] += _HOLD[i]
    return _solved(square, right)


@compiled
def change_of_light(entry: Floats, query: Floats, valid: Mask, slack: Floats) -> Any:
    """The entry's brightness under the smooth change of light that explains most cells.

    Gain and offset come first, from the start that explains most; a quadratic and a slope and bowl
    across the picture (glare, vignette) come in later, on cells that are explained by then.
    """
    count = int(valid.sum())
    basis, q, s = np.empty((count, TERMS)), np.empty(count), np.empty(count)
    k = 0
    for r in range(GRID_SIDE):
        for c in range(GRID_SIDE):
            if valid[r, c]:
                _terms_of(entry[r, c] / 128 - 1, r, c, basis[k])
                q[k], s[k] = query[r, c], slack[r, c]
                k += 1
    weights = _first_weights(basis[:, 1].copy(), q, s)
    found = np.zeros(TERMS)
    for step in range(_ROUNDS):
        found[:] = 0.0
        terms = 2 if step < 2 else (3 if step < 4 else TERMS)
        found[:terms] = _least_squares(basis[:, :terms].copy(), q, weights)
        for k in range(count):
            miss = (basis[k] * found).sum() - q[k]
            weights[k] = 1 / (1 + (miss / s[k]) ** 4)
    fitted, row = np.empty((GRID_SIDE, GRID_SIDE)), np.empty(TERMS)
    for r in range(GRID_SIDE):
        for c in range(GRID_SIDE):
            _terms_of(entry[r, c] / 128 - 1, r, c, row)
            fitted[r, c] = (found * row).sum()
    return fitted


@compiled
def chance_share(fitted: Floats, query: Floats, valid: Mask, slack: Floats) -> Any:
    """Share of unlike pairs of cells that would count as explained: what chance would give."""
    f, q, s = fitted.ravel(), query.ravel(), slack.ravel()
    v = valid.ravel()
    near = pairs = 0
    for i in range(len(f)):
        if not v[i]:
            continue
        for step in (37, 83, 101, 149, 190, 223):
            j = (i + step) % len(f)
            if v[j]:
                pairs += 1
                near += abs(q[i] - f[j]) <= s[i]
    return near / pairs if pairs else 1.0
