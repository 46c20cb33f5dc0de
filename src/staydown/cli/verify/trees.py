"""Proofs that an event stands in a signed tree of events: the tree of RFC 9162 (transparency logs).

One signature over the root covers every event of a stretch of the audit; a proof for one event
holds a few digests of others and nothing of what they say. Source: ADR-0057.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

DIGEST_BYTES = 32


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over digests of events, at least one; 32 bytes. Cost: O(n)."""
    return _levels(leaves)[-1][0]


def path_of(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The digests that lead from one leaf to the root, from below. Cost: O(n)."""
    return paths_of(leaves, [index])[0]


def paths_of(leaves: Sequence[bytes], indexes: Sequence[int]) -> list[list[bytes]]:
    """The paths of several leaves, in the order of their indexes. Cost: O(n), once for all."""
    levels, paths = _levels(leaves), []
    for index in indexes:
        path, place = [], index
        for level in levels[:-1]:
            if place ^ 1 < len(level):
                path.append(level[place ^ 1])
            place //= 2
        paths.append(path)
    return paths


def root_from(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to; None where the path has another length than it must."""
    if not 0 <= index < size:
        return None
    found, left = _leaf(leaf), list(path)
    while size > 1:
        if index ^ 1 < size:
            if not left:
                return None
            partner = left.pop(0)
            found = _node(partner, found) if index % 2 else _node(found, partner)
        index, size = index // 2, (size + 1) // 2
    return None if left else found


def event_digest(fields: Sequence[Any]) -> bytes:
    """The digest of an event of the audit from its eight fields, in order. Source: ADR-0036."""
    text = json.dumps(list(fields), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).digest()


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Every level of the tree, the leaves first and the root last."""
    levels = [[_leaf(leaf) for leaf in leaves]]
    while len(levels[-1]) > 1:
        level = levels[-1]
        pairs = [_node(a, b) for a, b in zip(level[::2], level[1::2], strict=False)]
        # A digest without a partner rises as it is: the split of RFC 9162, section 2.1.1.
        levels.append(pairs + level[len(pairs) * 2 :])
    return levels


def _leaf(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
