from __future__ import annotations

import numpy as np
import pytest

from clips import encode, flat, still, travel
from staydown import fingerprint
from staydown.cli.demo import MEDIA
from staydown.decode.demo_edits import trim_clip
from staydown.fingerprinting import photo_signals
from staydown.index import MemoryStore
from staydown.isolate.child_video import video_signals
from staydown.matching.scoring import DEFAULT_MIN_SCORE
from staydown.matching.video import match_video
from staydown.types import ContentKind, Fingerprint, MatchKind, Signal, SignalType, Timeline
from staydown.types.limits import Limits

SIZE = {"width": 320, "height": 224}


def scene(seed: int, count: int = 80):
    return travel(seed, count, speed=3, **SIZE)


def print_of(frames, *, fps: int = 10, mode: str = "banking") -> Fingerprint:
    data = encode(frames, fps=fps, options={"crf": "26", "preset": "veryfast"})
    return Fingerprint(ContentKind.VIDEO, video_signals(data, mode=mode, limits=Limits()))


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    bank = MemoryStore()
    for seed in range(4):
        bank.add(f"scene-{seed}", print_of(scene(seed)))
    bank.add("black", print_of(flat(16, 60, **SIZE)))
    photo = scene(0)[40]
    bank.add("photo", Fingerprint(ContentKind.PHOTO, photo_signals(photo)))
    return bank


def matches(store, frames, **how):
    found = match_video(store, print_of(frames, **how))
    return {m.entry_id: m for m in found if m.score >= DEFAULT_MIN_SCORE}


def videos(found) -> set[str]:
    return set(found) - {"photo"}


@pytest.mark.parametrize("mode", ["banking", "screening"])
def test_a_copy_is_the_same(store, mode) -> None:
    found = matches(store, scene(1), mode=mode)
    assert set(found) == {"scene-1"}
    assert found["scene-1"].kind is MatchKind.SAME
    assert found["scene-1"].score > 0.9


def test_a_mirrored_copy_is_the_same(store) -> None:
    found = matches(store, [f[:, ::-1] for f in scene(1)])
    assert videos(found) == {"scene-1"}
    match = found["scene-1"]
    assert match.kind is MatchKind.SAME
    assert match.evidence.transform is not None
    assert match.evidence.transform.mirrored


def test_a_faster_copy_is_the_same(store) -> None:
    found = matches(store, scene(2), fps=13)
    assert videos(found) == {"scene-2"}
    assert found["scene-2"].kind is MatchKind.SAME


def test_a_stretch_is_a_part_and_says_when(store) -> None:
    found = matches(store, scene(1)[30:60])
    span = found["scene-1"].evidence.time_span
    assert found["scene-1"].kind is MatchKind.PART
    assert span is not None
    assert span.entry_start_s == pytest.approx(3.0, abs=0.7)
    assert span.entry_end_s == pytest.approx(6.0, abs=0.9)
    assert span.query_start_s == pytest.approx(0.0, abs=0.5)


def test_a_clip_inside_a_longer_video_is_a_part_and_says_when(store) -> None:
    found = matches(store, [*scene(11, 60), *scene(1)[:50], *scene(12, 60)])
    assert videos(found) == {"scene-1"}
    span = found["scene-1"].evidence.time_span
    assert found["scene-1"].kind is MatchKind.PART
    assert span is not None
    assert span.query_start_s == pytest.approx(6.0, abs=0.8)
    assert span.query_end_s == pytest.approx(11.0, abs=0.8)
    assert span.entry_start_s == pytest.approx(0.0, abs=0.6)


def test_a_crop_is_a_part_and_says_where(store) -> None:
    found = matches(store, [np.ascontiguousarray(f[40:184, 60:260]) for f in scene(3)])
    match = found["scene-3"]
    assert match.kind is MatchKind.PART
    left, top, right, bottom = match.evidence.entry_box
    assert (left, top) == pytest.approx((60 / 320, 40 / 224), abs=0.08)
    assert (right, bottom) == pytest.approx((260 / 320, 184 / 224), abs=0.08)


def test_a_picture_in_a_picture_is_a_part(store) -> None:
    frames = [f.copy() for f in scene(21)]
    for outer, inner in zip(frames, scene(2), strict=True):
        outer[60:192, 90:282] = np.kron(inner[:220:5, ::5], np.ones((3, 3), np.uint8))
    found = matches(store, frames)
    assert "scene-2" in found
    assert found["scene-2"].kind is MatchKind.PART


def test_a_photo_in_the_bank_is_found_at_its_moment(store) -> None:
    match = matches(store, scene(0))["photo"]
    assert match.kind is MatchKind.PART
    assert match.evidence.time_span is not None
    assert match.evidence.time_span.query_start_s == pytest.approx(4.0, abs=1.5)
    assert match.evidence.time_span.entry_end_s == 0.0


def test_other_videos_do_not_match(store) -> None:
    for seed in (31, 32, 33):
        assert matches(store, scene(seed)) == {}


def test_blank_frames_match_nothing(store) -> None:
    for level in (0, 16, 128, 255):
        assert matches(store, flat(level, 60, **SIZE)) == {}


def test_blank_stretches_in_common_are_no_match(store) -> None:
    assert matches(store, [*flat(16, 60, **SIZE), *scene(34)]) == {}


@pytest.mark.parametrize("seconds", [1, 4])
def test_an_opening_or_an_end_card_in_common_is_no_match(seconds) -> None:
    card = scene(50, 10 * seconds)
    bank = MemoryStore()
    bank.add("opening", print_of([*card, *scene(51, 110)]))
    assert matches(bank, [*card, *scene(52, 110)]) == {}
    bank = MemoryStore()
    bank.add("closing", print_of([*scene(51, 110), *card]))
    assert matches(bank, [*scene(52, 110), *card]) == {}


def test_the_same_stretch_elsewhere_is_a_part() -> None:
    stretch = scene(50, 40)
    bank = MemoryStore()
    bank.add("first", print_of([*stretch, *scene(51, 110)]))
    found = matches(bank, [*scene(52, 60), *stretch, *scene(56, 60)])
    assert found["first"].kind is MatchKind.PART


def test_a_long_stretch_in_common_is_a_part_with_its_time() -> None:
    shared = scene(53, 40)
    bank = MemoryStore()
    bank.add("first", print_of([*shared, *scene(54, 60)]))
    found = matches(bank, [*scene(55, 30), *shared])
    assert found["first"].kind is MatchKind.PART
    span = found["first"].evidence.time_span
    assert span is not None
    assert (span.query_start_s, span.entry_start_s) == pytest.approx((3.0, 0.0), abs=0.7)


def test_a_clip_of_half_a_second_is_found(store) -> None:
    assert "scene-1" in matches(store, scene(1)[20:25])


def test_a_still_video_is_found(store) -> None:
    bank = MemoryStore()
    bank.add("still", print_of(still(60, 50, **SIZE)))
    found = matches(bank, still(60, 120, **SIZE))
    assert "still" in found


def test_timelines_without_windows_match_by_whole_frames() -> None:
    whole = print_of(scene(70)).timeline
    assert whole is not None
    bare = Timeline(whole.duration_ms, whole.times_ms, whole.qualities, whole.hashes, ())
    bank = MemoryStore()
    signal = Signal.of(SignalType.TIMELINE, bare.to_bytes())
    bank.add("imported", Fingerprint(ContentKind.VIDEO, (signal,)))
    bank.add("other", print_of(scene(71)))
    found = matches(bank, scene(70), mode="screening")
    assert set(found) == {"imported"}
    assert found["imported"].evidence.points == 0


def test_no_timeline_or_an_empty_one_matches_nothing(store) -> None:
    empty = Timeline(
        0, np.zeros(0, np.uint32), np.zeros(0, np.uint8), np.zeros((0, 32), np.uint8), ()
    )
    signal = Signal.of(SignalType.TIMELINE, empty.to_bytes())
    assert match_video(store, Fingerprint(ContentKind.VIDEO, (signal,))) == []
    assert match_video(store, Fingerprint(ContentKind.VIDEO, ())) == []


def test_an_empty_bank_matches_nothing() -> None:
    assert match_video(MemoryStore(), print_of(scene(1, 20))) == []


@pytest.mark.parametrize("mode", ["banking", "screening"])
def test_a_trimmed_copy_of_a_short_clip_is_a_part(tmp_path, mode) -> None:
    shipped, trimmed = MEDIA / "pan.mp4", tmp_path / "trimmed.mp4"
    trim_clip(shipped, trimmed, start_s=1.0, end_s=3.2)
    bank = MemoryStore()
    bank.add("pan", fingerprint(shipped, isolated=False))
    (match,) = match_video(bank, fingerprint(trimmed, mode=mode, isolated=False))
    assert match.score > 0.9
    assert match.kind is MatchKind.PART
