"""Checks of a segment that read all of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from staydown.index.columns import PARENTS
from staydown.index.names import ByteColumn, Lookup, digests
from staydown.index.plan import offset_starts
from staydown.index.segment import Segment
from staydown.index.tables import Tables


def is_sound(segment: Segment) -> bool:
    """Whether the columns of a segment fit together in every row.

    Checksums are compared elsewhere; this finds what a wrong writer would leave.
    """
    if any(not _rises(segment.arrays[ends]) for ends in PARENTS):
        return False
    if segment.ids is not None:
        column = ByteColumn(segment.arrays["id_blob"], segment.arrays["id_ends"])
        if not _is_sorted(segment.ids, len(segment)):
            return False
        if not np.array_equal(digests(column)[segment.ids.rows], segment.ids.keys):
            return False
    if segment.exact is not None and not _is_sorted(segment.exact, len(segment)):
        return False
    return all(t is None or _has_sound_buckets(t) for t in (segment.pdq, segment.windows))


def _rises(ends: npt.NDArray[Any]) -> bool:
    return bool(np.all(ends[1:] >= ends[:-1]))


def _is_sorted(lookup: Lookup, rows: int) -> bool:
    in_range = not len(lookup.rows) or int(lookup.rows.max()) < rows
    return in_range and _rises(lookup.keys)


def _has_sound_buckets(tables: Tables) -> bool:
    starts = offset_starts(tables.pieces)
    for first, last in pairwise(starts):
        part = tables.offsets[first:last]
        if not _rises(part) or int(part[0]) != 0 or int(part[-1]) != tables.count:
            return False
    return True
