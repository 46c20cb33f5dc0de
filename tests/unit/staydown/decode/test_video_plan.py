from __future__ import annotations

import itertools
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from staydown.decode.video_plan import (
    BANKING,
    SCREENING,
    PacketChooser,
    TimedPacket,
    groups,
    plan_for,
)


@dataclass(frozen=True)
class FakePacket:
    """As much of a packet as the plan looks at."""

    number: int
    is_keyframe: bool
    size: int = 100


def stream(
    times: list[float], keys: set[int], *, leaned_on: int | None = None
) -> list[TimedPacket]:
    """Packets; where ``leaned_on`` is given, only every so many is a reference."""
    return [
        TimedPacket(FakePacket(k, k in keys), t, leaned_on is None or k % leaned_on == 0)
        for k, t in enumerate(times)
    ]


def chosen(packets: list[TimedPacket], plan) -> list[int]:
    chooser = PacketChooser(plan)
    return [p.number for group in groups(packets) for p in chooser.needed(group)]


def even(count: int, fps: float) -> list[float]:
    return [k / fps for k in range(count)]


def test_groups_begin_at_keyframes_and_lose_nothing() -> None:
    packets = stream(even(10, 10), {0, 4, 7})
    found = list(groups(packets))
    assert [len(g.packets) for g in found] == [4, 3, 3]
    assert [g.next_s for g in found] == [0.4, 0.7, 0.9]
    assert all(g.has_key for g in found)


def test_a_stream_that_begins_between_keyframes_is_a_group_without_one() -> None:
    first, second = groups(stream(even(6, 10), {3}))
    assert not first.has_key
    assert second.has_key


def test_an_endless_group_is_cut_and_goes_on_without_a_key() -> None:
    found = list(groups(stream(even(4500, 30), {0})))
    assert [g.has_key for g in found] == [True, False, False]
    assert sum(len(g.packets) for g in found) == 4500
    assert found[0].next_s == float("inf")


def test_dense_keyframes_are_thinned_to_one_a_second() -> None:
    packets = stream(even(100, 10), set(range(0, 100, 5)))
    assert chosen(packets, SCREENING) == list(range(0, 100, 10))


def test_the_stretch_before_a_near_keyframe_is_jumped() -> None:
    packets = stream(even(60, 10), {0, 20, 40})
    assert chosen(packets, SCREENING) == [*range(6), 20, 40]


def test_half_of_a_short_clip_is_looked_at() -> None:
    numbers = chosen(stream(even(40, 10), {0}), SCREENING)
    assert numbers == list(range(21))


def test_a_long_group_is_decoded_until_the_next_keyframe_is_near_enough() -> None:
    packets = stream(even(120, 10), {0, 90})
    chooser = PacketChooser(SCREENING)
    numbers = [p.number for group in groups(packets) for p in chooser.needed(group)]
    assert numbers == [*range(51), *range(90, 95)]
    assert chooser.stops == {5.0, 9.4}


def test_pictures_that_nothing_leans_on_are_left_out() -> None:
    packets = stream(even(120, 10), {0, 90}, leaned_on=3)
    assert chosen(packets, SCREENING) == [*range(0, 52, 3), *range(90, 97, 3)]


def test_a_stop_that_is_no_sample_of_its_own_does_not_make_up_for_missing_ones() -> None:
    packets = stream(even(60, 10), {0, 25})
    assert chosen(packets, SCREENING)[:8] == [*range(6), 25, 26]


@given(gop=st.integers(1, 300), fps=st.sampled_from([10.0, 25.0, 30.0, 60.0]))
def test_screening_keeps_its_rate_whatever_the_spacing_of_keyframes(gop, fps) -> None:
    packets = stream(even(600, fps), set(range(0, 600, gop)))
    samples, last = 0, -1.0
    for n in chosen(packets, SCREENING):
        if packets[n].time_s >= last + 0.5:
            samples, last = samples + 1, packets[n].time_s
    assert samples >= 0.7 * 600 / fps - 2


def test_pictures_shown_before_their_keyframe_go_after_a_jump() -> None:
    times = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 2.8, 2.9, 3.6, 4.0, 9.0]
    packets = stream(times, {0, 5})
    assert chosen(packets, SCREENING) == [0, 1, 2, 5, 8, 9, 10]


@given(
    gaps=st.lists(st.floats(0.01, 0.4), min_size=2, max_size=200),
    keys=st.sets(st.integers(0, 199)),
    plan=st.sampled_from([BANKING, SCREENING]),
)
def test_what_is_decoded_is_whole_from_a_keyframe_and_gaps_stay_short(gaps, keys, plan) -> None:
    times = [0.0]
    for gap in gaps:
        times.append(times[-1] + gap)
    packets = stream(times, keys | {0})
    numbers = chosen(packets, plan)

    assert numbers == sorted(set(numbers))
    assert numbers[0] == 0
    for before, number in itertools.pairwise(numbers):
        assert number == before + 1 or number in keys
    seen = [times[n] for n in numbers]
    largest = plan.max_gap_s + plan.key_step_s + max(gaps)
    assert all(b - a <= largest for a, b in zip(seen, [*seen[1:], times[-1]], strict=True))


def test_long_videos_may_have_longer_gaps_in_screening_only() -> None:
    assert plan_for("banking", 9000.0) == BANKING
    assert plan_for("screening", 60.0) == SCREENING
    assert SCREENING.max_gap_s < plan_for("screening", 3000.0).max_gap_s <= 5.0
    assert plan_for("screening", 1e9).max_gap_s == 5.0
