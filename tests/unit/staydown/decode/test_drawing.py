"""Two pictures side by side."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from staydown.decode.drawing import Side, draw_pair


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()


def drawn(*sides: Side, lines: tuple[str, ...] = ("Why.",)) -> np.ndarray:
    made = draw_pair(*sides, title="Same", lines=lines)
    with Image.open(io.BytesIO(made)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


RED, BLUE = (200, 20, 20), (20, 20, 200)


def test_both_pictures_are_there_at_their_shape() -> None:
    sheet = drawn(Side("a", png(400, 200, RED)), Side("b", png(100, 200, BLUE)))
    assert ((sheet == RED).all(axis=2)).sum() == 560 * 280
    assert ((sheet == BLUE).all(axis=2)).sum() == 280 * 560


def test_the_region_and_the_cells_are_drawn_on_their_side() -> None:
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    cell = [(0.25, 0.25), (0.5, 0.25), (0.5, 0.5), (0.25, 0.5)]
    plain = drawn(Side("a", png(200, 200, RED)), Side("b", png(200, 200, BLUE)))
    marked = drawn(Side("a", png(200, 200, RED), corners, [cell]), Side("b", png(200, 200, BLUE)))
    differs = (plain != marked).any(axis=2)
    middle = plain.shape[1] // 2
    assert differs[:, :middle].sum() > 140 * 140
    assert not differs[:, middle:].any()


def test_a_region_far_outside_is_clipped() -> None:
    corners = [(-3.0, -3.0), (4.0, -3.0), (4.0, 4.0), (-3.0, 4.0)]
    drawn(Side("a", png(50, 900, RED), corners), Side("b", png(900, 50, BLUE)))


def test_long_sentences_and_names_stay_on_the_sheet() -> None:
    side = Side("x" * 300, png(50, 50, RED))
    short = drawn(side, side)
    long = drawn(side, side, lines=("word " * 200,))
    assert short.shape[1] == long.shape[1]
    assert long.shape[0] > short.shape[0]
