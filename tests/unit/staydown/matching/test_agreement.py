from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from natural_photos import cropped, natural_image, printed, saved, viewed
from staydown.matching.agreement import agree, is_plausible
from staydown.matching.views import view_of


def test_a_picture_agrees_with_itself_by_the_identity() -> None:
    view = viewed(natural_image(1))

    found = agree(view, view)

    assert found is not None
    assert not found.is_mirrored
    assert len(found.pairs) > 100
    assert np.allclose(found.matrix, [1, 0, 0, 0, 1, 0], atol=0.05)


def test_a_mirrored_picture_agrees_mirrored() -> None:
    image = natural_image(2)

    found = agree(viewed(ImageOps.mirror(image)), viewed(image))

    assert found is not None
    assert found.is_mirrored
    assert len(found.pairs) > 40


@pytest.mark.parametrize("degrees", [7, 90, 180, 255])
def test_a_turned_picture_agrees(degrees: int) -> None:
    image = natural_image(3)

    found = agree(
        viewed(image.rotate(degrees, Image.Resampling.BICUBIC, expand=True)), viewed(image)
    )

    assert found is not None
    assert len(found.pairs) > 30
    turn = np.degrees(np.arctan2(found.matrix[3], found.matrix[0]))
    assert abs((turn - degrees + 180) % 360 - 180) < 4


def test_a_crop_saved_anew_agrees() -> None:
    image = natural_image(4)

    found = agree(viewed(saved(cropped(image, 0.4), 40)), viewed(image))

    assert found is not None
    assert found.weight > 100


def test_unlike_pictures_hardly_agree() -> None:
    views = [viewed(natural_image(seed)) for seed in range(20, 26)]

    weights = [
        agreement.weight
        for k, a in enumerate(views)
        for b in views[k + 1 :]
        if (agreement := agree(a, b)) is not None
    ]

    assert max(weights, default=0.0) < 20


def test_a_flat_picture_agrees_with_nothing() -> None:
    flat = printed(Image.new("RGB", (300, 200), "gray")).windows
    assert flat is not None

    assert agree(view_of(flat), viewed(natural_image(1))) is None


@pytest.mark.parametrize(
    ("matrix", "is_fine"),
    [
        ([1, 0, 0, 0, 1, 0], True),
        ([0, -2, 5, 2, 0, 9], True),
        ([1, 0, 0, 0, -1, 0], False),  # folds
        ([1, 0, 0, 0, 0, 0], False),  # collapses
        ([4, 0, 0, 0, 1, 0], False),  # stretches too far
        ([40, 0, 0, 0, 40, 0], False),  # grows too far
    ],
)
def test_only_sane_transforms_are_plausible(matrix: list[float], is_fine: bool) -> None:
    assert is_plausible(np.array(matrix, np.float64)) is is_fine
