"""Whole-picture candidates: ``pdq`` in its eight turned and mirrored forms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from staydown.fingerprinting.pdq import DIHEDRAL_NAMES, dihedral_pdq
from staydown.types import Fingerprint, Signal, SignalType, Transform
from staydown.types.candidates import CandidateStore
from staydown.types.signals import MAX_QUALITY

PDQ_BITS = 31
"""Radius for the upright form. Source: the PDQ paper's recommendation, ADR-0009."""
TURNED_BITS = 40
"""Radius for the other seven forms, whose bits are derived and so a few bits off."""
SURE_BITS = (PDQ_BITS, *(24,) * 7)
"""How far bare ``pdq`` queries are sure to find each form; what is farther they nearly always find.
Of 2,134 turned copies within the radius, 24 finds all but one, at a third of the cost. ADR-0009."""
UPRIGHT = 0
MIN_QUALITY = 50
"""Both pictures need this quality for whole-picture evidence. Source: the PDQ paper."""

_UNDONE = {
    "original": (1, 0, 0, 0, 1, 0),
    "rotate90": (0, -1, 1, 1, 0, 0),
    "rotate180": (-1, 0, 1, 0, -1, 1),
    "rotate270": (0, 1, 0, -1, 0, 1),
    "flip_top_bottom": (1, 0, 0, 0, -1, 1),
    "flip_left_right": (-1, 0, 1, 0, 1, 0),
    "transpose": (0, 1, 0, 1, 0, 0),
    "transverse": (0, -1, 1, -1, 0, 1),
}
"""Where a point (x, y) of the picture, as fractions, lies in each of its forms."""


@dataclass(frozen=True, slots=True)
class WholeCandidate:
    """An entry whose whole picture is near the query's.

    Attributes:
        entry: entry number.
        time_ms: frame time; -1 for a photo.
        distance: bits, least over the eight forms.
        form: row of ``dihedral_pdq`` that was nearest; 0 is upright.
        quality: the lesser quality of the two pictures.
    """

    entry: int
    time_ms: int
    distance: int
    form: int
    quality: int

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """Affine map, shape (2, 3), of fractions of the query to fractions of the entry."""
        return np.array(_UNDONE[DIHEDRAL_NAMES[self.form]], np.float64).reshape(2, 3)

    @property
    def is_mirrored(self) -> bool:
        """True where the form is a mirror image."""
        m = self.matrix
        return bool(m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0] < 0)

    @property
    def transform(self) -> Transform:
        """How the query lies on the entry when the whole pictures are alike."""
        return _transform_of(self.form)


@cache
def _transform_of(form: int) -> Transform:
    a, b, c, d, e, f = (float(v) for v in _UNDONE[DIHEDRAL_NAMES[form]])
    mirrored = a * e - b * d < 0
    turn = math.degrees(math.atan2(-d - b, e - a) if mirrored else math.atan2(d - b, a + e))
    return Transform(
        matrix=(a, b, c, d, e, f),
        mirrored=mirrored,
        rotation_deg=turn if mirrored else -turn,
        scale=1.0,
    )


def whole_candidates(
    store: CandidateStore,
    fingerprint: Fingerprint,
    *,
    max_bits: int = TURNED_BITS,
    sure_bits: tuple[int, ...] | None = None,
) -> dict[int, WholeCandidate]:
    """Entries near the query's ``pdq`` in any of its eight forms, the nearest frame of each.

    Args:
        store: what to search.
        fingerprint: of the upload; without a ``pdq`` there are no candidates.
        max_bits: leave out what is farther; negative for no search at all.
        sure_bits: for each form, beyond which distance entries may be missed; None for nowhere.
    """
    signal = fingerprint.get(SignalType.PDQ)
    if signal is None or max_bits < 0:
        return {}
    hits = store.search_pdq(
        dihedral_pdq(signal.raw), max_bits=min(max_bits, TURNED_BITS), sure_bits=sure_bits
    )
    if not len(hits.query):
        return {}
    quality = quality_of(signal)
    found: dict[int, WholeCandidate] = {}
    columns = (hits.distance, hits.entry, hits.query, hits.time_ms, hits.quality)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for bits, entry, form, time_ms, stored in sorted(rows, key=itemgetter(0)):
        if entry in found or (form == UPRIGHT and bits > PDQ_BITS):
            continue
        found[entry] = WholeCandidate(entry, time_ms, bits, form, min(quality, stored))
    return found


def quality_of(signal: Signal) -> int:
    """The quality of a ``pdq``; one that comes without is trusted."""
    return MAX_QUALITY if signal.quality is None else signal.quality
