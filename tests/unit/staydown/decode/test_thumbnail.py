from __future__ import annotations

import numpy as np
import pytest

from encoded import scene
from staydown.decode.thumbnail import BLURRED_SIDE, SHARP_SIDE, thumbnail


def test_blurred_thumbnail_is_tiny_and_grey() -> None:
    small = thumbnail(np.asarray(scene(1200, 800)), sharp=False)
    assert small.shape == (BLURRED_SIDE * 2 // 3, BLURRED_SIDE)


def test_sharp_thumbnail_keeps_colour() -> None:
    small = thumbnail(np.asarray(scene(800, 1200)), sharp=True)
    assert small.shape == (SHARP_SIDE, SHARP_SIDE * 2 // 3, 3)


@pytest.mark.parametrize("sharp", [True, False])
def test_small_and_thin_pictures_are_not_enlarged(sharp: bool) -> None:
    assert thumbnail(np.zeros((1, 1), np.uint8), sharp=sharp).shape == (1, 1)
    assert max(thumbnail(np.zeros((1, 5000), np.uint8), sharp=sharp).shape) <= SHARP_SIDE
