from __future__ import annotations

import io
from itertools import accumulate

import numpy as np
import pytest

from clips import encode, flat, sound, still, travel
from staydown.decode.video import VideoFrames
from staydown.errors import ContentTooLargeError, DecodeError, NoPictureError
from staydown.types.limits import Limits

MODES = pytest.mark.parametrize("mode", ["banking", "screening"])
DENSE = {"g": "5", "bf": "0"}


def frames_of(data: bytes, mode: str = "banking", **limits: int):
    with VideoFrames(data, mode=mode, limits=Limits(**limits)) as video:
        found = list(video)
        return found, video.duration_ms


def times_of(data: bytes, mode: str = "banking") -> list[int]:
    return [time_ms for time_ms, _ in frames_of(data, mode)[0]]


@MODES
def test_frames_are_luma_in_rising_time(mode) -> None:
    found, duration_ms = frames_of(encode(travel(1, 40)), mode)
    times = [time_ms for time_ms, _ in found]
    assert times[0] == 0
    assert times == sorted(set(times))
    assert duration_ms == 4000
    for _, pixels in found:
        assert pixels.dtype == np.uint8
        assert pixels.shape == (128, 192)
        assert pixels.flags.c_contiguous


@MODES
@pytest.mark.parametrize(
    ("codec", "form"),
    [("libx264", "mp4"), ("libx264", "mpegts"), ("libvpx-vp9", "webm"), ("mpeg4", "avi"),
     ("mjpeg", "avi"), ("libx265", "matroska"), ("mpeg2video", "mpeg"), ("flv", "flv")],
)  # fmt: skip
def test_the_pixels_are_those_of_the_time(mode, codec, form) -> None:
    drawn = travel(2, 40, speed=3)
    found, _ = frames_of(encode(drawn, fps=25, codec=codec, form=form), mode)
    for time_ms, pixels in found:
        errors = [np.abs(pixels.astype(int) - frame).mean() for frame in drawn]
        assert abs(int(np.argmin(errors)) - time_ms * 25 / 1000) <= 1.01


@MODES
def test_no_gap_is_longer_than_the_mode_allows(mode) -> None:
    for options in ({}, DENSE, {"g": "17"}, {"g": "250", "bf": "3"}):
        times = times_of(encode(travel(3, 120), fps=20, options=options), mode)
        allowed = 500 if mode == "banking" else 4000
        assert max(np.diff([*times, 6000])) <= allowed


def test_screening_decodes_only_keyframes_where_they_are_dense() -> None:
    data = encode(travel(4, 100), fps=10, options=DENSE)
    with VideoFrames(data, mode="screening", limits=Limits(frames=12)) as video:
        times = [time_ms for time_ms, _ in video]
    assert times == list(range(0, 10_000, 1000))


def test_banking_takes_about_four_frames_a_second() -> None:
    times = times_of(encode(travel(5, 90), fps=30))
    assert 3 * 3 <= len(times) <= 3 * 6


@MODES
@pytest.mark.parametrize(
    ("rotation", "turn"), [(90, 1), (180, 2), (-90, 3)]
)  # np.rot90 turns counter-clockwise
def test_rotation_in_the_file_is_applied(mode, rotation, turn) -> None:
    drawn = still(6, 5)
    ((_, pixels), *_), _ = frames_of(encode(drawn, rotation=rotation), mode)
    want = np.rot90(drawn[0], turn)
    assert pixels.shape == want.shape
    assert np.abs(pixels.astype(int) - want).mean() < 8


@MODES
def test_variable_frame_rate_keeps_its_times(mode) -> None:
    ticks = [0, 40, 80, 1500, 1540, 4000, 4040, 7000]
    frames = travel(7, 8, speed=20)
    found, duration_ms = frames_of(encode(frames, ticks=ticks, form="matroska"), mode)
    assert {time_ms for time_ms, _ in found} <= set(ticks)
    assert duration_ms >= 7000
    for time_ms, pixels in found:
        drawn = frames[ticks.index(time_ms)]
        assert np.abs(pixels.astype(int) - drawn).mean() < 20


@MODES
@pytest.mark.parametrize("form", ["mp4", "matroska"])
@pytest.mark.parametrize("late_ms", [0, 33])
def test_uneven_times_with_pictures_out_of_order_start_at_0(mode, form, late_ms) -> None:
    shown = [0, *accumulate([33, 50, 17, 120, 33] * 22)]
    data = encode(travel(7, 110), ticks=[late_ms + time_ms for time_ms in shown[:110]], form=form)
    times = times_of(data, mode)
    assert times[0] == 0
    assert set(times) <= set(shown)
    assert max(np.diff([*times, shown[109]])) <= (500 if mode == "banking" else 4000)


@MODES
def test_matroska_gives_the_times_of_mp4(mode) -> None:
    drawn = travel(3, 120)
    mp4, mkv = (
        frames_of(encode(drawn, fps=20, form=form, options={"bf": "3"}), mode)
        for form in ("mp4", "matroska")
    )
    assert [time_ms for time_ms, _ in mkv[0]] == [time_ms for time_ms, _ in mp4[0]]
    assert mkv[1] == mp4[1]
    for time_ms, pixels in mkv[0]:
        errors = [np.abs(pixels.astype(int) - frame).mean() for frame in drawn]
        assert int(np.argmin(errors)) == time_ms / 50


@MODES
def test_a_late_start_is_counted_from_the_first_picture(mode) -> None:
    data = encode(travel(8, 30), ticks=[5000 + 100 * k for k in range(30)], form="mpegts")
    assert times_of(data, mode)[0] == 0


@MODES
@pytest.mark.parametrize("count", [1, 2, 5])
def test_very_short_clips_give_a_frame(mode, count) -> None:
    found, duration_ms = frames_of(encode(travel(9, count)), mode)
    assert found[0][0] == 0
    assert duration_ms == 100 * count


def test_ten_frames_a_second_and_limited_range_fill_0_to_255() -> None:
    (_, black), *_ = frames_of(encode(flat(0, 10)))[0]
    (_, white), *_ = frames_of(encode(flat(255, 10)))[0]
    assert black.max() <= 2
    assert white.min() >= 253


def test_screening_scales_large_frames_down_by_a_whole_number() -> None:
    data = encode(still(10, 2, width=1200, height=400), rotation=90)
    for mode, shape in (("screening", (600, 200)), ("banking", (1200, 400))):
        with VideoFrames(data, mode=mode, limits=Limits()) as video:
            _, pixels = next(iter(video))
            assert pixels.shape == shape
            assert video.full_size == (400, 1200)


def test_a_binary_file_is_read_like_bytes() -> None:
    data = encode(travel(11, 10))
    with VideoFrames(io.BytesIO(data), mode="banking", limits=Limits()) as video:
        times = [time_ms for time_ms, _ in video]
    assert times == times_of(data)


@MODES
def test_a_stream_cut_short_keeps_the_frames_before_the_cut(mode) -> None:
    data = encode(travel(12, 100), fps=10, form="mpegts", options={"g": "10"})
    whole = times_of(data, mode)
    part = times_of(data[: len(data) * 6 // 10], mode)
    assert len(whole) * 0.4 <= len(part) < len(whole)
    assert part[:-1] == whole[: len(part) - 1]


def test_damage_in_the_middle_loses_only_what_it_hits() -> None:
    data = bytearray(encode(travel(13, 100), fps=10, form="mpegts", options={"g": "10"}))
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    times = times_of(bytes(data))
    assert times[0] == 0
    assert times[-1] >= 9000


def test_garbage_is_a_decode_error() -> None:
    for data in (b"", b"\0" * 5000, b"no video at all" * 300, b"\0\0\0\x18ftypmp42" + bytes(300)):
        with pytest.raises(DecodeError):
            frames_of(data)


def test_playlists_are_refused_and_open_nothing(tmp_path) -> None:
    clip = tmp_path / "clip.ts"
    clip.write_bytes(encode(travel(14, 20), form="mpegts"))
    for text in (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{clip}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile {clip}\n",
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\na=x:{clip}\n",
    ):
        with pytest.raises(DecodeError):
            frames_of(text.encode())


def test_sound_without_a_picture_says_so() -> None:
    with pytest.raises(NoPictureError):
        frames_of(sound())


def test_limits_on_pixels_and_frames_hold() -> None:
    data = encode(travel(15, 40))
    with pytest.raises(ContentTooLargeError):
        frames_of(data, pixels=192 * 128 - 1)
    with pytest.raises(ContentTooLargeError):
        frames_of(data, frames=5)
