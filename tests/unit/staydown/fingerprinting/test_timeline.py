from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clips import flat, still, travel
from staydown.fingerprinting.timeline import (
    MOVED_BITS,
    STILL_MS,
    WINDOWS_QUALITY,
    TimelineBuilder,
    TimelineRules,
    as_rows,
    bits_between,
)
from staydown.types import Timeline, Windows

EMPTY_GRID = np.zeros((16, 16), np.uint8)


def timeline_of(frames, *, step_ms: int = 250, rules: TimelineRules | None = None) -> Timeline:
    builder = TimelineBuilder(rules)
    for k, pixels in enumerate(frames):
        builder.add(k * step_ms, pixels)
    return builder.finish(len(frames) * step_ms)


def fake_windows(pixels, *, max_points: int) -> Windows:
    points = np.zeros((max_points, 32), np.uint8)
    return Windows(384, 256, points, np.zeros(max_points, np.uint32), EMPTY_GRID)


def fake_builder(hashes: list[tuple[bytes, int]]) -> TimelineBuilder:
    given_hashes = iter(hashes)
    return TimelineBuilder(pdq_of=lambda _, full: next(given_hashes), windows_of=fake_windows)


def test_every_kept_frame_has_the_pdq_of_its_pixels() -> None:
    from staydown.fingerprinting import pdq

    frames = travel(1, 16, speed=8)
    timeline = timeline_of(frames)
    assert len(timeline) > 4
    for time_ms, quality, row in zip(
        timeline.times_ms, timeline.qualities, timeline.hashes, strict=True
    ):
        assert pdq(frames[time_ms // 250]) == (row.tobytes(), quality)


def test_moving_pictures_keep_more_frames_than_still_ones() -> None:
    assert len(timeline_of(travel(2, 40, speed=10))) > 30
    assert len(timeline_of(still(2, 40))) == 10


def test_still_pictures_have_few_windows() -> None:
    assert len(timeline_of(still(3, 80)).windows) == 2
    assert 9 <= len(timeline_of(travel(3, 80, speed=10)).windows) <= 20


def test_blank_frames_have_no_windows_and_are_kept_seldom() -> None:
    timeline = timeline_of(flat(0, 12))
    assert timeline.windows == ()
    assert timeline.times_ms.tolist() == [0, 1000, 2000]


def test_a_scene_has_windows_at_its_start() -> None:
    frames = [*still(4, 8), *still(5, 8), *still(6, 8)]
    timeline = timeline_of(frames)
    starts = [int(timeline.times_ms[frame]) for frame, _ in timeline.windows]
    assert starts == [0, 2000, 4000]


def test_a_clip_of_one_frame_is_a_timeline() -> None:
    timeline = timeline_of(still(7, 1))
    assert len(timeline) == len(timeline.windows) == 1
    assert Timeline.from_bytes(timeline.to_bytes()) == timeline


def test_no_frames_give_an_empty_timeline() -> None:
    assert len(timeline_of([])) == 0


def test_duration_never_ends_before_the_last_frame() -> None:
    builder = TimelineBuilder()
    builder.add(900, still(8, 1)[0])
    assert builder.finish(0).duration_ms == 900


@pytest.mark.parametrize("speed", [0.0, 2.0, 12.0, 60.0])
def test_a_second_of_video_stays_under_two_kilobytes(speed) -> None:
    frames = travel(9, 80, speed=speed)
    timeline = timeline_of(frames)
    assert len(timeline.to_bytes()) <= 2048 * timeline.duration_ms / 1000


def test_cuts_everywhere_stay_under_two_kilobytes_a_second() -> None:
    frames = [still(seed, 1)[0] for seed in range(120)]
    timeline = timeline_of(frames)
    assert len(timeline.to_bytes()) <= 2048 * timeline.duration_ms / 1000


@given(
    hashes=st.lists(
        st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 100)), max_size=60
    ),
    steps=st.lists(st.integers(1, 700), min_size=60, max_size=60),
)
def test_what_is_left_out_is_near_what_was_kept(hashes, steps) -> None:
    builder = fake_builder(hashes)
    times, time_ms = [], 0
    for step in steps[: len(hashes)]:
        times.append(time_ms)
        builder.add(time_ms, EMPTY_GRID)
        time_ms += step
    timeline = builder.finish(time_ms)
    kept = {int(t): k for k, t in enumerate(timeline.times_ms)}
    last = 0
    for at, (bits, quality) in zip(times, hashes, strict=True):
        if at in kept:
            last = kept[at]
            assert timeline.hashes[last].tobytes() == bits
            continue
        assert at - timeline.times_ms[last] < STILL_MS
        blank = max(quality, int(timeline.qualities[last])) < WINDOWS_QUALITY
        assert blank or bits_between(bits, timeline.hashes[last].tobytes()) < MOVED_BITS
    assert all(timeline.qualities[frame] >= WINDOWS_QUALITY for frame, _ in timeline.windows)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_bits_between_counts_differing_bits(a, b) -> None:
    rows = np.unpackbits(as_rows([a, b]), axis=1)
    assert bits_between(a, b) == int((rows[0] != rows[1]).sum())
