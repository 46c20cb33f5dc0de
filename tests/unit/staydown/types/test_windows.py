from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fingerprints
from staydown.errors import FingerprintFormatError
from staydown.types import Windows, pack_geometry

ONE = Windows(
    width=384,
    height=256,
    hashes=np.arange(32, dtype=np.uint8)[None],
    geometry=np.array([1], np.uint32),
    grid=np.arange(256, dtype=np.uint8).reshape(16, 16),
)


@given(fingerprints.windows())
def test_bytes_return_what_was_written(windows: Windows) -> None:
    back = Windows.from_bytes(windows.to_bytes())
    assert back == windows
    assert hash(back) == hash(windows)


def test_the_bytes_are_these() -> None:
    head = bytes([1, 0]) + (384).to_bytes(2, "little") + (256).to_bytes(2, "little") + b"\1\0"
    assert ONE.to_bytes() == head + bytes(range(256)) + bytes(range(32)) + b"\1\0\0\0"


@given(st.binary(max_size=700), st.binary(max_size=40))
def test_noise_is_refused_or_read_never_worse(noise: bytes, end: bytes) -> None:
    for raw in (noise, ONE.to_bytes()[: -len(end) or None] + end):
        with contextlib.suppress(FingerprintFormatError):
            assert Windows.from_bytes(raw).to_bytes() == raw


@given(st.floats(0, 0.999), st.floats(0, 0.999), st.floats(1.6, 300), st.floats(0, 6.28))
def test_geometry_keeps_points_to_within_a_cell(x: float, y: float, s: float, a: float) -> None:
    columns = (np.array([value]) for value in (x, y, s, a))
    words = pack_geometry(*columns)
    made = Windows(384, 384, np.zeros((1, 32), np.uint8), words, np.zeros((16, 16), np.uint8))
    px, py, sigma, angle = made.points()[0].tolist()
    assert abs(px - x) <= 1 / 2048 + 1e-6
    assert abs(py - y) <= 1 / 2048 + 1e-6
    assert abs(np.log2(sigma / s)) <= 1 / 8 + 1e-6
    turn = abs(angle - a) % (2 * np.pi)
    assert min(turn, 2 * np.pi - turn) <= np.pi / 128 + 1e-5


@pytest.mark.parametrize(
    ("hashes", "geometry", "grid"), [((2, 32), 1, 16), ((1, 31), 1, 16), ((1, 32), 1, 15)]
)
def test_shapes_that_do_not_fit_are_refused(
    hashes: tuple[int, int], geometry: int, grid: int
) -> None:
    with pytest.raises(FingerprintFormatError):
        Windows(
            1,
            1,
            np.zeros(hashes, np.uint8),
            np.zeros(geometry, np.uint32),
            np.zeros((grid, grid), np.uint8),
        )
