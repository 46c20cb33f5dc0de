"""Which stored pictures are worth a full comparison."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.matching.views import mirror_hashes
from staydown.types.candidates import CandidateStore

SEED_BITS = 28
"""Radius in bits of the index search. Source: ADR-0009."""
MAX_PICTURES = 48
"""How many pictures are compared in full. Source: ADR-0009."""
_SEED_WEIGHTS = (SEED_BITS + 8.0 - np.arange(SEED_BITS + 1)) / 8.0


@dataclass(frozen=True, slots=True)
class WindowCandidate:
    """A stored picture that shares window hashes with the query.

    Attributes:
        picture: its number in the store.
        weight: how much speaks for it, before any geometry.
    """

    picture: int
    weight: float


def window_candidates(
    store: CandidateStore,
    hashes: npt.NDArray[np.uint8],
    *,
    max_bits: int = SEED_BITS,
    max_pictures: int = MAX_PICTURES,
) -> list[WindowCandidate]:
    """Stored pictures that share windows with the query or with its mirror image, best first.

    A window that hits many pictures (a caption, an app's buttons) counts for less in each, so that
    a picture with few windows of its own is not crowded out by all that share the same overlay.

    Args:
        store: what to search.
        hashes: the query's window hashes, uint8, shape (n, 32).
        max_bits: search radius.
        max_pictures: how many to return at most.
    """
    n = len(hashes)
    if not n or not len(store):
        return []
    both = np.concatenate([hashes, mirror_hashes(hashes)])
    hits = store.search_windows(both, max_bits=max_bits)
    if not len(hits.query):
        return []
    keys = (hits.picture << 32) | hits.query
    order = np.lexsort((hits.distance, keys))
    keys = keys[order]
    first = np.r_[True, keys[1:] != keys[:-1]]
    picture, query = keys[first] >> 32, keys[first] & 0xFFFFFFFF
    shared = np.bincount(query % n, minlength=n)
    weights = _SEED_WEIGHTS[np.minimum(hits.distance[order][first], max_bits)]
    weights = weights / shared[query % n]
    numbers, inverse = np.unique(picture, return_inverse=True)
    totals = np.bincount(inverse, weights)
    best = np.argsort(-totals, kind="stable")[:max_pictures]
    return [WindowCandidate(int(numbers[k]), float(totals[k])) for k in best]
