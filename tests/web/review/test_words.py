"""Times, kinds and changes in plain words; geometry as it is drawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_scene import found
from staydown_web.review.selectors import words
from staydown_web.review.selectors.chance import chance_of
from staydown_web.review.selectors.evidence import Label, drawing_of, inverse

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(hours=31), "1 day and 7 hours left"),
        (timedelta(hours=2, minutes=59), "2 hours left"),
        (timedelta(days=2), "2 days left"),
        (timedelta(minutes=40), "40 minutes left"),
        (timedelta(seconds=5), "1 minute left"),
        (timedelta(hours=-3), "3 hours late"),
        (None, "No time limit"),
    ],
)
def test_deadlines_are_said_in_days_and_hours(left, said) -> None:
    assert words.time_left(None if left is None else NOW + left, NOW) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOW, "today, 09:00"),
        (NOW + timedelta(days=1), "tomorrow, 09:00"),
        (NOW - timedelta(days=1), "yesterday, 09:00"),
        (NOW + timedelta(days=3), "Sun, 09:00"),
        (NOW + timedelta(days=30), "26 Dec 2026, 09:00"),
        (None, ""),
    ],
)
def test_dates_near_today_are_said_in_words(at, said) -> None:
    assert words.moment(at, NOW) == said


def test_the_line_fills_from_start_to_deadline() -> None:
    due = NOW + timedelta(hours=10)
    gone = [words.share_gone(NOW, due, NOW + timedelta(hours=h)) for h in (-1, 0, 5, 10, 20)]
    assert gone == [0, 0, 50, 100, 100]
    assert words.tone_of(due, NOW) == "now"
    assert words.tone_of(due, NOW + timedelta(hours=5)) == "heed"


def test_changes_are_said_in_words() -> None:
    evidence = {
        "transform": {"mirrored": True, "rotation_deg": 3.2, "scale": 0.8},
        "entry_box": [0.1, 0.0, 0.6, 1.0],
        "altered_cells": [0, 3],
    }
    assert words.change_in_words(evidence) == (
        "Mirrored, turned by 3 degrees, 20 % smaller inside its frame, cropped to 50 % of it, "
        "one region replaced"
    )
    assert words.change_in_words({}).startswith("None that the geometry shows")


def test_a_stretch_of_a_video_is_said_by_its_clock() -> None:
    span = {"query_start_s": 61.2, "query_end_s": 75.0, "entry_start_s": 0, "entry_end_s": 14}
    assert words.when_in_video({"time_span": span}) == "From 1:01 to 1:15 of this video"
    assert drawing_of({"time_span": span}).at_ms == 68_100


def test_a_higher_score_is_met_by_chance_less_often() -> None:
    assert chance_of(0.1) is None
    met = [chance.pairs for score in (0.3, 0.5, 0.6) if (chance := chance_of(score))]
    assert met == sorted(met)


def test_the_cells_that_differ_lie_where_the_copy_was_changed() -> None:
    kind, _score, evidence = found("pagoda.jpg", "altered")
    drawing = drawing_of(evidence)
    assert kind == "altered"
    assert drawing.cell_count >= 8
    points = [tuple(map(float, p.split(","))) for cell in drawing.cells for p in cell.split()]
    middle = [sum(axis) / len(points) / 1000 for axis in zip(*points, strict=True)]
    assert middle == pytest.approx([0.5, 0.5], abs=0.08), "the middle was replaced"


def test_cells_of_the_entry_are_carried_to_where_they_lie_on_the_copy() -> None:
    # The copy shows the entry at half its size in the middle: entry = 2 * copy - 0.5.
    evidence = {
        "altered_cells": [1 << 15, *[0] * 15],
        "transform": {"matrix": [2, 0, -0.5, 0, 2, -0.5]},
    }
    drawing = drawing_of(evidence)
    assert drawing.cells == ("250.0,250.0 281.2,250.0 281.2,281.2 250.0,281.2",)
    assert drawing.label == Label(30.12, 26.56, "start"), "beside them, where there is room"


@pytest.mark.parametrize(
    ("rows", "label"),
    [
        ([0] * 8 + [1] + [0] * 7, Label(91.75, 53.12, "end")),
        ([0xFFFF] * 16, Label(70.0, 50.0, "start")),
        ([1 << 15] + [0] * 15, Label(8.25, 5.0, "start")),
    ],
)
def test_the_words_beside_the_cells_stay_within_the_picture(rows, label) -> None:
    assert drawing_of({"altered_cells": rows}).label == label


def test_the_region_of_a_part_is_all_of_the_copy() -> None:
    _kind, _score, evidence = found("bridge.jpg", "part")
    drawing = drawing_of(evidence)
    assert drawing.share is not None
    assert drawing.share > 90


def test_evidence_without_geometry_draws_nothing() -> None:
    drawing = drawing_of({"reason": "the bytes are equal"})
    assert (drawing.region, drawing.cells, drawing.share, drawing.at_ms) == (None, (), None, 0)


numbers = st.floats(-2, 2, allow_nan=False)


@given(st.tuples(*[numbers] * 6), numbers, numbers)
def test_the_way_back_is_the_inverse(matrix, x, y) -> None:
    back = inverse(matrix)
    a, b, c, d, e, f = matrix
    if back is None:
        assert abs(a * e - b * d) < 1e-9
        return
    if abs(a * e - b * d) < 1e-3:
        return  # exact arithmetic is not what is tested
    u, v = a * x + b * y + c, d * x + e * y + f
    p, q, r, s, t, w = back
    assert p * u + q * v + r == pytest.approx(x, abs=1e-6)
    assert s * u + t * v + w == pytest.approx(y, abs=1e-6)
