"""The compiled loops that find how one set of points lies on another.

Each pair of like hashes proposes a similarity transform; the one that most pairs support is
refined to an affine transform, and pairs that fit it are collected once more at a wider radius.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from staydown.index.native import compiled
from staydown.index.native import popcount as _popcount

popcount: Any = _popcount
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MAX_HYPOTHESES = 64
_POSITION_PX = 6.0
_POSITION_SHARE = 0.16
_SCALE_OCTAVES = 1.0
_APART_PX = 16.0
_RIVAL_START, _RIVAL_SPAN = 5.0, 40.0
_NO_RIVAL, _LEAST_DISTINCT = 200, 0.05
_GUESSES, _GUESS_STEP = 3, 0.25
_ANGLE_RAD = 0.5
_FIT_ANGLE_RAD = 0.45
_FIT_SCALE_OCTAVES = 0.9
_SIMILARITY_RIDGE = 400.0
_ONE_SPOT_PX = 6.0


@compiled
def distance_table(a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64]) -> Any:
    """Bits between each hash of ``a`` and each of ``b``: int16, shape (len(a), len(b))."""
    out = np.empty((len(a), len(b)), np.int16)
    for i in range(len(a)):
        a0, a1, a2, a3 = a[i, 0], a[i, 1], a[i, 2], a[i, 3]
        for j in range(len(b)):
            out[i, j] = (
                popcount(a0 ^ b[j, 0])
                + popcount(a1 ^ b[j, 1])
                + popcount(a2 ^ b[j, 2])
                + popcount(a3 ^ b[j, 3])
            )
    return out


@compiled
def turn_between(a: float, b: float) -> Any:
    """The angle from a to b, in -pi..pi."""
    turn = (b - a) % (2 * math.pi)
    return turn - 2 * math.pi if turn > math.pi else turn


@compiled
def like_pairs(distances: npt.NDArray[np.int16], radius: int) -> Any:
    """Pairs within ``radius`` bits, nearest first: int64 array of shape (k, 3): row, row, bits."""
    count = 0
    for i in range(distances.shape[0]):
        for j in range(distances.shape[1]):
            count += distances[i, j] <= radius
    found = np.empty((count, 3), np.int64)
    starts = np.zeros(radius + 2, np.int64)
    for i in range(distances.shape[0]):
        for j in range(distances.shape[1]):
            if distances[i, j] <= radius:
                starts[distances[i, j] + 1] += 1
    for d in range(radius + 1):
        starts[d + 1] += starts[d]
    for i in range(distances.shape[0]):
        for j in range(distances.shape[1]):
            d = distances[i, j]
            if d <= radius:
                at = starts[d]
                starts[d] += 1
                found[at, 0], found[at, 1], found[at, 2] = i, j, d
    return found


@compiled
def guesses_of(query: Floats, entry: Floats, i: int, j: int) -> Any:
    """How many sizes a pair may stand for: the smallest points are all stored as of one scale."""
    return _GUESSES if (query[i, 2] <= 0.0) != (entry[j, 2] <= 0.0) else 1


@compiled
def similarity_of(  # noqa: PLR0917
    query: Floats, entry: Floats, i: int, j: int, guess: int, out: Floats
) -> None:
    """The similarity transform that carries query point i onto entry point j.

    Where one of the two is of the smallest scale, ``guess`` takes it as smaller by that many steps.
    """
    turn = entry[j, 3] - query[i, 3]
    size = entry[j, 2] - query[i, 2]
    size = 2.0 ** (size + _GUESS_STEP * guess if query[i, 2] <= 0.0 else size - _GUESS_STEP * guess)
    c, s = size * math.cos(turn), size * math.sin(turn)
    out[0], out[1], out[2] = c, -s, entry[j, 0] - c * query[i, 0] + s * query[i, 1]
    out[3], out[4], out[5] = s, c, entry[j, 1] - s * query[i, 0] - c * query[i, 1]


@compiled
def _supports(  # noqa: PLR0917
    query: Floats, entry: Floats, j: int, a: int, b: int, m: Floats, size: float, turn: float
) -> Any:
    """True where pair (a, b) fits a similarity that a pair with entry point j proposes."""
    dx = m[0] * query[a, 0] + m[1] * query[a, 1] + m[2] - entry[b, 0]
    dy = m[3] * query[a, 0] + m[4] * query[a, 1] + m[5] - entry[b, 1]
    away = math.sqrt((entry[b, 0] - entry[j, 0]) ** 2 + (entry[b, 1] - entry[j, 1]) ** 2)
    slack = _POSITION_PX + _POSITION_SHARE * away
    if dx * dx + dy * dy > slack * slack:
        return False
    if abs(entry[b, 2] - query[a, 2] - size) > _SCALE_OCTAVES:
        return False
    return abs(turn_between(query[a, 3] + turn, entry[b, 3])) <= _ANGLE_RAD


@compiled
def _log_size(m: Floats) -> Any:
    """log2 of the scale of a similarity or affine map."""
    return 0.5 * math.log2(max(1e-9, abs(m[0] * m[4] - m[1] * m[3])))


@compiled
def best_hypothesis(query: Floats, entry: Floats, pairs: Ints, weights: Floats) -> Any:
    """The similarity that gathers the most weight: the row of ``pairs`` it is from, and its guess.

    A query point counts once, with its nearest partner, so that a repeated pattern in one
    picture cannot vote many times.
    """
    best, best_guess, best_weight = 0, 0, -1.0
    m = np.empty(6)
    counted = np.full(len(query), -1, np.int64)
    tried = 0
    for h in range(min(len(pairs), MAX_HYPOTHESES)):
        i, j = pairs[h, 0], pairs[h, 1]
        turn = turn_between(query[i, 3], entry[j, 3])
        for guess in range(guesses_of(query, entry, i, j)):
            similarity_of(query, entry, i, j, guess, m)
            size, weight = _log_size(m), 0.0
            for k in range(len(pairs)):
                a, b = pairs[k, 0], pairs[k, 1]
                if counted[a] != tried and _supports(query, entry, j, a, b, m, size, turn):
                    counted[a] = tried
                    weight += weights[pairs[k, 2]]
            tried += 1
            if weight > best_weight:
                best, best_guess, best_weight = h, guess, weight
    return best, best_guess


@compiled
def supporters(query: Floats, entry: Floats, pairs: Ints, h: int, guess: int) -> Any:
    """The pairs that fit hypothesis ``h``, each point at most once, nearest first; and its map."""
    m = np.empty(6)
    i, j = pairs[h, 0], pairs[h, 1]
    similarity_of(query, entry, i, j, guess, m)
    turn, size = turn_between(query[i, 3], entry[j, 3]), _log_size(m)
    free_q, free_e = np.ones(len(query), np.bool_), np.ones(len(entry), np.bool_)
    out = np.empty((min(len(query), len(entry)), 3), np.int64)
    n = 0
    for k in range(len(pairs)):
        a, b = pairs[k, 0], pairs[k, 1]
        if free_q[a] and free_e[b] and _supports(query, entry, j, a, b, m, size, turn):
            free_q[a], free_e[b] = False, False
            out[n] = pairs[k]
            n += 1
    return out[:n], m


@compiled
def fit_affine(  # noqa: PLR0917
    query: Floats, entry: Floats, pairs: Ints, weights: Floats, prior: Floats, stiffness: float
) -> Any:
    """Weighted least squares of an affine transform, held near a similarity when points are few.

    Args:
        query: points of the query.
        entry: points of the entry.
        pairs: at least one pair.
        weights: weight by distance in bits.
        prior: transform whose similarity part is held with a fixed small weight.
        stiffness: how strongly the affine part is held at the similarity, in square pixels.
    """
    total = mx = my = ux = uy = 0.0
    for k in range(len(pairs)):
        w = weights[pairs[k, 2]]
        total += w
        mx += w * query[pairs[k, 0], 0]
        my += w * query[pairs[k, 0], 1]
        ux += w * entry[pairs[k, 1], 0]
        uy += w * entry[pairs[k, 1], 1]
    mx, my, ux, uy = mx / total, my / total, ux / total, uy / total
    sxx = sxy = syy = cxx = cxy = cyx = cyy = 0.0
    for k in range(len(pairs)):
        w = weights[pairs[k, 2]] / total
        x, y = query[pairs[k, 0], 0] - mx, query[pairs[k, 0], 1] - my
        u, v = entry[pairs[k, 1], 0] - ux, entry[pairs[k, 1], 1] - uy
        sxx, sxy, syy = sxx + w * x * x, sxy + w * x * y, syy + w * y * y
        cxx, cxy = cxx + w * x * u, cxy + w * x * v
        cyx, cyy = cyx + w * y * u, cyy + w * y * v
    hold = _SIMILARITY_RIDGE / len(pairs)
    c = (cxx + cyy + hold * (prior[0] + prior[4])) / (sxx + syy + 2 * hold)
    s = (cxy - cyx + hold * (prior[3] - prior[1])) / (sxx + syy + 2 * hold)
    stiff = stiffness / len(pairs)
    xx, yy = sxx + stiff, syy + stiff
    det = xx * yy - sxy * sxy
    out = np.empty(6)
    out[0] = ((cxx + stiff * c) * yy - (cyx - stiff * s) * sxy) / det
    out[1] = ((cyx - stiff * s) * xx - (cxx + stiff * c) * sxy) / det
    out[3] = ((cxy + stiff * s) * yy - (cyy + stiff * c) * sxy) / det
    out[4] = ((cyy + stiff * c) * xx - (cxy + stiff * s) * sxy) / det
    out[2] = ux - out[0] * mx - out[1] * my
    out[5] = uy - out[3] * mx - out[4] * my
    return out


@compiled
def pairs_under(  # noqa: PLR0917
    query: Floats,
    entry: Floats,
    distances: npt.NDArray[np.int16],
    m: Floats,
    radius: int,
    slack: float,
) -> Any:
    """One-to-one pairs within ``radius`` bits and ``slack`` pixels under the transform m."""
    turn = math.atan2(m[3] - m[1], m[0] + m[4])
    size = _log_size(m)
    partner = np.full(len(query), -1, np.int64)
    owner = np.full(len(entry), -1, np.int64)
    for i in range(len(query)):
        x = m[0] * query[i, 0] + m[1] * query[i, 1] + m[2]
        y = m[3] * query[i, 0] + m[4] * query[i, 1] + m[5]
        nearest = radius + 1
        for j in range(len(entry)):
            if distances[i, j] >= nearest:
                continue
            dx, dy = entry[j, 0] - x, entry[j, 1] - y
            if dx * dx + dy * dy > slack * slack:
                continue
            if abs(entry[j, 2] - query[i, 2] - size) > _FIT_SCALE_OCTAVES:
                continue
            if abs(turn_between(query[i, 3] + turn, entry[j, 3])) > _FIT_ANGLE_RAD:
                continue
            nearest = distances[i, j]
            partner[i] = j
        j = partner[i]
        if j >= 0 and (owner[j] < 0 or nearest < distances[owner[j], j]):
            owner[j] = i
    out = np.empty((len(entry), 3), np.int64)
    n = 0
    for j in range(len(entry)):
        if owner[j] >= 0:
            out[n, 0], out[n, 1], out[n, 2] = owner[j], j, distances[owner[j], j]
            n += 1
    return out[:n]


@compiled
def distinct_weights(
    query: Floats,
    entry: Floats,
    distances: npt.NDArray[np.int16],
    pairs: Ints,
    weights: Floats,
) -> Any:
    """Weight of each pair, less where either point has a rival elsewhere that is nearly as like.

    Patterns (fences, ripples, bricks, letters) agree with many places of a picture. What tells one
    place from all others is how much nearer the partner is than the best point that lies apart.
    """
    out = np.empty(len(pairs))
    for k in range(len(pairs)):
        i, j, bits = pairs[k, 0], pairs[k, 1], pairs[k, 2]
        rival = _NO_RIVAL
        for b in range(len(entry)):
            dx, dy = entry[b, 0] - entry[j, 0], entry[b, 1] - entry[j, 1]
            if distances[i, b] < rival and dx * dx + dy * dy > _APART_PX * _APART_PX:
                rival = distances[i, b]
        for a in range(len(query)):
            dx, dy = query[a, 0] - query[i, 0], query[a, 1] - query[i, 1]
            if distances[a, j] < rival and dx * dx + dy * dy > _APART_PX * _APART_PX:
                rival = distances[a, j]
        share = (rival - bits - _RIVAL_START) / _RIVAL_SPAN
        out[k] = weights[bits] * min(1.0, max(_LEAST_DISTINCT, share))
    return out


@compiled
def settled_weight(query: Floats, entry: Floats, pairs: Ints, weights: Floats) -> Any:
    """Weight of pairs that do not merely repeat each other, and how far from one line they lie.

    Of pairs that share a spot in either picture the weightiest counts. An edge gives many like
    points in a row, so that what lies on one line is worth little: the last value is the spread
    across the main direction, in pixels of the picture where it is more.

    Args:
        query: points of the query.
        entry: points of the entry.
        pairs: rows of both and their bits.
        weights: weight of each pair.
    """
    order = np.argsort(-weights, kind="mergesort")
    kept = np.empty(len(pairs), np.int64)
    n = 0
    weight = 0.0
    for k in order:
        fresh = True
        for t in range(n):
            a, b = pairs[k], pairs[kept[t]]
            if (
                abs(query[a[0], 0] - query[b[0], 0]) + abs(query[a[0], 1] - query[b[0], 1])
                < _ONE_SPOT_PX
                or abs(entry[a[1], 0] - entry[b[1], 0]) + abs(entry[a[1], 1] - entry[b[1], 1])
                < _ONE_SPOT_PX
            ):
                fresh = False
                break
        if fresh:
            kept[n] = k
            n += 1
            weight += weights[k]
    across = 0.0
    for side in range(2):
        points = query if side == 0 else entry
        mx = my = 0.0
        for t in range(n):
            mx += points[pairs[kept[t], side], 0] / n
            my += points[pairs[kept[t], side], 1] / n
        xx = xy = yy = 0.0
        for t in range(n):
            x, y = points[pairs[kept[t], side], 0] - mx, points[pairs[kept[t], side], 1] - my
            xx, xy, yy = xx + x * x / n, xy + x * y / n, yy + y * y / n
        minor = (xx + yy) / 2 - math.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
        across = max(across, math.sqrt(max(0.0, minor)))
    return weight, n, across
