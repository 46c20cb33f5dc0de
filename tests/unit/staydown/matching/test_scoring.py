from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from natural_photos import cropped, natural_image, viewed
from staydown.matching.agreement import PAIR_WEIGHTS, Agreement, agree
from staydown.matching.appearance import compare
from staydown.matching.scoring import (
    DEFAULT_MIN_SCORE,
    LARGE_BANK,
    map_evidence,
    points_evidence,
    score_of,
    sure_score,
    whole_bits_for,
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


def test_windows_alone_must_say_more_the_larger_the_bank_is() -> None:
    assert sure_score(0) == sure_score(LARGE_BANK) == DEFAULT_MIN_SCORE
    assert sure_score(1_000_000) == pytest.approx(0.6, abs=0.01)
    assert sure_score(1_000_000) < sure_score(10_000_000) < 0.7


def test_muted_pairs_do_not_count() -> None:
    found = agreement()
    muted = np.ones(len(found.pairs), bool)

    assert points_evidence(found, muted) == 0.0
    muted[:10] = False
    assert 0 < points_evidence(found, muted) < points_evidence(found)


def test_one_pair_alone_never_matches_however_alike_the_maps_are() -> None:
    """So the number of entries that share one window with an upload does not matter."""
    found = agreement()
    one = replace(found, pairs=found.pairs[:1], weights=PAIR_WEIGHTS[:1])
    alike = compare(np.eye(2, 3), found.query.grid, found.query.grid)

    assert map_evidence(alike) > map_evidence(alike, pairs=1) > 0
    assert score_of(points_evidence(one) + map_evidence(alike, pairs=1)) < DEFAULT_MIN_SCORE


def evidence_of_places(found: Agreement, places: np.ndarray) -> float:
    """Evidence of the first pairs when both points of pair k lie at places[k]."""
    n = len(places)
    points = np.zeros((n, 4))
    points[:, :2] = places
    pairs = np.column_stack([np.arange(n), np.arange(n), np.full(n, 10)])
    query, entry = replace(found.query, points=points), replace(found.entry, points=points)
    made = replace(found, query=query, entry=entry, pairs=pairs, weights=np.full(n, 10.0))
    return points_evidence(made)


def test_pairs_along_one_line_count_for_less() -> None:
    found = agreement()
    along = np.arange(12) * 20.0
    line = np.column_stack([along, np.full(12, 90.0)])
    bent = np.column_stack([along, 90.0 + 40.0 * (np.arange(12) % 2)])

    assert evidence_of_places(found, bent) == pytest.approx(120.0)
    assert evidence_of_places(found, line) == pytest.approx(20.0)


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


@pytest.mark.parametrize("min_score", [0.0, 0.01, 0.4, 0.5, 0.7, 0.77, 0.78, 1.0])
def test_whole_pictures_farther_than_needed_do_not_reach_the_score(min_score: float) -> None:
    scores = [score_of(whole_evidence(WholeCandidate(0, -1, b, 0, 100))) for b in range(41)]
    needed = whole_bits_for(min_score)
    assert all((score >= min_score) is (b <= needed) for b, score in enumerate(scores))
