"""What the like frames of two videos amount to: score, kind, evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from staydown.matching.judging import Judgement
from staydown.matching.scoring import score_of
from staydown.matching.video_moments import Moment
from staydown.matching.video_timing import Alignment
from staydown.matching.whole import MIN_QUALITY
from staydown.types import Evidence, Match, MatchKind, Timeline, TimeSpan

_FADING = 0.6
"""Each further moment counts this much less than the one before: frames of a scene are kin."""

_APART_MS = 800
"""Moments nearer than this in the query count as one."""

_UNLIKE_BITS = 24
"""Moments whose frames differ by fewer bits count as one: a title that stands still."""

_WHOLE_SHARE = 0.75
"""A copy that covers this share of both videos' length is the whole of it."""

_SHORT_S, _SHORT_SHARE = 1.0, 0.25
"""A stretch that is shorter and a smaller share of both videos is no match by itself."""

_OPENING_S, _OPENING_SHARE = 6.0, 0.4
"""The same for a stretch that opens both videos, or closes both: a logo, a title, an end card."""

_AT_MOST = 18.0
"""Evidence that such a stretch may give: below the default threshold, but to be seen."""

_PLAIN = 0.45
"""Share of points from which frames agree plainly."""

_DISAGREE = 1.5
"""So many frames that should have been alike, and are not, make a stretch slight."""

_FADES_S = 1.2
_RICH_POINTS = 24
_CHANCE = 12.0
"""What the likest of some hundred pairs of frames may reach by chance. Source: ADR-0013."""

_SAME_MOMENT_MS, _LEAST_ALTERED, _LEAST_OVERLAP = 300, 2, 0.6
_EDGE_S = 0.75
"""How far a kept frame may stand from the true start or end of a stretch."""


@dataclass(frozen=True, slots=True)
class Length:
    """The part of a video that shows something.

    Attributes:
        start_s, end_s: seconds from the start of the video.
        rich_s: times of the frames with much to compare, in seconds.
        unseen_s: how much follows the last frame that was looked at.
        rest_s: how much follows ``end_s``: blank frames, and what was not looked at.
    """

    start_s: float
    end_s: float
    rich_s: tuple[float, ...]
    unseen_s: float = 0.0
    rest_s: float = 0.0

    @classmethod
    def of(
        cls,
        times_ms: npt.NDArray[Any],
        qualities: npt.NDArray[Any],
        points: Sequence[tuple[int, int]],
        *,
        duration_ms: int = 0,
    ) -> Self:
        """From the first to the last frame of enough quality; the whole if there is none.

        Args:
            times_ms: times of all frames, rising, at least one.
            qualities: their pdq qualities.
            points: pairs (time in ms, number of points) of the frames with windows.
            duration_ms: length of the video, 0 where unknown.
        """
        shown = times_ms[qualities >= MIN_QUALITY]
        times = shown if len(shown) else times_ms
        rich = [ms for ms, count in points if count >= _RICH_POINTS] if points else shown.tolist()
        last_ms = max(duration_ms, float(times_ms[-1]))
        is_known = duration_ms > times_ms[-1]
        return cls(
            float(times[0]) / 1000,
            float(times[-1]) / 1000,
            tuple(ms / 1000 for ms in rich),
            (last_ms - float(times_ms[-1])) / 1000 if len(shown) else 0.0,
            (last_ms - float(times[-1])) / 1000 + (0.0 if is_known else _EDGE_S),
        )

    @property
    def least_s(self) -> float:
        """How long it is at least; a moment for a single frame."""
        # Where the last frame that was looked at shows something, so will what follows it.
        goes_on = self.rest_s <= self.unseen_s
        return max(self.end_s - self.start_s + (self.unseen_s if goes_on else 0.0), _EDGE_S)

    @property
    def most_s(self) -> float:
        """How long it may be."""
        return max(self.end_s - self.start_s + self.rest_s, _EDGE_S)

    def likely_s(self, start_s: float, end_s: float) -> float:
        """How long a stretch is if it ends half-way to the next rich frame on either side."""
        before = max((t for t in self.rich_s if t < start_s), default=start_s)
        after = min((t for t in self.rich_s if t > end_s), default=end_s)
        return (end_s - start_s + after - before) / 2

    def share(self, start_s: float, end_s: float) -> float:
        """How much of it a stretch covers, 0..1, frames being a step apart."""
        start, end = max(self.start_s, start_s - _EDGE_S), min(self.end_s, end_s + _EDGE_S)
        whole = self.end_s - self.start_s
        return min(1.0, max(0.0, end - start) / whole) if whole > 0 else 1.0


def verdict(
    entry_id: str,
    moments: list[Moment],
    line: Alignment,
    *,
    query: Length,
    entry: Length | None,
    timeline: Timeline,
) -> Match:
    """The match of one entry.

    Args:
        entry_id: the entry.
        moments: like frames on one line in time, one a query frame, in order; judged where they
            have windows.
        line: that line.
        query: length of the query.
        entry: length of the entry; None for a photo.
        timeline: the query's.
    """
    span = _span(moments, entry)
    evidence = _evidence_of(moments, timeline)
    if entry and _is_slight(moments, line, span, query=query, entry=entry):
        evidence = min(evidence, _AT_MOST)
    judgements = [m.judgement for m in moments if m.judgement is not None]
    cells = _altered_cells(moments, line)
    kind = MatchKind.ALTERED if cells else _kind(judgements, _share(span, line, query, entry))
    best = max(judgements, key=lambda j: j.evidence, default=None)
    distances = [m.distance for m in moments if m.distance is not None]
    placement = best.placement if best else None
    return Match(
        entry_id,
        kind,
        score_of(evidence),
        Evidence(
            reason=_reason(len(moments), span, kind, is_photo=entry is None),
            distance=min(distances, default=None),
            points=sum(j.points for j in judgements),
            transform=placement.transform if placement else None,
            query_box=placement.query_box if placement else None,
            entry_box=placement.entry_box if placement else None,
            time_span=span,
            altered_cells=cells,
        ),
    )


def _span(moments: list[Moment], entry: Length | None) -> TimeSpan:
    start_s, end_s = moments[0].query_ms / 1000, moments[-1].query_ms / 1000
    if entry is None:
        return TimeSpan(start_s, end_s, 0.0, 0.0)
    times = [m.entry_ms / 1000 for m in moments]
    return TimeSpan(start_s, end_s, min(times), max(times))


def _share(span: TimeSpan, line: Alignment, query: Length, entry: Length | None) -> float:
    """How much the stretch covers of the query or of the entry, whichever is less.

    A frame may stand up to an edge from the true end of the stretch, and an end that was not looked
    at in one video may go on in the other; but neither covers more of the other than it is long.
    """
    if entry is None:
        return query.share(span.query_start_s, span.query_end_s)
    query_more_s = entry.unseen_s if span.entry_end_s >= entry.end_s - _EDGE_S else 0.0
    entry_more_s = query.unseen_s if span.query_end_s >= query.end_s - _EDGE_S else 0.0
    speed = line.speed
    return min(
        query.share(span.query_start_s, span.query_end_s + query_more_s / speed),
        entry.share(span.entry_start_s, span.entry_end_s + entry_more_s * speed),
        speed * query.most_s / entry.least_s,
        entry.most_s / (speed * query.least_s),
    )


def _is_slight(
    moments: list[Moment], line: Alignment, span: TimeSpan, *, query: Length, entry: Length
) -> bool:
    """True for a stretch that videos have in common without one being a copy of the other.

    It is short, the frames in it agree plainly, and the others plainly do not. Where
    the frames agree but weakly, the others may be copies that were not recognised.
    """
    length_s = query.likely_s(span.query_start_s, span.query_end_s)
    share = max(
        query.share(span.query_start_s, span.query_end_s),
        entry.share(span.entry_start_s, span.entry_end_s),
    )
    opens = max(span.query_start_s - query.start_s, span.entry_start_s - entry.start_s)
    closes = max(query.end_s - span.query_end_s, entry.end_s - span.entry_end_s)
    at_an_end = min(opens, closes) < 2 * _EDGE_S
    most_s, most_share = (_OPENING_S, _OPENING_SHARE) if at_an_end else (_SHORT_S, _SHORT_SHARE)
    return (
        length_s < most_s
        and share < most_share
        and _disagreement(line, span, query, entry) >= _DISAGREE
        and _plainness(moments) >= _PLAIN
    )


def _disagreement(line: Alignment, span: TimeSpan, query: Length, entry: Length) -> float:
    """How many rich frames outside the stretch would have met a like one, were this a copy.

    A frame of the query counts in full where the entry has a rich frame at the moment that the line
    predicts, and for less the farther the nearest one is.
    """
    rich_s = np.array(entry.rich_s)
    total = 0.0
    for t in query.rich_s:
        if span.query_start_s - _EDGE_S <= t <= span.query_end_s + _EDGE_S or not len(rich_s):
            continue
        away_s = float(np.abs(rich_s - line.entry_ms(1000 * t) / 1000).min())
        total += max(0.0, 1.0 - away_s / _FADES_S)
    return total


def _plainness(moments: list[Moment]) -> float:
    """Median share of points that agree; 1 where whole frames alone decide."""
    shares = [
        len(a.pairs) / max(1, min(len(a.query), len(a.entry)))
        for m in moments
        if (a := m.agreement) is not None
    ]
    return float(np.median(shares)) if shares else 1.0


def _evidence_of(moments: list[Moment], timeline: Timeline) -> float:
    """Evidence of all moments together: the strongest in full, unlike further ones fading."""
    total, factor = 0.0, 1.0
    taken: list[Moment] = []
    for m in sorted(moments, key=lambda m: -m.evidence):
        if m.evidence <= 0 or factor < 0.02:
            break
        if all(_is_another(m, other, timeline) for other in taken):
            total += factor * m.evidence
            factor *= _FADING
            taken.append(m)
    return max(0.0, total - _CHANCE)


def _is_another(a: Moment, b: Moment, timeline: Timeline) -> bool:
    if abs(a.query_ms - b.query_ms) < _APART_MS:
        return False
    differing = np.bitwise_count(timeline.hashes[a.frame] ^ timeline.hashes[b.frame])
    return int(differing.sum()) >= _UNLIKE_BITS


def _kind(judgements: list[Judgement], share: float) -> MatchKind:
    """Part where a good deal of either video is missing, or where most frames show a part."""
    part = sum(max(j.evidence, 1.0) for j in judgements if j.kind is MatchKind.PART)
    whole = sum(max(j.evidence, 1.0) for j in judgements if j.kind is not MatchKind.PART)
    return MatchKind.PART if share < _WHOLE_SHARE or part > whole else MatchKind.SAME


def _altered_cells(moments: list[Moment], line: Alignment) -> tuple[int, ...] | None:
    """Cells that were replaced; None where nothing was, or where it cannot be told.

    Only pairs of one moment are asked, since what moves differs from one moment to the next. Two
    in five of them, and two at least, must show a replaced region, and it must be the same.
    """
    together = [
        m.judgement
        for m in moments
        if m.judgement is not None
        and abs(m.entry_ms - line.entry_ms(m.query_ms)) <= _SAME_MOMENT_MS
    ]
    maps = [
        [[row >> (15 - x) & 1 for x in range(16)] for row in j.altered_cells]
        for j in together
        if j.altered_cells is not None
    ]
    if len(maps) < _LEAST_ALTERED or 5 * len(maps) < 2 * len(together):
        return None
    shown = np.array(maps, bool)
    common = shown.mean(axis=0) >= 0.5
    overlap = (shown & common).sum((1, 2)) / np.maximum((shown | common).sum((1, 2)), 1)
    if overlap.mean() < _LEAST_OVERLAP:
        return None
    return tuple(int(sum(1 << (15 - x) for x in np.flatnonzero(row))) for row in common)


def _reason(count: int, span: TimeSpan, kind: MatchKind, *, is_photo: bool) -> str:
    """One plain sentence."""
    if count == 1:
        what = "shows the picture of the entry"
        if not is_photo:
            what = f"looks like the entry at {span.entry_start_s:.1f} s"
        return f"One frame, at {span.query_start_s:.1f} s, {what} ({kind})."
    when = f"{count} frames from {span.query_start_s:.1f} s to {span.query_end_s:.1f} s"
    if is_photo:
        return f"{when} show the picture of the entry ({kind})."
    return (
        f"{when} look like the entry from {span.entry_start_s:.1f} s "
        f"to {span.entry_end_s:.1f} s ({kind})."
    )
