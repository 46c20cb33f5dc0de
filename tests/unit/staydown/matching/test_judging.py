from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from natural_photos import cropped, natural_image, placed, saved, viewed
from staydown.matching.agreement import agree
from staydown.matching.judging import Judgement, appearance_of, judge
from staydown.matching.scoring import DEFAULT_MIN_SCORE
from staydown.types import MatchKind


def judged(query: Image.Image, entry: Image.Image) -> Judgement:
    a, b = viewed(query), viewed(entry)
    agreement = agree(a, b)
    assert agreement is not None
    return judge(a, b, agreement)


def test_a_copy_scores_far_above_the_threshold() -> None:
    image = natural_image(1)

    assert judged(saved(image, 20), image).score > 0.85


def test_a_heavily_cut_copy_scores_above_the_threshold() -> None:
    image = natural_image(2)

    assert judged(saved(cropped(image, 0.55), 50), image).score >= DEFAULT_MIN_SCORE


@pytest.mark.parametrize("seed", range(60, 66))
def test_unlike_pictures_stay_below_the_threshold(seed: int) -> None:
    a, b = viewed(natural_image(seed)), viewed(natural_image(seed + 10))
    agreement = agree(a, b)

    assert agreement is None or judge(a, b, agreement).score < DEFAULT_MIN_SCORE


def test_a_given_appearance_is_used() -> None:
    image = natural_image(3)
    query, entry = viewed(saved(image)), viewed(image)
    agreement = agree(query, entry)
    assert agreement is not None
    appearance = appearance_of(query, agreement)

    assert judge(query, entry, agreement, appearance=appearance).appearance is appearance


def test_all_points_muted_leave_nothing() -> None:
    image = natural_image(4)
    query, entry = viewed(saved(image)), viewed(image)
    agreement = agree(query, entry)
    assert agreement is not None

    found = judge(query, entry, agreement, muted=np.ones(len(agreement.pairs), bool))

    assert (found.evidence, found.points) == (0.0, 0)


def test_a_weak_match_is_never_called_altered() -> None:
    image = natural_image(5)
    query, entry = viewed(placed(image, natural_image(6), 0.25)), viewed(image)
    agreement = agree(query, entry)
    assert agreement is not None
    few = np.arange(len(agreement.pairs)) >= 3

    found = judge(query, entry, agreement, muted=few)

    assert found.kind is not MatchKind.ALTERED
    assert found.altered_cells is None
