from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from natural_photos import natural_image, replaced, viewed
from staydown.matching.appearance import compare, drawn_of, luma_of, texture_of

IDENTITY = np.array([[1.0, 0, 0], [0, 1, 0]])


def grid_of(image: Image.Image) -> np.ndarray:
    return viewed(image).grid


@pytest.mark.parametrize("factor", [0.6, 0.8, 1.0, 1.3])
def test_other_light_is_explained(factor: float) -> None:
    image = natural_image(1)

    found = compare(
        IDENTITY, grid_of(ImageEnhance.Brightness(image).enhance(factor)), grid_of(image)
    )

    assert found is not None
    assert found.explained_share > 0.97
    assert found.evidence > 10


def test_another_picture_is_not_explained() -> None:
    found = compare(IDENTITY, grid_of(natural_image(2)), grid_of(natural_image(3)))

    assert found is not None
    assert found.explained_share < 0.75
    assert found.evidence < 8


def test_a_replaced_region_stands_out_and_the_rest_does_not() -> None:
    image = natural_image(4)
    edited = replaced(image, natural_image(5), (120, 90, 300, 270))

    found = compare(IDENTITY, grid_of(edited), grid_of(image))

    assert found is not None
    inside = np.zeros((16, 16), bool)
    inside[5:11, 5:9] = True
    outside = np.ones((16, 16), bool)
    outside[3:13, 3:11] = False
    assert (found.excess[inside] > 0).mean() > 0.25
    assert (found.excess[outside] > 0).mean() < 0.03


def test_a_crop_is_compared_where_both_show_something() -> None:
    image = natural_image(6)
    crop = image.crop((0, 0, 240, 180))

    found = compare(np.array([[0.5, 0, 0], [0, 0.5, 0]]), grid_of(crop), grid_of(image))

    assert found is not None
    assert not found.on_query
    assert found.cells == 64
    assert found.explained_share > 0.95


def test_a_small_inset_is_compared_on_the_query() -> None:
    image = natural_image(7)
    ground = natural_image(8).copy()
    ground.paste(image.resize((240, 180)), (0, 0))

    found = compare(np.array([[2.0, 0, 0], [0, 2.0, 0]]), grid_of(ground), grid_of(image))

    assert found is not None
    assert found.on_query
    assert found.cells == 64
    assert found.explained_share > 0.9


def test_no_overlap_gives_nothing() -> None:
    grid = grid_of(natural_image(9))

    assert compare(np.array([[1.0, 0, 5.0], [0, 1, 0]]), grid, grid) is None


grids = st.binary(min_size=256, max_size=256).map(
    lambda raw: np.frombuffer(raw, np.uint8).reshape(16, 16)
)


@given(grids, grids)
def test_any_two_maps_can_be_compared(query: np.ndarray, entry: np.ndarray) -> None:
    found = compare(IDENTITY, query, entry)

    assert found is not None
    assert 0 <= found.explained_share <= 1
    assert np.isfinite(found.evidence)
    assert np.isfinite(found.fitted).all()


def test_the_bits_of_a_cell_are_read_apart() -> None:
    grid = np.full((16, 16), 0b10000_011, np.uint8)
    grid[0, 0] = 0b00001_111

    assert luma_of(grid)[0].tolist()[:2] == [12.0, 132.0]
    assert texture_of(grid)[0].tolist()[:2] == [4.0, 3.0]
    assert drawn_of(grid).sum() == 1
