from __future__ import annotations

import io

import pytest

from clips import encode, flat, still, travel
from staydown.errors import DecodeError
from staydown.fingerprinting.timeline import bits_between
from staydown.isolate.child_video import animation_signals, video_signals
from staydown.types import SignalType, Timeline
from staydown.types.limits import Limits


def timeline_of(data: bytes, mode: str = "banking") -> Timeline:
    (signal,) = video_signals(data, mode=mode, limits=Limits())
    assert signal.type is SignalType.TIMELINE
    return Timeline.from_bytes(signal.raw)


@pytest.mark.parametrize("mode", ["banking", "screening"])
def test_a_video_becomes_one_timeline(mode) -> None:
    timeline = timeline_of(encode(travel(1, 60, speed=6)), mode)
    assert timeline.duration_ms == 6000
    assert len(timeline) >= 6
    assert timeline.windows


def test_the_same_bytes_give_the_same_timeline() -> None:
    data = encode(travel(2, 30))
    assert timeline_of(data) == timeline_of(data)
    (signal,) = video_signals(io.BytesIO(data), mode="banking", limits=Limits())
    assert Timeline.from_bytes(signal.raw) == timeline_of(data)


def test_screening_is_near_banking_where_both_have_the_frame() -> None:
    data = encode(travel(3, 60, speed=6, width=320, height=192))
    full, fast = timeline_of(data), timeline_of(data, "screening")
    hashes = dict(zip(full.times_ms.tolist(), full.hashes, strict=True))
    shared = [
        bits_between(row.tobytes(), hashes[time_ms].tobytes())
        for time_ms, row in zip(fast.times_ms.tolist(), fast.hashes, strict=True)
        if time_ms in hashes
    ]
    assert len(shared) >= 3
    assert max(shared) <= 20


def test_black_frames_have_low_quality_and_no_windows() -> None:
    timeline = timeline_of(encode(flat(16, 30)))
    assert timeline.qualities.max() < 50
    assert timeline.windows == ()


def test_an_animation_becomes_a_timeline_too() -> None:
    frames = ((200 * k, pixels) for k, pixels in enumerate(still(4, 10)))
    (signal,) = animation_signals(frames, duration_ms=2000)
    timeline = Timeline.from_bytes(signal.raw)
    assert timeline.duration_ms == 2000
    assert timeline.times_ms.tolist() == [0, 1000]


def test_errors_of_the_decoder_are_ours() -> None:
    with pytest.raises(DecodeError):
        video_signals(b"nothing", mode="banking", limits=Limits())
