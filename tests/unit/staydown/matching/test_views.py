from __future__ import annotations

import numpy as np
from hypothesis import given
from PIL import ImageOps

from fingerprints import windows
from natural_photos import natural_image, viewed
from staydown.matching.views import mirror_hashes, mirrored, view_of
from staydown.types import Windows


def test_points_are_pixels_of_the_working_copy() -> None:
    view = viewed(natural_image(1))

    assert view.points[:, 0].max() <= view.width
    assert view.points[:, 1].max() <= view.height
    assert view.words.shape == (len(view), 4)


def test_words_hold_the_bytes_of_the_hashes() -> None:
    hashes = np.arange(64, dtype=np.uint8).reshape(2, 32)
    made = view_of(Windows(10, 10, hashes, np.zeros(2, np.uint32), np.zeros((16, 16), np.uint8)))

    assert made.words.view(np.uint8).tobytes() == hashes.tobytes()


def test_mirroring_swaps_adjacent_bits() -> None:
    assert mirror_hashes(np.array([[0b10_01_11_00]], np.uint8)).tolist() == [[0b01_10_11_00]]


@given(windows(most=6))
def test_mirroring_twice_changes_nothing(given_windows: Windows) -> None:
    view = view_of(given_windows)

    twice = mirrored(mirrored(view))

    assert np.array_equal(twice.words, view.words)
    assert np.allclose(twice.points[:, :3], view.points[:, :3])
    turn = (twice.points[:, 3] - view.points[:, 3] + np.pi) % (2 * np.pi) - np.pi
    assert np.allclose(turn, 0, atol=1e-6)
    assert np.array_equal(twice.grid, view.grid)


def test_the_mirrored_view_is_near_the_view_of_the_mirrored_picture() -> None:
    image = natural_image(3)

    by_bits, by_pixels = mirrored(viewed(image)), viewed(ImageOps.mirror(image))

    bits = np.bitwise_count(by_bits.words[:, None] ^ by_pixels.words[None]).sum(2)
    assert np.median(bits.min(1)) <= 24
