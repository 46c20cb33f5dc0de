from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from natural_photos import natural_image, replaced, saved, viewed
from staydown.matching.agreement import agree
from staydown.matching.altered import Region, altered_cells, heaviest_region
from staydown.matching.judging import appearance_of

BOX = (140, 60, 300, 280)


def other_scene(seed: int) -> Image.Image:
    return ImageEnhance.Brightness(natural_image(seed)).enhance(1.5)


def found_in(edited: Image.Image, image: Image.Image) -> tuple[Region | None, np.ndarray]:
    """The region, and its cells on the entry's grid."""
    view = viewed(edited)
    agreement = agree(view, viewed(image))
    assert agreement is not None
    appearance = appearance_of(view, agreement)
    assert appearance is not None
    region = heaviest_region(view, agreement, appearance)
    rows = altered_cells(region, appearance) if region else (0,) * 16
    return region, np.array([[row >> (15 - c) & 1 for c in range(16)] for row in rows], bool)


def ellipse(box: tuple[int, int, int, int], width: int = 480, height: int = 360) -> np.ndarray:
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return np.asarray(mask.resize((16, 16), Image.Resampling.BOX)) > 127


@pytest.mark.parametrize("seed", [12, 13, 14])
def test_a_replaced_region_is_found_where_it_is(seed: int) -> None:
    image = natural_image(seed)

    region, cells = found_in(saved(replaced(image, other_scene(seed + 50), BOX)), image)

    assert region is not None
    assert region.is_replacement
    truth = ellipse(BOX)
    assert (cells & truth).sum() / (cells | truth).sum() > 0.5


def test_cells_lie_on_the_entry_although_the_upload_is_mirrored_and_cut() -> None:
    image = natural_image(14)
    edited = replaced(image, other_scene(66), BOX).crop((40, 0, 480, 360))

    region, cells = found_in(edited.transpose(Image.Transpose.FLIP_LEFT_RIGHT), image)

    assert region is not None
    truth = ellipse(BOX)
    assert (cells & truth).sum() / (cells | truth).sum() > 0.4


@pytest.mark.parametrize("seed", range(15, 20))
def test_a_copy_in_other_light_has_no_replaced_region(seed: int) -> None:
    image = natural_image(seed)

    region, _ = found_in(saved(ImageEnhance.Contrast(image).enhance(0.7), 50), image)

    assert region is None or not region.is_replacement


def test_a_drawn_sticker_is_not_a_replacement() -> None:
    image = natural_image(21)
    edited = image.copy()
    draw = ImageDraw.Draw(edited)
    draw.ellipse(BOX, fill="#ffd23e", outline="#8a6500", width=5)
    for x in (185, 235):
        draw.ellipse((x, 120, x + 20, 160), fill="#432")

    region, _ = found_in(saved(edited), image)

    assert region is not None
    assert not region.is_replacement


def test_a_black_bar_is_not_a_replacement() -> None:
    image = natural_image(22)
    edited = image.copy()
    ImageDraw.Draw(edited).rectangle((100, 100, 380, 190), fill="black")

    region, _ = found_in(saved(edited), image)

    assert region is not None
    assert not region.is_replacement


def region_like(**changes: object) -> Region:
    cells = np.zeros((16, 16), bool)
    cells[4:9, 5:9] = True
    usual: dict[str, object] = {
        "cells": cells,
        "mass": 40.0,
        "share": 1.0,
        "drawn": 0.0,
        "flat": 0.0,
        "height": 5,
        "width": 4,
        "compactness": 0.9,
        "elsewhere": 1.0,
        "at_edge": 0.0,
        "texture_change": 2.0,
        "texture": 4.0,
        "texture_rise": 0.0,
        "points": 1.0,
        "brighter": 0.1,
    }
    return Region(**(usual | changes))  # type: ignore[arg-type]


def test_the_usual_region_is_a_replacement() -> None:
    assert region_like().is_replacement


@pytest.mark.parametrize(
    "changes",
    [
        {"mass": 5.0},
        {"mass": 15.0},  # too little for so many cells
        {"share": 0.5},
        {"drawn": 0.4},
        {"flat": 0.9},
        {"height": 2, "width": 9},
        {"height": 12, "width": 2},
        {"compactness": 0.2},
        {"elsewhere": 0.7},
        {"at_edge": 0.6},
        {"texture_change": 0.3, "brighter": 1.0},
        {"texture": 5.9, "texture_rise": 1.5},
        {"height": 4, "width": 6, "texture": 4.5, "texture_rise": 1.0},
        {"compactness": 0.5, "texture": 5.0, "texture_rise": 1.5},
        {"mass": 30.0, "brighter": 0.97, "points": 0.2},
    ],
    ids=str,
)
def test_each_sign_of_a_cover_or_of_weakness_speaks_against(changes: dict[str, object]) -> None:
    assert not region_like(**changes).is_replacement
