from __future__ import annotations

import numpy as np
import pytest

from clips import travel
from staydown.fingerprinting.timeline import TimelineBuilder
from staydown.index import MemoryStore
from staydown.matching.video_moments import VideoQuery, line_of, moments_of, with_neighbours
from staydown.types import ContentKind, Fingerprint, Signal, SignalType, Timeline


def timeline_of(frames, *, step_ms: int = 250) -> Timeline:
    builder = TimelineBuilder()
    for k, pixels in enumerate(frames):
        builder.add(k * step_ms, pixels)
    return builder.finish(len(frames) * step_ms)


def fingerprint(timeline: Timeline) -> Fingerprint:
    signal = Signal.of(SignalType.TIMELINE, timeline.to_bytes())
    return Fingerprint(ContentKind.VIDEO, (signal,))


def scene(seed: int, count: int = 40):
    return travel(seed, count, speed=6, width=320, height=224)


def moments_between(query: Timeline, entry: Timeline):
    store = MemoryStore()
    store.add("entry", fingerprint(entry))
    return store, moments_of(store, VideoQuery(query))


@pytest.fixture(scope="module")
def shown() -> Timeline:
    return timeline_of(scene(1))


def test_every_frame_of_a_copy_has_its_moment(shown) -> None:
    _, found = moments_between(shown, shown)
    (moments,) = found.values()
    same = {m.frame for m in moments if m.query_ms == m.entry_ms}
    assert same == set(range(len(shown)))


def test_windows_and_whole_frames_add_up_in_one_moment(shown) -> None:
    _, found = moments_between(shown, shown)
    (moments,) = found.values()
    pairs = [(m.frame, m.entry_ms) for m in moments]
    assert len(pairs) == len(set(pairs))
    both = [m for m in moments if m.agreement is not None and m.distance is not None]
    assert len(both) >= len(shown.windows)
    for m in both:
        assert m.agreement is not None
        assert m.evidence == pytest.approx(m.agreement.weight + m.whole_evidence)


def test_a_mirrored_copy_has_mirrored_agreements(shown) -> None:
    query = timeline_of([np.ascontiguousarray(f[:, ::-1]) for f in scene(1)])
    _, found = moments_between(query, shown)
    (moments,) = found.values()
    agreements = [m.agreement for m in moments if m.agreement is not None]
    assert agreements
    assert all(a.is_mirrored for a in agreements if len(a.pairs) > 10)


def test_unlike_videos_have_no_whole_frame_in_common(shown) -> None:
    _, found = moments_between(timeline_of(scene(2)), shown)
    assert all(m.distance is None for moments in found.values() for m in moments)


def test_frames_of_low_quality_are_not_compared_as_a_whole(shown) -> None:
    blank = Timeline(
        shown.duration_ms,
        shown.times_ms,
        np.full(len(shown), 49, np.uint8),
        shown.hashes,
        (),
    )
    assert moments_between(blank, shown)[1] == {}
    assert moments_between(shown, blank)[1] == {}


def test_a_still_picture_gives_a_bounded_number_of_moments() -> None:
    count = 300
    still = Timeline(
        1000 * count,
        np.arange(0, 1000 * count, 1000).astype(np.uint32),
        np.full(count, 100, np.uint8),
        np.tile(np.arange(32, dtype=np.uint8), (count, 1)),
        (),
    )
    _, found = moments_between(still, still)
    (moments,) = found.values()
    assert len(moments) <= 64 * count
    assert {m.frame for m in moments} == set(range(count))


def test_neighbours_are_compared_where_the_line_predicts_them(shown) -> None:
    store, _ = moments_between(shown, shown)
    found = with_neighbours(store, VideoQuery(shown), 0, [], lambda ms: ms)
    assert {m.frame for m in found if m.query_ms == m.entry_ms} == {f for f, _ in shown.windows}
    far = with_neighbours(store, VideoQuery(shown), 0, [], lambda ms: ms + 60_000)
    assert far == []


def test_the_line_of_a_copy_is_the_diagonal(shown) -> None:
    _, found = moments_between(shown, shown)
    line = line_of(next(iter(found.values())))
    assert line.speed == pytest.approx(1.0, abs=0.02)
    assert line.offset_s == pytest.approx(0.0, abs=0.1)
    assert len(line.members) == len(shown)


def test_windows_of_a_slow_camera_do_not_shift_the_line() -> None:
    frames = travel(3, 80, speed=3, width=320, height=224)
    store = MemoryStore()
    store.add("entry", fingerprint(timeline_of(frames, step_ms=200)))
    query = VideoQuery(timeline_of(frames[15:40], step_ms=200))
    (moments,) = moments_of(store, query).values()
    line = line_of(moments)
    assert line.entry_ms(0) == pytest.approx(3000, abs=250)
    assert line.entry_ms(4800) == pytest.approx(7800, abs=250)
