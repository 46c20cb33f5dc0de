from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from staydown.matching.agreement import Agreement
from staydown.matching.judging import Judgement
from staydown.matching.placement import Placement
from staydown.matching.video_moments import Moment
from staydown.matching.video_timing import Alignment
from staydown.matching.video_verdict import Length, verdict
from staydown.matching.views import View
from staydown.types import MatchKind, Timeline, Transform

EVERYWHERE = (0.0, 0.0, 1.0, 1.0)
PLACED = Placement(
    Transform((1.0, 0.0, 0.0, 0.0, 1.0, 0.0), mirrored=False, rotation_deg=0.0, scale=1.0),
    EVERYWHERE,
    EVERYWHERE,
    1.0,
    1.0,
)


def judgement(evidence: float = 100.0, kind=MatchKind.SAME, cells=None) -> Judgement:
    return Judgement(evidence, kind, PLACED, None, cells, 20)


def agreement(share: float) -> Agreement:
    """Two pictures of 40 points of which a share agrees."""
    view = View(
        384,
        216,
        np.zeros((40, 4)),
        np.zeros((40, 4), np.uint64),
        np.zeros((16, 16), np.uint8),
    )
    pairs = np.zeros((int(40 * share), 3), np.int64)
    return Agreement(
        query=view,
        entry=view,
        is_mirrored=False,
        matrix=np.array([1.0, 0, 0, 0, 1, 0]),
        pairs=pairs,
        weights=np.ones(len(pairs)),
        tries=40,
    )


def timeline(count: int = 40, step_ms: int = 500, *, still: bool = False) -> Timeline:
    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 256, (count, 32)).astype(np.uint8)
    if still:
        hashes[:] = hashes[0]
    times = (np.arange(count) * step_ms).astype(np.uint32)
    return Timeline(count * step_ms, times, np.full(count, 100, np.uint8), hashes, ())


def length(end_s: float, start_s: float = 0.0, *, step_s: float = 2.0) -> Length:
    return Length(start_s, end_s, tuple(np.arange(start_s, end_s + 0.01, step_s)))


def moments(first: int, last: int, offset_ms: int = 0, *, share: float = 0.9, **how):
    """One moment for each of the timeline's frames from first to last."""
    made = judgement(**how)
    return [
        Moment(k, 500 * k, 500 * k + offset_ms, made.evidence, 0.0, agreement(share), None, made)
        for k in range(first, last + 1)
    ]


def judged(found, *, query=None, entry=None, offset_s=0.0, still=False):
    line = Alignment(1.0, offset_s, np.arange(len(found)))
    return verdict(
        "entry",
        found,
        line,
        query=query or length(19.5),
        entry=entry,
        timeline=timeline(still=still),
    )


def test_the_whole_of_both_is_the_same() -> None:
    match = judged(moments(0, 39), entry=length(19.5))
    assert match.kind is MatchKind.SAME
    assert match.score > 0.8
    assert match.evidence.points == 40 * 20
    assert "19.5 s" in match.evidence.reason


@pytest.mark.parametrize(("first", "last"), [(0, 24), (16, 39), (8, 30)])
def test_a_stretch_of_the_entry_is_a_part(first, last) -> None:
    match = judged(moments(first, last), entry=length(19.5))
    assert match.kind is MatchKind.PART
    span = match.evidence.time_span
    assert span is not None
    assert (span.query_start_s, span.query_end_s) == (first / 2, last / 2)


def clip(last_s: float, whole_s: float) -> Length:
    """Of a short clip that was looked at until ``last_s``."""
    rest_s = whole_s - last_s
    return replace(length(last_s, step_s=1.0), unseen_s=rest_s, rest_s=rest_s)


def test_little_more_than_half_of_a_short_clip_is_a_part() -> None:
    # The edges that frames may stand away would make the whole of it.
    upload, banked = clip(2.0, 2.2), clip(3.7, 4.0)
    found = moments(0, 4, offset_ms=1000)
    assert judged(found, query=upload, entry=banked, offset_s=1.0).kind is MatchKind.PART
    other_way = moments(2, 6, offset_ms=-1000)
    assert judged(other_way, query=banked, entry=upload, offset_s=-1.0).kind is MatchKind.PART


@pytest.mark.parametrize("seen", [(2.5, 4.0), (3.7, 2.5)])
def test_an_end_that_one_side_did_not_look_at_does_not_make_a_part(seen) -> None:
    upload, banked = (clip(last_s, 4.0) for last_s in seen)
    found = moments(0, int(2 * min(seen)))
    assert judged(found, query=upload, entry=banked).kind is MatchKind.SAME


def test_very_short_clips_are_not_told_apart_by_their_length() -> None:
    assert judged(moments(0, 0), query=clip(0.0, 0.2), entry=clip(0.5, 0.7)).kind is MatchKind.SAME


def test_a_length_that_is_not_known_gives_the_benefit_of_the_doubt() -> None:
    unsure = replace(length(2.0, step_s=1.0), rest_s=0.75)
    assert judged(moments(0, 4), query=unsure, entry=clip(2.7, 3.0)).kind is MatchKind.SAME
    assert judged(moments(0, 4), query=clip(2.7, 3.0), entry=unsure).kind is MatchKind.SAME


def test_blank_frames_at_the_ends_do_not_make_a_part() -> None:
    match = judged(moments(10, 30), query=length(15.0, 5.0), entry=length(15.0, 5.0))
    assert match.kind is MatchKind.SAME


def test_most_of_the_evidence_decides_about_parts_of_the_picture() -> None:
    found = [*moments(0, 9, kind=MatchKind.SAME), *moments(10, 39, kind=MatchKind.PART)]
    assert judged(found, entry=length(19.5)).kind is MatchKind.PART


CELLS = (0b11 << 14, 0b11 << 14, *(0,) * 14)
FEWER = (0b11 << 14, 0b01 << 14, *(0,) * 14)
ELSEWHERE = (*(0,) * 14, 0b11, 0b11)


def test_altered_comes_before_part_and_shows_the_cells_that_recur() -> None:
    found = [
        *moments(0, 9, kind=MatchKind.ALTERED, cells=CELLS),
        *moments(10, 12, kind=MatchKind.ALTERED, cells=FEWER),
    ]
    match = judged(found, entry=length(19.5))
    assert match.kind is MatchKind.ALTERED
    assert match.evidence.altered_cells == CELLS


def test_one_altered_frame_is_not_enough() -> None:
    found = moments(0, 0, kind=MatchKind.ALTERED, cells=CELLS)
    assert judged(found, entry=length(0.0)).kind is not MatchKind.ALTERED


def test_a_region_that_wanders_is_not_altered() -> None:
    found = [
        *moments(0, 1, kind=MatchKind.ALTERED, cells=CELLS),
        *moments(2, 3, kind=MatchKind.ALTERED, cells=ELSEWHERE),
    ]
    assert judged(found, entry=length(1.5)).kind is not MatchKind.ALTERED


def test_frames_of_different_moments_say_nothing_of_alteration() -> None:
    found = [
        replace(m, entry_ms=m.entry_ms + 500)
        for m in moments(0, 9, kind=MatchKind.ALTERED, cells=CELLS)
    ]
    assert judged(found, entry=length(4.5)).kind is not MatchKind.ALTERED


def test_a_few_altered_frames_do_not_make_an_altered_video() -> None:
    cells = (0xFFFF,) * 16
    found = [*moments(0, 29), *moments(30, 39, kind=MatchKind.ALTERED, cells=cells)]
    match = judged(found, entry=length(19.5))
    assert match.kind is MatchKind.SAME
    assert match.evidence.altered_cells is None


def test_more_moments_give_a_higher_score() -> None:
    scores = [judged(moments(0, n, evidence=30.0), entry=length(1.0)).score for n in (0, 4, 20)]
    assert scores == sorted(scores)
    assert scores[0] < scores[2]


def test_a_picture_that_stands_still_counts_once() -> None:
    moving = judged(moments(0, 39, evidence=30.0), entry=length(19.5))
    still = judged(moments(0, 39, evidence=30.0), entry=length(19.5), still=True)
    once = judged(moments(0, 0, evidence=30.0), entry=length(0.0))
    assert still.score == once.score < moving.score


def test_a_plain_opening_in_common_stays_below_the_threshold() -> None:
    assert judged(moments(0, 7), entry=length(19.5)).score < 0.5
    closing = judged(moments(32, 39), entry=length(19.5))
    assert closing.score < 0.5


def test_the_same_stretch_elsewhere_is_a_match() -> None:
    found = moments(16, 23, offset_ms=-8000)
    assert judged(found, entry=length(19.5), offset_s=-8.0).score > 0.8


def test_a_weak_opening_counts_in_full() -> None:
    assert judged(moments(0, 7, share=0.2), entry=length(19.5)).score > 0.8


def test_an_opening_is_a_match_where_nothing_else_could_be_compared() -> None:
    bare = replace(length(19.5), rich_s=(0.0, 2.0))
    assert judged(moments(0, 7), query=bare, entry=bare).score > 0.8


def test_a_photo_has_no_time_of_its_own() -> None:
    found = [replace(m, entry_ms=-1) for m in moments(4, 6)]
    match = judged(found, entry=None)
    span = match.evidence.time_span
    assert span is not None
    assert (span.entry_start_s, span.entry_end_s) == (0.0, 0.0)
    assert (span.query_start_s, span.query_end_s) == (2.0, 3.0)


def test_whole_frames_alone_give_a_distance_and_no_transform() -> None:
    found = [Moment(k, 500 * k, 500 * k, 40.0, 40.0, distance=20 + k) for k in range(40)]
    match = judged(found, entry=length(19.5))
    assert match.kind is MatchKind.SAME
    assert match.evidence.distance == 20
    assert match.evidence.transform is None
    assert match.evidence.points == 0


def test_length_goes_from_the_first_to_the_last_frame_that_shows_something() -> None:
    times = np.arange(0, 5000, 500)
    qualities = np.array([0, 0, 90, 90, 10, 90, 90, 90, 0, 0])
    made = Length.of(times, qualities, [(1000, 60), (3000, 5)])
    assert (made.start_s, made.end_s, made.rich_s) == (1.0, 3.5, (1.0,))
    assert Length.of(times, np.zeros(10), []).end_s == 4.5
    assert Length.of(times[:1], np.zeros(1), []).share(0.0, 0.0) == 1.0
    assert (made.unseen_s, made.rest_s) == (0.0, 1.75)
    assert (made.least_s, made.most_s) == (2.5, 4.25)


def test_length_counts_the_end_that_was_not_looked_at() -> None:
    times, qualities = np.arange(0, 5000, 500), np.full(10, 90)
    made = Length.of(times, qualities, [], duration_ms=5200)
    assert made.unseen_s == made.rest_s == pytest.approx(0.7)
    assert made.least_s == made.most_s == pytest.approx(5.2)


def test_length_may_go_on_after_blank_frames() -> None:
    times, qualities = np.arange(0, 5000, 500), np.array([90] * 4 + [0] * 6)
    made = Length.of(times, qualities, [], duration_ms=8000)
    assert (made.unseen_s, made.rest_s) == (pytest.approx(3.5), pytest.approx(6.5))
    assert (made.least_s, made.most_s) == (pytest.approx(1.5), pytest.approx(8.0))


def test_frames_too_dull_to_compare_on_one_side_do_not_make_a_part() -> None:
    dull = Length(0.0, 1.5, (0.0,), 0.2, 18.2)
    assert judged(moments(0, 39), query=dull, entry=length(19.5)).kind is MatchKind.SAME
