"""Whole-picture candidates: ``pdq`` in its eight turned and mirrored forms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from staydown.fingerprinting.pdq import dihedral_pdq
from staydown.types import Fingerprint, SignalType
from staydown.types.candidates import CandidateStore

PDQ_BITS = 31
"""Radius for the upright form. Source: the PDQ paper's recommendation, ADR-0009."""
TURNED_BITS = 40
"""Radius for the other seven forms, whose bits are derived and so a few bits off."""
MIN_QUALITY = 50
"""Both pictures need this quality for whole-picture evidence. Source: the PDQ paper."""


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


def whole_candidates(store: CandidateStore, fingerprint: Fingerprint) -> dict[int, WholeCandidate]:
    """Entries near the query's ``pdq`` in any of its eight forms, the nearest frame of each."""
    signal = fingerprint.get(SignalType.PDQ)
    if signal is None or not len(store):
        return {}
    quality = 100 if signal.quality is None else signal.quality
    forms = dihedral_pdq(signal.raw)
    hits = store.search_pdq(forms, max_bits=TURNED_BITS)
    found: dict[int, WholeCandidate] = {}
    for k in np.argsort(hits.distance, kind="stable"):
        entry, form = int(hits.entry[k]), int(hits.query[k])
        if entry in found or (form == 0 and hits.distance[k] > PDQ_BITS):
            continue
        lesser = min(quality, int(hits.quality[k]))
        found[entry] = WholeCandidate(
            entry, int(hits.time_ms[k]), int(hits.distance[k]), form, lesser
        )
    return found
