"""windows/1: the same points in copies, mirrored by swapping bits, for every size of picture."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from drawn_photos import drawn_image
from staydown.errors import ContentTooLargeError, HashShapeError, InputError
from staydown.fingerprinting import FullSize, mirrored_hashes, pdq, photo_signals, windows
from staydown.fingerprinting.wasm import WANT_WINDOWS, kernel
from staydown.fingerprinting.windows import DEFAULT_POINTS
from staydown.types import SignalType, Windows, pack_geometry
from staydown.types.windows import DRAWN_TEXTURE
from vector_pictures import drawn

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "kernel.json").read_text())
NEAR_BITS = 40
Pixels = npt.NDArray[np.uint8]


def found(left: Windows, right: Windows) -> int:
    """How many points of the left have a near hash on the right."""
    apart = np.bitwise_count(left.hashes[:, None] ^ right.hashes[None]).sum(axis=2)
    return int((apart.min(axis=1) <= NEAR_BITS).sum())


def jpeg(picture: Image.Image, quality: int) -> Pixels:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return np.array(Image.open(stream).convert("RGB"))


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return drawn_image(11, width=640, height=480)


@pytest.fixture(scope="module")
def original(picture: Image.Image) -> Windows:
    return windows(np.array(picture))


@pytest.mark.parametrize("known", VECTORS["pictures"], ids=lambda k: f"{k['width']}x{k['height']}")
def test_gives_the_bits_of_the_shared_vectors(known: dict[str, int]) -> None:
    pixels = drawn(known["width"], known["height"], known["channels"], known["seed"])
    assert windows(pixels).to_bytes().hex() == known["windows"]
    assert pdq(pixels)[0].hex() == known["pdq"]


def test_without_the_smallest_points_the_others_are_the_same(picture: Image.Image) -> None:
    pixels = np.array(picture.convert("L").resize((384, 288)))
    whole, quick = (windows(pixels, max_points=64, smallest=s) for s in (True, False))
    assert len(quick) > 40
    assert found(quick, whole) >= 0.7 * len(quick)
    assert quick != whole
    assert windows(pixels, max_points=64) == whole


def test_a_rich_picture_has_many_points_in_its_working_copy(original: Windows) -> None:
    assert (original.width, original.height) == (384, 288)
    assert 60 <= len(original) <= DEFAULT_POINTS


def test_points_lie_all_over_the_picture(original: Windows) -> None:
    cells = set((original.points()[:, :2] * 3).astype(int).view("<i8,<i8").ravel().tolist())
    assert len(cells) == 9


def test_the_strongest_point_comes_first(picture: Image.Image) -> None:
    ranks = kernel().run(np.array(picture), WANT_WINDOWS).points["rank"]
    assert (np.diff(ranks) <= 0).all()


def test_a_recompressed_copy_keeps_most_points(picture: Image.Image, original: Windows) -> None:
    assert found(original, windows(jpeg(picture, 40))) >= 0.7 * len(original)


def test_a_smaller_copy_keeps_most_points(picture: Image.Image, original: Windows) -> None:
    small = picture.resize((320, 240), Image.Resampling.LANCZOS)
    assert found(original, windows(jpeg(small, 80))) >= 0.6 * len(original)


def test_a_crop_keeps_points(picture: Image.Image, original: Windows) -> None:
    crop = picture.crop((120, 90, 520, 390))
    assert found(original, windows(jpeg(crop, 80))) >= 15


def test_another_picture_shares_no_points(original: Windows) -> None:
    other = windows(np.array(drawn_image(12, width=640, height=480)))
    assert found(original, other) <= 3


def test_a_mirrored_picture_has_the_swapped_hashes(picture: Image.Image, original: Windows) -> None:
    turned = windows(np.ascontiguousarray(np.array(picture)[:, ::-1]))
    swapped = Windows(
        original.width,
        original.height,
        mirrored_hashes(original.hashes),
        original.geometry,
        original.grid,
    )
    assert found(swapped, turned) >= 0.9 * len(original)
    assert found(original, turned) <= 0.1 * len(original)


def test_mirrored_geometry_is_the_mirrored_place_and_angle(picture: Image.Image) -> None:
    pixels = np.array(picture)
    one = kernel().run(pixels, WANT_WINDOWS)
    two = kernel().run(np.ascontiguousarray(pixels[:, ::-1]), WANT_WINDOWS)
    x, y = one.width - 1 - one.points["x"], one.points["y"]
    near = np.hypot(x[:, None] - two.points["x"], y[:, None] - two.points["y"])
    angle = (np.pi - one.points["angle"])[:, None] - two.points["angle"]
    turned = np.abs((angle + np.pi) % (2 * np.pi) - np.pi)
    assert ((near < 0.5) & (turned < 0.1)).any(axis=1).mean() >= 0.9


@given(hnp.arrays(np.uint8, st.tuples(st.integers(0, 5), st.just(32))))
def test_mirroring_twice_gives_the_hashes_back(hashes: Pixels) -> None:
    assert (mirrored_hashes(mirrored_hashes(hashes)) == hashes).all()


def test_mirroring_swaps_neighbouring_bits() -> None:
    bits = np.random.default_rng(1).integers(0, 2, (3, 128, 2), np.uint8)
    packed = np.packbits(bits.reshape(3, 256), axis=1)
    swapped = np.packbits(bits[:, :, ::-1].reshape(3, 256), axis=1)
    assert (mirrored_hashes(packed) == swapped).all()


def test_mirroring_wants_rows_of_32_bytes() -> None:
    with pytest.raises(HashShapeError):
        mirrored_hashes(np.zeros((2, 31), np.uint8))


def test_geometry_is_packed_as_the_types_say(picture: Image.Image) -> None:
    made = kernel().run(np.array(picture), WANT_WINDOWS)
    p = made.points
    packed = pack_geometry(
        (p["x"] + 0.5) / made.width, (p["y"] + 0.5) / made.height, p["sigma"], p["angle"]
    )
    apart = packed != p["geometry"]
    assert apart.mean() < 0.02  # a value on the border of two steps may be rounded either way


def test_the_grid_holds_brightness_and_texture() -> None:
    pixels = np.zeros((320, 320), np.uint8)
    pixels[:160] = 200
    pixels[160:, 160:] = np.random.default_rng(2).integers(0, 256, (160, 160))
    grid = windows(pixels).grid
    assert (grid[:7] >> 3 == 200 >> 3).all()
    assert (grid[:7] & 7 == 0).all()
    assert (grid[9:, :7] == 0).all()
    assert (grid[9:, 9:] & 7 == 6).all()
    assert (np.abs((grid[9:, 9:] >> 3).astype(int) - 15) <= 2).all()


def test_a_cell_that_is_flat_with_sharp_edges_looks_drawn() -> None:
    pixels = np.full((384, 384), 250, np.uint8)
    pixels[:, 192:] = np.random.default_rng(2).integers(0, 256, (384, 192))
    for row in range(0, 192, 12):
        pixels[row : row + 4, :192] = 10
    texture = windows(pixels).grid & 7
    assert (texture[:8, :8] == DRAWN_TEXTURE).all()
    assert (texture[9:, :7] == 0).all()
    assert (texture[:, 9:] == 6).all()


@pytest.mark.parametrize("value", [0, 90, 255])
def test_a_flat_picture_has_no_points(value: int) -> None:
    flat = windows(np.full((300, 200, 3), value, np.uint8))
    assert len(flat) == 0
    assert (flat.grid >> 3 == value >> 3).all()


@settings(max_examples=40)
@given(
    width=st.integers(1, 700),
    height=st.integers(1, 700),
    channels=st.sampled_from([1, 3, 4]),
    seed=st.integers(0, 1000),
)
def test_any_size_gives_windows_that_read_back(
    width: int, height: int, channels: int, seed: int
) -> None:
    made = windows(drawn(width, height, channels, seed))
    assert max(made.width, made.height) == 384
    assert Windows.from_bytes(made.to_bytes()) == made
    points = made.points()
    assert ((points[:, :2] > 0) & (points[:, :2] < 1)).all()


@pytest.mark.parametrize("shape", [(20_000, 20), (20, 20_000), (20_000, 1), (1, 1, 3)])
def test_extreme_shapes_are_taken(shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    assert max(windows(noise).width, windows(noise).height) == 384


def test_the_number_of_points_can_be_limited(picture: Image.Image, original: Windows) -> None:
    few = windows(np.array(picture), max_points=30)
    assert len(few) == 30
    assert len(windows(np.array(picture), max_points=0)) == 0
    assert windows(np.array(picture)) == original  # the next picture has the default again


def test_both_signals_at_once_equal_each_alone(picture: Image.Image, original: Windows) -> None:
    pixels = np.array(picture)
    first, second = photo_signals(pixels)
    assert (first.raw, first.quality) == pdq(pixels)
    assert second.raw == original.to_bytes()


def test_only_the_asked_signals_come_back(picture: Image.Image) -> None:
    pixels = np.array(picture)
    assert [s.type for s in photo_signals(pixels, [SignalType.WINDOWS])] == [SignalType.WINDOWS]
    assert [s.type for s in photo_signals(pixels, [SignalType.PDQ])] == [SignalType.PDQ]
    assert photo_signals(pixels, [SignalType.SHA256]) == ()


def test_a_reduced_picture_passes_its_full_size_on() -> None:
    pixels = np.array(drawn_image(5, width=500, height=375).convert("L"))
    full = FullSize(4000, 3000)
    assert photo_signals(pixels, full=full)[0].raw == pdq(pixels, full=full)[0]


def test_other_arrays_and_sizes_are_refused() -> None:
    with pytest.raises(InputError):
        windows(np.zeros((4, 4), np.uint16))
    with pytest.raises(ContentTooLargeError):
        windows(np.zeros((1, 20_001), np.uint8))
