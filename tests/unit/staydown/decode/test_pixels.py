from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from staydown.decode.pixels import LONGEST_SIDE, check_pixels, to_pixels
from staydown.errors import ContentTooLargeError, UnsupportedFormatError
from staydown.fingerprinting.wasm import MAX_SIDE

CHANNEL, ALPHA = (a.astype(np.uint8) for a in np.meshgrid(np.arange(256), np.arange(256)))


def on_white(channel: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The rule of ADR-0007, as a browser would write it."""
    c, a = channel.astype(int), alpha.astype(int)
    t = c * a + 255 * (255 - a) + 128
    return (t + (t >> 8)) >> 8


def test_alpha_is_composited_on_white_for_every_value_and_alpha() -> None:
    image = Image.fromarray(np.stack([CHANNEL, 255 - CHANNEL, CHANNEL, ALPHA], -1), "RGBA")
    pixels = to_pixels(image)
    assert np.array_equal(pixels[..., 0], on_white(CHANNEL, ALPHA))
    assert np.array_equal(pixels[..., 1], on_white(255 - CHANNEL, ALPHA))


def test_the_rule_is_division_by_255_rounded_to_nearest() -> None:
    exact = (CHANNEL.astype(int) * ALPHA + 255 * (255 - ALPHA.astype(int))) / 255
    assert np.abs(on_white(CHANNEL, ALPHA) - exact).max() <= 0.5


def test_grey_with_alpha_stays_one_plane() -> None:
    pixels = to_pixels(Image.fromarray(np.stack([CHANNEL, ALPHA], -1), "LA"))
    assert np.array_equal(pixels, on_white(CHANNEL, ALPHA))


def test_opaque_alpha_changes_nothing() -> None:
    rgb = np.stack([CHANNEL, ALPHA, CHANNEL], -1)
    image = Image.fromarray(rgb)
    image.putalpha(255)
    assert np.array_equal(to_pixels(image), rgb)


def test_transparent_palette_entry_is_white() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    image.info["transparency"] = 0
    assert to_pixels(image).tolist() == [[[255, 255, 255], [40, 50, 60]]]


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_sixteen_bits_are_cut_to_their_upper_byte(order: str) -> None:
    values = np.array([[0, 255, 256, 32767, 65280, 65535]], order)
    image = Image.fromarray(values)
    assert to_pixels(image).tolist() == [[0, 0, 1, 127, 255, 255]]


def test_transparent_sixteen_bit_grey_is_white() -> None:
    image = Image.fromarray(np.array([[7, 8]], "<u2"))
    image.info["transparency"] = 7
    assert to_pixels(image).tolist() == [[255, 0]]


def test_one_bit_is_black_and_white() -> None:
    image = Image.fromarray(np.array([[True, False]]))
    assert to_pixels(image).tolist() == [[255, 0]]


def test_ink_is_converted_as_browsers_do_without_a_profile() -> None:
    image = Image.new("CMYK", (1, 1), (0, 128, 255, 64))
    red, green, blue = to_pixels(image)[0, 0].tolist()
    assert (red, blue) == (191, 0)
    assert abs(green - 255 * (1 - 128 / 255) * (1 - 64 / 255)) <= 1


@pytest.mark.parametrize("mode", ["F", "I", "LAB"])
def test_other_samples_are_refused(mode: str) -> None:
    with pytest.raises(UnsupportedFormatError, match="8-bit"):
        to_pixels(Image.new(mode, (4, 4)))


@pytest.mark.parametrize("height", [1, 255, 256, 257, 700])
def test_tall_pictures_come_out_whole(height: int) -> None:
    rng = np.random.default_rng(height)
    for shape in ((height, 5), (height, 5, 3)):
        pixels = rng.integers(0, 256, shape, dtype=np.uint8)
        out = to_pixels(Image.fromarray(pixels))
        assert out.flags.c_contiguous
        assert np.array_equal(out, pixels)


def test_size_is_checked_against_the_limit() -> None:
    check_pixels(100, 100, 10_000)
    with pytest.raises(ContentTooLargeError, match="100 x 101"):
        check_pixels(100, 101, 10_000)


def test_longest_side_is_the_kernels() -> None:
    assert LONGEST_SIDE == MAX_SIDE
    with pytest.raises(ContentTooLargeError, match="20001 x 1"):
        check_pixels(20_001, 1, 10**9)
