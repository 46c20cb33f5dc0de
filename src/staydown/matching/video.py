"""Match a video against a bank: like frames, a line in time, and what they amount to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from staydown.matching.judging import Judgement
from staydown.matching.photo import Comparison, judge_all
from staydown.matching.video_moments import Moment, VideoQuery, line_of, moments_of, with_neighbours
from staydown.matching.video_timing import Alignment
from staydown.matching.video_verdict import Length, verdict
from staydown.types import Fingerprint, Match
from staydown.types.candidates import CandidateStore

_MOST_JUDGED = 12
"""Frames of one entry that are compared cell by cell."""


def match_video(store: CandidateStore, fingerprint: Fingerprint) -> list[Match]:
    """All candidates of a video, with kind, score and evidence; in no order.

    Args:
        store: the bank; photos in it are found where the video shows them.
        fingerprint: of a video, with a ``timeline/1``; without one there are no candidates.

    Cost: about 10 ms for 10 s of video against a small bank.
    """
    timeline = fingerprint.timeline
    if timeline is None or not len(timeline):
        return []
    query = VideoQuery(timeline)
    lines = {
        entry: _aligned(store, query, entry, moments)
        for entry, moments in moments_of(store, query).items()
    }
    judged = _judged({entry: moments for entry, (_, moments) in lines.items()}, query)
    points = [(int(timeline.times_ms[f]), len(w)) for f, w in timeline.windows]
    length = Length.of(
        timeline.times_ms, timeline.qualities, points, duration_ms=timeline.duration_ms
    )
    return [
        verdict(
            store.entry_id(entry),
            moments,
            lines[entry][0],
            query=length,
            entry=_length_of(store, entry),
            timeline=timeline,
        )
        for entry, moments in judged.items()
    ]


def _aligned(
    store: CandidateStore, query: VideoQuery, entry: int, moments: list[Moment]
) -> tuple[Alignment, list[Moment]]:
    """The best line in time with its moments, those that the line predicts included."""
    line = line_of(moments)
    if moments[0].entry_ms >= 0:
        moments = with_neighbours(store, query, entry, moments, line.entry_ms)
        line = line_of(moments)
    return line, [moments[k] for k in line.members]


def _judged(aligned: dict[int, list[Moment]], query: VideoQuery) -> dict[int, list[Moment]]:
    """Moments with judgements; points that recur in several entries at one frame are muted."""
    by_frame: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for entry, moments in aligned.items():
        seen = [k for k, m in enumerate(moments) if m.agreement is not None]
        for k in sorted(seen, key=lambda k: -moments[k].evidence)[:_MOST_JUDGED]:
            by_frame[moments[k].frame].append((entry, k))
    judged = {entry: list(moments) for entry, moments in aligned.items()}
    for frame, places in by_frame.items():
        compared = [
            Comparison(entry, aligned[entry][k].entry_ms, None, aligned[entry][k].agreement, None)
            for entry, k in places
        ]
        judgements = judge_all(query.views[frame], compared)
        for (entry, k), judgement in zip(places, judgements, strict=True):
            judged[entry][k] = _weighed(judged[entry][k], judgement)
    return judged


def _weighed(moment: Moment, judgement: Judgement | None) -> Moment:
    """The moment with its judgement; windows and whole picture add up, as for photos."""
    if judgement is None:
        return moment
    whole = moment.whole_evidence
    evidence = max(judgement.evidence, whole, judgement.evidence + whole)
    return replace(moment, evidence=evidence, judgement=judgement)


def _length_of(store: CandidateStore, entry: int) -> Length | None:
    """Where an entry shows something; None for a photo."""
    times, qualities, _ = store.frames(entry)
    if not len(times) or times[0] < 0:
        return None
    pictures = (store.picture(number) for number in store.pictures(entry))
    points = [(p.time_ms, len(p.hashes)) for p in pictures]
    return Length.of(times, np.asarray(qualities), points, duration_ms=store.duration_ms(entry))
