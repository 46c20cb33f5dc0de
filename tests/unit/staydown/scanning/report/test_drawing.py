"""Geometry of the drawings."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scan_parts import a_match, rich_match
from staydown.scanning.report.drawing import (
    altered_count,
    geometry,
    on_the_entry,
    on_the_file,
    shape,
    time_line,
)
from staydown.types import Evidence, TimeSpan, Transform

UNIT = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]


def evidence(matrix: tuple[float, ...], **given_: object) -> Evidence:
    turn = Transform(matrix, False, 0.0, 1.0)
    return Evidence("why", transform=turn, **given_)


def test_an_untouched_picture_is_framed_whole() -> None:
    places = geometry(evidence((1, 0, 0, 0, 1, 0)))
    assert places.query[0] == UNIT
    assert places.entry[0] == UNIT


def test_a_crop_lies_outside_the_file_by_what_was_cut() -> None:
    # The file is the right half of the entry: x of the file 0..1 is 0.5..1 there.
    region, _ = geometry(evidence((0.5, 0, 0.5, 0, 1, 0))).query
    assert region == [(-1.0, 0.0), (1.0, 0.0), (1.0, 1.0), (-1.0, 1.0)]


@given(
    st.floats(-math.pi, math.pi),
    st.floats(0.2, 5),
    st.floats(-1, 1),
    st.floats(-1, 1),
    st.booleans(),
)
def test_the_region_is_the_transform_backwards(turn, scale, x, y, mirrored) -> None:
    a, b = math.cos(turn) * scale, -math.sin(turn) * scale
    d, e = -b, a
    sign = -1 if mirrored else 1
    matrix = (sign * a, b, x, sign * d, e, y)
    region, _ = geometry(evidence(matrix)).query
    for (u, v), (px, py) in zip(UNIT, region, strict=True):
        a, b, c, d, e, f = matrix
        assert (a * px + b * py + c, d * px + e * py + f) == pytest.approx((u, v), abs=1e-6)


def test_a_transform_that_cannot_be_turned_back_draws_the_box_itself() -> None:
    assert geometry(evidence((0, 0, 0, 0, 0, 0))).query[0] == UNIT


def test_nothing_known_draws_nothing() -> None:
    assert geometry(None).query == ([], [])
    assert geometry(Evidence("why")).entry == ([], [])


def test_altered_cells_are_counted_from_the_left() -> None:
    given_ = evidence((1, 0, 0, 0, 1, 0), altered_cells=(0x8000, *([0] * 14), 0x0001))
    assert altered_count(given_) == 2
    first, last = geometry(given_).entry[1]
    assert first[0] == (0, 0)
    assert last[2] == (1, 1)


def test_drawings_keep_the_shape_of_the_picture() -> None:
    assert shape(384, 192) == (400, 200)
    assert shape(0, 0) == (400, 300)
    view = re.search(r'viewBox="0 0 (\d+) (\d+)"', on_the_entry(evidence((1, 0, 0, 0, 1, 0)), 3, 4))
    assert view.groups() == ("300", "400")


def test_a_quarter_turn_turns_the_shape_of_the_entry() -> None:
    view = re.search(
        r'viewBox="0 0 (\d+) (\d+)"', on_the_entry(evidence((0, 1, 0, -1, 0, 1)), 400, 200)
    )
    assert view.groups() == ("200", "400")


def test_a_region_that_fills_the_file_is_framed_inside_it() -> None:
    drawn = on_the_file(evidence((1, 0, 0, 0, 1, 0)), 400, 300)
    assert 'points="2.0,2.0 398.0,2.0 398.0,298.0 2.0,298.0"' in drawn


@pytest.mark.parametrize("match", [a_match(), rich_match()])
def test_drawings_hold_numbers_only(match) -> None:
    for drawn in (on_the_file(match.evidence, 400, 300), on_the_entry(match.evidence, 400, 300)):
        assert "nan" not in drawn
        assert "inf" not in drawn


def test_a_moment_of_a_photo_in_a_video_is_told_in_words() -> None:
    assert "0:30" in time_line(TimeSpan(0, 0, 30, 30), 0.0)


def test_the_line_stays_inside_the_video() -> None:
    drawn = time_line(TimeSpan(8, 20, 0, 12), 10.0)
    assert 'x="160.0" width="240.0"' in drawn
