from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from staydown.errors import DecodeCrashError
from staydown.isolate.raster import MAX_SIDE, pack_raster, raster_to_png


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3]), st.randoms())
def test_png_holds_the_samples(width: int, height: int, channels: int, random: object) -> None:
    rng = np.random.default_rng(width * height)
    shape = (height, width) if channels == 1 else (height, width, channels)
    samples = rng.integers(0, 256, shape, dtype=np.uint8)
    png = raster_to_png(pack_raster(width, height, channels, samples.tobytes()))
    with Image.open(io.BytesIO(png)) as image:
        assert np.array_equal(np.asarray(image), samples)


@given(st.binary(max_size=40))
def test_any_bytes_are_refused_or_a_png(block: bytes) -> None:
    try:
        png = raster_to_png(block)
    except DecodeCrashError:
        return
    assert png.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("width", "height", "channels", "size"),
    [
        (0, 1, 1, 0),
        (1, 0, 1, 0),
        (2, 2, 2, 8),
        (2, 2, 1, 3),
        (2, 2, 1, 5),
        (MAX_SIDE + 1, 1, 1, 513),
    ],
)
def test_block_that_does_not_add_up_is_refused(
    width: int, height: int, channels: int, size: int
) -> None:
    with pytest.raises(DecodeCrashError):
        raster_to_png(pack_raster(width, height, channels, bytes(size)))
