from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from encoded import exif
from staydown.decode.orientation import exif_orientation, upright


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_read_with_and_without_prefix(orientation: int) -> None:
    block = exif(orientation)
    assert exif_orientation(block) == orientation
    assert exif_orientation(block.removeprefix(b"Exif\0\0")) == orientation


def test_big_endian_block_is_read() -> None:
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    assert exif_orientation(b"MM\0*" + struct.pack(">IH", 8, 1) + entry) == 6


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_values_outside_the_standard_mean_upright(value: int) -> None:
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, value, 0)
    assert exif_orientation(b"II*\0" + struct.pack("<IH", 8, 1) + entry) == 1


def test_value_of_another_type_means_upright() -> None:
    entry = struct.pack("<HHIHH", 0x0112, 2, 1, 6, 0)
    assert exif_orientation(b"II*\0" + struct.pack("<IH", 8, 1) + entry) == 1


@given(st.binary(max_size=200))
def test_any_bytes_give_an_orientation(data: bytes) -> None:
    assert exif_orientation(data) in range(1, 9)
    assert exif_orientation(b"II*\0" + data) in range(1, 9)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_equal_pillows_own(orientation: int) -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    image = Image.fromarray(pixels)
    image.getexif()[0x0112] = orientation
    wanted = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(np.asarray(upright(Image.fromarray(pixels), orientation)), wanted)
