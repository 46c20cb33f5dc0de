"""Match a video against a bank: like frames, a line in time, kind, score, evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from staydown.matching.kinds import kind_of
from staydown.matching.placement import Placement, placement_of
from staydown.matching.scoring import score_of
from staydown.matching.video_moments import Moment, columns, moments_of
from staydown.matching.video_timing import Alignment, align
from staydown.matching.whole import MIN_QUALITY
from staydown.types import Evidence, Fingerprint, Match, MatchKind, TimeSpan
from staydown.types.candidates import CandidateStore

_FADING = 0.6
"""Each further moment counts this much less than the one before: frames of a scene are kin."""

_APART_MS = 800
"""Moments nearer than this in the query count as one."""

_WHOLE_SHARE = 0.75
"""A copy that covers this share of both videos' length is the whole of it."""

_SHORT_S, _SHORT_SHARE = 2.5, 0.25
"""A stretch below both, of both videos, is weighed down: an opening or a logo in common."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """The stretch of time that query and entry share.

    Attributes:
        moments: like frames on one line in time, one a query frame, in order.
        span: where the stretch lies.
        query_share: share of the query's length.
        entry_share: share of the entry's length; 1 for a photo.
    """

    moments: list[Moment]
    span: TimeSpan
    query_share: float
    entry_share: float


def match_video(store: CandidateStore, fingerprint: Fingerprint) -> list[Match]:
    """All candidates of a video, with kind, score and evidence; in no order.

    Args:
        store: the bank.
        fingerprint: of a video, with a ``timeline/1``; without one there are no candidates.

    Cost: about 50 ms for 10 s of video against a small bank.
    """
    timeline = fingerprint.timeline
    if timeline is None or not len(timeline):
        return []
    good = timeline.times_ms[timeline.qualities >= MIN_QUALITY]
    length_s = float(np.ptp(good)) / 1000 if len(good) else 0.0
    matches = []
    for entry, moments in moments_of(store, timeline).items():
        alignment = align(*columns(moments))
        if alignment is not None:
            stretch = _stretch(store, entry, moments, alignment, length_s)
            matches.append(_verdict(store, entry, stretch))
    return matches


def _stretch(
    store: CandidateStore,
    entry: int,
    moments: list[Moment],
    alignment: Alignment,
    length_s: float,
) -> Stretch:
    members = [moments[k] for k in alignment.members]
    start_s, end_s = members[0].query_ms / 1000, members[-1].query_ms / 1000
    times, qualities, _ = store.frames(entry)
    if times[0] < 0:
        span = TimeSpan(start_s, end_s, 0.0, 0.0)
        return Stretch(members, span, _share(end_s - start_s, length_s), 1.0)
    shown = times[qualities >= MIN_QUALITY]
    entry_length_s = float(np.ptp(shown)) / 1000 if len(shown) else 0.0
    entry_s = [m.entry_ms / 1000 for m in members]
    span = TimeSpan(start_s, end_s, min(entry_s), max(entry_s))
    return Stretch(
        members,
        span,
        _share(end_s - start_s, length_s),
        _share(span.entry_end_s - span.entry_start_s, entry_length_s),
    )


def _share(part_s: float, length_s: float) -> float:
    """Share of a length; clips of a moment are covered by a moment."""
    return min(1.0, (part_s + 0.5) / (length_s + 0.5))


def _evidence_of(moments: list[Moment]) -> float:
    """Evidence of all moments together: the strongest full, further ones apart in time fading."""
    total, factor = 0.0, 1.0
    taken: list[int] = []
    for m in sorted(moments, key=lambda m: -m.evidence):
        if all(abs(m.query_ms - ms) >= _APART_MS for ms in taken):
            total += factor * m.evidence
            factor *= _FADING
            taken.append(m.query_ms)
    return total


def _verdict(store: CandidateStore, entry: int, stretch: Stretch) -> Match:
    evidence = _evidence_of(stretch.moments)
    span = stretch.span
    length_s = span.query_end_s - span.query_start_s
    if max(stretch.query_share, stretch.entry_share) < _SHORT_SHARE and length_s < _SHORT_S:
        evidence *= 0.5
    seen = [m for m in stretch.moments if m.agreement is not None]
    best = max(seen, key=lambda m: m.evidence, default=None)
    placement = placement_of(best.agreement) if best and best.agreement else None
    kind = _kind(stretch, placement)
    return Match(
        store.entry_id(entry),
        kind,
        score_of(evidence),
        Evidence(
            reason=_reason(stretch, kind),
            distance=min(
                (m.distance for m in stretch.moments if m.distance is not None), default=None
            ),
            points=sum(len(m.agreement.pairs) for m in seen if m.agreement),
            transform=placement.transform if placement else None,
            query_box=placement.query_box if placement else None,
            entry_box=placement.entry_box if placement else None,
            time_span=span,
        ),
    )


def _kind(stretch: Stretch, placement: Placement | None) -> MatchKind:
    if min(stretch.query_share, stretch.entry_share) < _WHOLE_SHARE:
        return MatchKind.PART
    return kind_of(placement)


def _reason(stretch: Stretch, kind: MatchKind) -> str:
    span = stretch.span
    return (
        f"{len(stretch.moments)} frames between {span.query_start_s:.1f} s and "
        f"{span.query_end_s:.1f} s look like the entry from {span.entry_start_s:.1f} s to "
        f"{span.entry_end_s:.1f} s ({kind})."
    )
