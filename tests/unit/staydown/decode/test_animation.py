from __future__ import annotations

import numpy as np
import pytest

from encoded import MOVING, STILLS, animation, encode, scene
from staydown.decode.animation import is_animated, iter_animation
from staydown.errors import ContentTooLargeError, DecodeError, NoPictureError
from staydown.types.limits import Limits


@pytest.mark.parametrize("name", [*MOVING])
def test_moving_pictures_are_told_from_stills(name: str) -> None:
    assert is_animated(MOVING[name])


@pytest.mark.parametrize("name", [*STILLS])
def test_stills_do_not_move(name: str) -> None:
    assert not is_animated(STILLS[name])


def test_animated_format_with_one_frame_is_a_still() -> None:
    assert not is_animated(animation("GIF", frames=1))


@pytest.mark.parametrize("name", [*MOVING])
def test_frames_come_with_their_times(name: str) -> None:
    frames = list(iter_animation(MOVING[name]))
    assert [time for time, _ in frames] == [0, 40, 80, 120, 160]
    assert all(pixels.shape == (32, 48, 3) for _, pixels in frames)


@pytest.mark.parametrize("name", ["apng", "webp", "gif"])
def test_frames_are_what_was_drawn(name: str) -> None:
    tolerance = {"apng": 0, "webp": 6, "gif": 12}[name]
    for seed, (_, pixels) in enumerate(iter_animation(MOVING[name])):
        wanted = np.asarray(scene(48, 32, seed=seed)).astype(int)
        assert np.abs(pixels - wanted).mean() <= tolerance


def test_hidden_still_of_an_animated_png_is_left_out() -> None:
    hidden = scene(48, 32, seed=99)
    shown = [scene(48, 32, seed=n) for n in range(2)]
    data = encode(
        hidden, "PNG", save_all=True, append_images=shown, default_image=True, duration=50
    )
    frames = [pixels for _, pixels in iter_animation(data)]
    assert is_animated(data)
    assert len(frames) == 2
    assert np.array_equal(frames[0], np.asarray(shown[0]))


def test_hurried_frames_show_for_a_tenth_of_a_second() -> None:
    times = [time for time, _ in iter_animation(animation("GIF", duration=10))]
    assert times == [0, 100, 200, 300, 400]


def test_transparent_parts_are_white() -> None:
    clear = [scene(8, 8).convert("RGBA") for _ in range(2)]
    for image in clear:
        image.putalpha(0)
    clear[1].putpixel((0, 0), (1, 2, 3, 255))
    data = encode(clear[0], "PNG", save_all=True, append_images=clear[1:], duration=50)
    assert next(iter_animation(data))[1].min() == 255


def test_cut_off_animation_gives_the_frames_that_are_there() -> None:
    data = MOVING["gif"]
    frames = list(iter_animation(data[: len(data) * 2 // 3]))
    assert 1 <= len(frames) <= 4


@pytest.mark.parametrize("name", [*MOVING])
def test_header_alone_is_refused(name: str) -> None:
    with pytest.raises(DecodeError):
        list(iter_animation(MOVING[name][:30]))


def test_too_many_frames_are_refused() -> None:
    with pytest.raises(ContentTooLargeError, match="3 frames"):
        list(iter_animation(MOVING["gif"], limits=Limits(frames=3)))
    assert len(list(iter_animation(MOVING["gif"], limits=Limits(frames=5)))) == 5


def test_too_many_pixels_are_refused() -> None:
    with pytest.raises(ContentTooLargeError, match="48 x 32"):
        list(iter_animation(MOVING["webp"], limits=Limits(pixels=100)))


def test_still_format_is_no_animation() -> None:
    with pytest.raises(NoPictureError):
        next(iter_animation(STILLS["jpeg"]))
