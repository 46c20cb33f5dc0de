"""Pairs of frames, one of the query and one of an entry, that look alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from staydown.fingerprinting.pdq import dihedral_pdq
from staydown.matching.agreement import Agreement, agree
from staydown.matching.candidates import window_candidates
from staydown.matching.judging import Judgement
from staydown.matching.scoring import whole_evidence
from staydown.matching.video_timing import Alignment, align
from staydown.matching.views import View, mirrored, view_of
from staydown.matching.whole import MIN_QUALITY, PDQ_BITS, TURNED_BITS, WholeCandidate
from staydown.types import Timeline
from staydown.types.candidates import CandidateStore, PdqHits

MAX_ENTRIES = 24
"""Entries that are compared in full. Source: ADR-0013."""

_MAX_PAIRS = 48
_PICTURES_A_FRAME = 32
_LEAST_POINTS = 3
_NEIGHBOURS, _NEAR_MS = 2, 1500
_HITS_A_FRAME = 64
_MOST_VOTES = 40.0


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


class VideoQuery:
    """A timeline with its windows unpacked, straight and mirrored.

    Args:
        timeline: of the video that is looked up; at least one frame.
    """

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.views: dict[int, View] = {f: view_of(windows) for f, windows in timeline.windows}
        self._mirrors = {frame: mirrored(view) for frame, view in self.views.items()}

    def compared(self, store: CandidateStore, frame: int, picture: int) -> Moment | None:
        """A frame of the query beside a stored picture; None where hardly a point agrees."""
        stored = store.picture(picture)
        agreement = agree(self.views[frame], view_of(stored), mirror=self._mirrors[frame])
        if agreement is None or len(agreement.pairs) < _LEAST_POINTS:
            return None
        return Moment(
            frame,
            int(self.timeline.times_ms[frame]),
            stored.time_ms,
            agreement.weight,
            agreement=agreement,
        )


def moments_of(store: CandidateStore, query: VideoQuery) -> dict[int, list[Moment]]:
    """Like frames of every candidate entry, by entry number."""
    whole = _whole_moments(store, query.timeline)
    found = {entry: list(moments) for entry, moments in whole.items()}
    for entry, pairs in _candidate_pairs(store, query.timeline, set(whole)).items():
        compared = [query.compared(store, frame, picture) for frame, picture in pairs]
        found.setdefault(entry, []).extend(m for m in compared if m is not None)
    return {entry: _merged(moments) for entry, moments in found.items() if moments}


def with_neighbours(
    store: CandidateStore,
    query: VideoQuery,
    entry: int,
    moments: list[Moment],
    entry_ms_of: Callable[[int], float],
) -> list[Moment]:
    """Moments, and those that the line in time predicts though no hash was near enough to tell.

    Args:
        store: the bank.
        query: the video that is looked up.
        entry: entry number.
        moments: its moments so far.
        entry_ms_of: time in the entry for a time in the query, both in milliseconds.
    """
    seen = {(m.frame, m.entry_ms) for m in moments if m.agreement is not None}
    numbers = store.pictures(entry)
    times = np.array([store.picture(n).time_ms for n in numbers], np.float64)
    more: list[Moment | None] = []
    for frame in query.views:
        away = np.abs(times - entry_ms_of(int(query.timeline.times_ms[frame])))
        near = np.argsort(away, kind="stable")[:_NEIGHBOURS]
        more += [
            query.compared(store, frame, numbers[k])
            for k in near
            if away[k] <= _NEAR_MS and (frame, int(times[k])) not in seen
        ]
    return _merged([*moments, *(m for m in more if m is not None)])


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
    for k in _nearest(hits, np.flatnonzero(near)):
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


def _nearest(hits: PdqHits, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The nearest hits of each query frame in each entry: still pictures would give thousands."""
    frame, entry = hits.query[rows] // 8, hits.entry[rows]
    order = rows[np.lexsort((hits.distance[rows], frame, entry))]
    frame, entry = hits.query[order] // 8, hits.entry[order]
    starts = np.ones(len(order), bool)
    starts[1:] = (frame[1:] != frame[:-1]) | (entry[1:] != entry[:-1])
    places = np.arange(len(order))
    rank = places - np.maximum.accumulate(np.where(starts, places, 0))
    return order[rank < _HITS_A_FRAME]


def _merged(moments: list[Moment]) -> list[Moment]:
    """One moment for each pair of frames; windows and whole picture add up, as for photos."""
    best: dict[tuple[int, int], Moment] = {}
    for m in sorted(moments, key=lambda m: (m.agreement is None, m.distance or 0)):
        key = (m.frame, m.entry_ms)
        known = best.get(key)
        if known is None:
            best[key] = m
        elif known.distance is None and m.distance is not None:
            best[key] = replace(
                known,
                evidence=known.evidence + m.evidence,
                whole_evidence=m.evidence,
                distance=m.distance,
            )
    return list(best.values())


def line_of(moments: list[Moment]) -> Alignment:
    """The line in time of an entry's moments, at least one.

    Votes are capped: while a camera moves slowly, frames a second apart share many points, so that
    windows tell what is shown but not precisely when.
    """
    evidence = np.array([max(m.evidence, 1e-6) for m in moments])
    return align(
        np.array([m.frame for m in moments], np.int64),
        np.array([m.query_ms / 1000 for m in moments]),
        np.array([max(0, m.entry_ms) / 1000 for m in moments]),
        np.minimum(evidence, _MOST_VOTES),
        strengths=evidence,
    )
