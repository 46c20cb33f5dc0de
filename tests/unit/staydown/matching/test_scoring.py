from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from natural_photos import cropped, natural_image, viewed
from staydown.matching.agreement import Agreement, agree
from staydown.matching.scoring import (
    DEFAULT_MIN_SCORE,
    map_evidence,
    points_evidence,
    score_of,
    whole_evidence,
)
from staydown.matching.whole import WholeCandidate


def agreement() -> Agreement:
    image = natural_image(41)
    found = agree(viewed(cropped(image, 0.2)), viewed(image))
    assert found is not None
    return found


@given(st.floats(0, 1e4), st.floats(0, 1e4))
def test_more_evidence_never_scores_less(a: float, b: float) -> None:
    assert (score_of(a) <= score_of(b)) is (a <= b) or score_of(a) == score_of(b)


@given(st.floats(-1e4, 1e6))
def test_a_score_lies_between_0_and_1(evidence: float) -> None:
    assert 0.0 <= score_of(evidence) < 1.0


def test_no_evidence_scores_nothing() -> None:
    assert score_of(0.0) == score_of(-5.0) == 0.0


def test_muted_pairs_do_not_count() -> None:
    found = agreement()
    muted = np.ones(len(found.pairs), bool)

    assert points_evidence(found, muted) == 0.0
    muted[:10] = False
    assert 0 < points_evidence(found, muted) < points_evidence(found)


def test_pairs_along_one_line_count_for_less() -> None:
    found = agreement()
    column = np.abs(found.query.points[found.pairs[:, 0], 0] - found.query.width / 2)
    points = found.query.points.copy()
    points[:, 0] = 50.0
    entry_points = found.entry.points.copy()
    entry_points[:, 0] = 60.0
    on_a_line = replace(
        found,
        query=replace(found.query, points=points),
        entry=replace(found.entry, points=entry_points),
    )

    assert len(column) > 20
    assert points_evidence(on_a_line) < 0.35 * points_evidence(found)


@pytest.mark.parametrize(
    ("distance", "quality", "is_match"),
    [(0, 100, True), (31, 100, True), (31, 49, False), (40, 100, False), (60, 100, False)],
)
def test_the_whole_picture_matches_at_the_published_radius(
    distance: int, quality: int, is_match: bool
) -> None:
    whole = WholeCandidate(entry=0, time_ms=-1, distance=distance, form=0, quality=quality)

    assert (score_of(whole_evidence(whole)) >= DEFAULT_MIN_SCORE) is is_match


def test_nothing_known_is_no_evidence() -> None:
    assert map_evidence(None) == whole_evidence(None) == 0.0
