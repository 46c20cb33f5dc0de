"""Which buckets a search must look into: the pigeonhole argument as numbers.

Cut the 256 bits into a ring of m pieces and give piece i a limit t_i with sum(t_i + 1) = r + 1.
Take two hashes within r bits, d_i of them in piece i, and e_i = d_i - t_i - 1. The e_i add up to
r - (r + 1) < 0 or less, so on the ring there is a piece from which every partial sum is negative
(start right after the last highest partial sum). At that piece d_i <= t_i, and with its right
neighbour d_i + d_j <= t_i + t_j + 1. So it is enough to look, for every piece, into the buckets
within t_i bits, and there only at rows whose next bits pass the second test. Nothing is missed.
Source: docs/adr/0006-hamming-index.md, with the papers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from math import comb

import numpy as np
import numpy.typing as npt

from staydown.index.exhaustive import HASH_BITS

NEXT_BITS = 16
"""How many bits after the piece stand beside each row in a table."""

PLAN_HEAD, PLAN_STEP = 4, 4
MAX_PROBES = 1 << 16

PIECE_CHOICES = (12, 14, 16)
"""Into how many pieces tables may be cut."""

_FITS_CACHE = 500_000
_NS_PER_CACHED_PROBE, _NS_PER_PROBE = 8.0, 30.0
_NS_PER_WORD, _NS_PER_CANDIDATE, _NS_PER_SCANNED = 0.25, 20.0, 1.3
"""Cost of a bucket (in a table up to _FITS_CACHE rows, or beyond), of a 16-bit word, of a candidate
that is compared in full, and of a row in a plain scan. Source: ADR-0006."""


@lru_cache
def piece_bits(pieces: int) -> tuple[tuple[int, int], ...]:
    """(first bit, number of bits) of each piece; together they are the 256 bits, in order."""
    cuts = [HASH_BITS * i // pieces for i in range(pieces + 1)]
    return tuple((a, b - a) for a, b in pairwise(cuts))


def offset_starts(pieces: int) -> list[int]:
    """Where each piece's bucket offsets begin in the joint array; the last number is its length."""
    starts = [0]
    for _, bits in piece_bits(pieces):
        starts.append(starts[-1] + (1 << bits) + 1)
    return starts


def limits(pieces: int, max_bits: int) -> tuple[int, ...]:
    """The limit t of each piece, -1 where a piece needs no look; sum(t + 1) = max_bits + 1."""
    whole, extra = divmod(max_bits + 1, pieces)
    spread = [(i + 1) * extra // pieces - i * extra // pieces for i in range(pieces)]
    return tuple(whole - 1 + more for more in spread)


@lru_cache
def flips(bits: int, limit: int) -> npt.NDArray[np.int64]:
    """All masks of ``bits`` bits with at most ``limit`` set, fewest first."""
    masks = [
        sum(1 << b for b in chosen)
        for k in range(limit + 1)
        for chosen in combinations(range(bits), k)
    ]
    return np.array(masks, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A search at one radius over tables of one shape.

    Attributes:
        words: int64; pieces, probes, address of ``probes``, 0, then for each piece its first bit,
            number of bits, limit t, and start in the joint offsets array.
        probes: int64, one bucket each: flipped bits, piece << 32, limit for the next bits << 40.
    """

    words: npt.NDArray[np.int64]
    probes: npt.NDArray[np.int64]


@lru_cache(maxsize=512)
def plan_for(pieces: int, max_bits: int) -> Plan | None:
    """The plan, or None where it would need too many buckets to be of use."""
    cut, t = piece_bits(pieces), limits(pieces, max_bits)
    if sum(_ball(bits, limit) for (_, bits), limit in zip(cut, t, strict=True)) > MAX_PROBES:
        return None
    probes, words = [], []
    starts = offset_starts(pieces)
    for i, (first, bits) in enumerate(cut):
        words += [first, bits, t[i], starts[i]]
        if t[i] < 0:
            continue
        masks = flips(bits, t[i])
        budget = t[i] + t[(i + 1) % pieces] + 1
        left = np.minimum(budget - np.bitwise_count(masks).astype(np.int64), NEXT_BITS)
        keep = left >= 0
        probes.append(masks[keep] | i << 32 | left[keep] << 40)
    joint = np.concatenate(probes)
    head = [pieces, len(joint), joint.ctypes.data, 0]
    return Plan(np.array(head + words, np.int64), joint)


def _ball(bits: int, limit: int) -> int:
    return sum(comb(bits, k) for k in range(limit + 1))


@lru_cache(maxsize=4096)
def expected_cost_ns(pieces: int, max_bits: int, count: int) -> float:
    """What a probing search of ``count`` random hashes is expected to cost, in nanoseconds."""
    plan = plan_for(pieces, max_bits)
    if plan is None:
        return float("inf")
    cost, per_probe = 0.0, _NS_PER_CACHED_PROBE if count <= _FITS_CACHE else _NS_PER_PROBE
    for (_, bits), t, after in zip(
        piece_bits(pieces), limits(pieces, max_bits), _rolled(pieces, max_bits), strict=True
    ):
        for k in range(t + 1):
            words = comb(bits, k) * count / (1 << bits)
            passing = _ball(NEXT_BITS, min(t + after + 1 - k, NEXT_BITS)) / (1 << NEXT_BITS)
            cost += comb(bits, k) * per_probe
            cost += words * (_NS_PER_WORD + passing * _NS_PER_CANDIDATE)
    return cost


def _rolled(pieces: int, max_bits: int) -> tuple[int, ...]:
    t = limits(pieces, max_bits)
    return t[1:] + t[:1]


def pieces_for(count: int, usual_bits: int) -> int:
    """Into how many pieces to cut, for this many hashes and the radius they are mostly asked at."""
    return min(
        reversed(PIECE_CHOICES), key=lambda pieces: expected_cost_ns(pieces, usual_bits, count)
    )


def is_scan_cheaper(pieces: int, max_bits: int, count: int) -> bool:
    """True where comparing every row is expected to cost less than probing."""
    return expected_cost_ns(pieces, max_bits, count) > count * _NS_PER_SCANNED
