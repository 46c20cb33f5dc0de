"""Pairs of frames, one of the query and one of an entry, that look alike."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from staydown.fingerprinting.pdq import dihedral_pdq
from staydown.matching.agreement import Agreement, agree
from staydown.matching.candidates import window_candidates
from staydown.matching.judging import Judgement
from staydown.matching.scoring import whole_evidence
from staydown.matching.views import View, mirrored, view_of
from staydown.matching.whole import MIN_QUALITY, PDQ_BITS, TURNED_BITS, WholeCandidate
from staydown.types import Timeline
from staydown.types.candidates import CandidateStore

MAX_ENTRIES = 24
"""Entries that are compared in full. Source: ADR-0013."""

_MAX_PAIRS = 48
_PICTURES_A_FRAME = 32
_LEAST_POINTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One frame of the query that looks like one frame of an entry.

    Attributes:
        frame: frame number in the query's timeline.
        query_ms: its time.
        entry_ms: time of the entry's frame; -1 for a photo.
        evidence: how much speaks for it, on the scale of photos.
        whole_evidence: the part of it that the whole-picture hashes give.
        agreement: how the windows agree, or None.
        distance: bits between the whole frames in the best turn, or None.
        judgement: what the windows amount to, once judged.
    """

    frame: int
    query_ms: int
    entry_ms: int
    evidence: float
    whole_evidence: float = 0.0
    agreement: Agreement | None = None
    distance: int | None = None
    judgement: Judgement | None = None


def moments_of(store: CandidateStore, timeline: Timeline) -> dict[int, list[Moment]]:
    """Like frames of every candidate entry, by entry number."""
    whole = _whole_moments(store, timeline)
    straight = {frame: view_of(windows) for frame, windows in timeline.windows}
    views = {frame: (view, mirrored(view)) for frame, view in straight.items()}
    found = {entry: list(moments) for entry, moments in whole.items()}
    for entry, pairs in _candidate_pairs(store, timeline, set(whole)).items():
        compared = [
            _compared(store, frame, picture, timeline=timeline, views=views[frame])
            for frame, picture in pairs
        ]
        found.setdefault(entry, []).extend(m for m in compared if m is not None)
    return {entry: _merged(moments) for entry, moments in found.items() if moments}


def _candidate_pairs(
    store: CandidateStore, timeline: Timeline, known: set[int]
) -> dict[int, list[tuple[int, int]]]:
    """Pairs (query frame, picture number) to compare, by entry; the heaviest entries only."""
    by_entry: dict[int, list[tuple[float, int, int]]] = defaultdict(list)
    for frame, windows in timeline.windows:
        for c in window_candidates(store, windows.hashes, max_pictures=_PICTURES_A_FRAME):
            by_entry[store.picture(c.picture).entry].append((c.weight, frame, c.picture))
    for entry in known - by_entry.keys():
        by_entry[entry] = _paired_in_order(store, timeline, entry)
    heaviest = sorted(by_entry, key=lambda e: (e not in known, -max(_weights(by_entry[e]))))
    return {
        entry: [(f, p) for _, f, p in sorted(by_entry[entry], reverse=True)[:_MAX_PAIRS]]
        for entry in heaviest[: MAX_ENTRIES + len(known)]
    }


def _weights(pairs: list[tuple[float, int, int]]) -> list[float]:
    return [weight for weight, _, _ in pairs] or [0.0]


def _paired_in_order(
    store: CandidateStore, timeline: Timeline, entry: int
) -> list[tuple[float, int, int]]:
    """Pairs for an entry that is known by whole frames alone: each frame with each, a few."""
    frames = [frame for frame, _ in timeline.windows]
    pictures = store.pictures(entry)
    return [(0.0, f, p) for f in frames for p in pictures][:_MAX_PAIRS]


def _compared(
    store: CandidateStore,
    frame: int,
    picture: int,
    *,
    timeline: Timeline,
    views: tuple[View, View],
) -> Moment | None:
    view, mirror = views
    stored = store.picture(picture)
    agreement = agree(view, view_of(stored), mirror=mirror)
    if agreement is None or len(agreement.pairs) < _LEAST_POINTS:
        return None
    return Moment(
        frame,
        int(timeline.times_ms[frame]),
        stored.time_ms,
        agreement.weight,
        agreement=agreement,
    )


def _whole_moments(store: CandidateStore, timeline: Timeline) -> dict[int, list[Moment]]:
    """Frames whose whole-picture hashes are near, in any of the eight turns."""
    good = np.flatnonzero(timeline.qualities >= MIN_QUALITY)
    if not len(good) or not len(store):
        return {}
    forms = np.concatenate([dihedral_pdq(timeline.hashes[k]) for k in good])
    hits = store.search_pdq(forms, max_bits=TURNED_BITS)
    form = hits.query % 8
    near = (hits.quality >= MIN_QUALITY) & ((form != 0) | (hits.distance <= PDQ_BITS))
    found: dict[int, list[Moment]] = defaultdict(list)
    for k in np.flatnonzero(near):
        frame, entry = int(good[hits.query[k] // 8]), int(hits.entry[k])
        distance, quality = int(hits.distance[k]), int(hits.quality[k])
        time_ms = int(hits.time_ms[k])
        whole = WholeCandidate(entry, time_ms, distance, int(form[k]), quality)
        evidence = whole_evidence(whole)
        found[entry].append(
            Moment(
                frame,
                int(timeline.times_ms[frame]),
                time_ms,
                evidence,
                evidence,
                distance=distance,
            )
        )
    return found


def _merged(moments: list[Moment]) -> list[Moment]:
    """One moment for each pair of frames; windows and whole picture add up, as for photos."""
    best: dict[tuple[int, int], Moment] = {}
    for m in sorted(moments, key=lambda m: (m.agreement is None, m.distance or 0)):
        key = (m.frame, m.entry_ms)
        known = best.get(key)
        if known is None:
            best[key] = m
        elif known.distance is None and m.distance is not None:
            best[key] = replace(known, evidence=known.evidence + m.evidence, distance=m.distance)
    return list(best.values())


def columns(
    moments: list[Moment],
) -> tuple[
    npt.NDArray[np.int64],
    npt.NDArray[np.float64],
    npt.NDArray[np.float64],
    npt.NDArray[np.float64],
]:
    """Frame numbers, query seconds, entry seconds and evidence of moments, as ``align`` wants."""
    return (
        np.array([m.frame for m in moments], np.int64),
        np.array([m.query_ms / 1000 for m in moments]),
        np.array([max(0, m.entry_ms) / 1000 for m in moments]),
        np.array([max(m.evidence, 1e-6) for m in moments]),
    )
