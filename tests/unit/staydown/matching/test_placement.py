from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from natural_photos import natural_image, placed, viewed
from staydown.matching.agreement import agree
from staydown.matching.placement import (
    Placement,
    carried,
    clipped_square,
    inverted,
    placement_of,
    polygon_area,
)


def place(query: Image.Image, entry: Image.Image) -> Placement:
    agreement = agree(viewed(query), viewed(entry))
    assert agreement is not None
    return placement_of(agreement)


def test_a_crop_shows_its_box_of_the_entry() -> None:
    image = natural_image(1)

    found = place(image.crop((120, 90, 360, 270)), image)

    assert found.entry_box == pytest.approx((0.25, 0.25, 0.75, 0.75), abs=0.02)
    assert found.query_box == pytest.approx((0, 0, 1, 1), abs=0.02)
    assert found.entry_share == pytest.approx(0.25, abs=0.02)
    assert found.transform.scale == pytest.approx(2.0, abs=0.08)


def test_a_picture_in_picture_shows_its_box_of_the_query() -> None:
    image = natural_image(2)

    found = place(placed(image, natural_image(3), 0.5), image)

    assert found.query_box == pytest.approx((0.2, 0.3, 0.7, 0.8), abs=0.02)
    assert found.entry_share == pytest.approx(1.0, abs=0.03)
    assert found.transform.scale == pytest.approx(0.5, abs=0.03)


def test_a_mirrored_crop_maps_fractions_of_the_upload_as_it_is() -> None:
    image = natural_image(4)

    found = place(ImageOps.mirror(image.crop((0, 0, 360, 270))), image)

    assert found.transform.mirrored
    corners = carried(np.array(found.transform.matrix).reshape(2, 3), np.array([[0.0, 0], [1, 1]]))
    assert corners == pytest.approx(np.array([[0.75, 0.0], [0.0, 0.75]]), abs=0.03)


def test_a_turn_is_counted_clockwise_on_screen() -> None:
    image = natural_image(5)

    found = place(image.rotate(-20, Image.Resampling.BICUBIC, expand=True), image)

    assert found.transform.rotation_deg == pytest.approx(20, abs=2)


numbers = st.floats(-3, 3)


@given(st.tuples(*[numbers] * 6).filter(lambda m: abs(m[0] * m[4] - m[1] * m[3]) > 0.05))
def test_the_inverse_undoes_a_map(m: tuple[float, ...]) -> None:
    matrix, points = np.array(m).reshape(2, 3), np.array([[0.2, 0.9], [1.0, 0.0]])

    assert np.allclose(carried(inverted(matrix), carried(matrix, points)), points, atol=1e-6)


@given(st.tuples(*[numbers] * 6))
def test_the_clipped_square_stays_inside(m: tuple[float, ...]) -> None:
    polygon = clipped_square(np.array(m).reshape(2, 3))

    assert all(-1e-9 <= v <= 1 + 1e-9 for corner in polygon for v in corner)
    assert 0 <= polygon_area(polygon) <= 1 + 1e-9


def test_a_square_moved_by_half_covers_half() -> None:
    assert polygon_area(clipped_square(np.array([[1, 0, 0.5], [0, 1, 0]]))) == pytest.approx(0.5)
