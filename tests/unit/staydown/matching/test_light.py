from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.matching.light import chance_share, change_of_light, sampled, spread

ALL = np.ones((16, 16), bool)
SLACK = np.full((16, 16), 9.0)


def smooth(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(20, 230, (5, 5))
    at = np.linspace(0, 4, 16)
    rows = np.array([[np.interp(x, range(5), line) for x in at] for line in coarse])
    return np.array([np.interp(at, range(5), rows[:, k]) for k in range(16)]).T.copy()


def test_the_identity_samples_the_plane_itself_away_from_edges() -> None:
    plane = smooth(1)

    values, valid = sampled(plane, np.array([[1.0, 0, 0], [0, 1, 0]]))

    assert valid.all()
    assert np.abs(values - plane)[1:-1, 1:-1].max() < 12


def test_cells_beyond_the_other_picture_are_not_valid() -> None:
    _, valid = sampled(smooth(1), np.array([[1.0, 0, 0.5], [0, 1, 0]]))

    assert valid[:, :8].all()
    assert not valid[:, 8:].any()


def test_spread_is_the_range_of_the_neighbourhood() -> None:
    plane = np.zeros((16, 16))
    plane[4, 4] = 7.0

    found = spread(plane)

    assert found.sum() == 7.0 * 9
    assert found[3:6, 3:6].min() == 7.0


@given(st.floats(0.4, 1.8), st.floats(-30, 30), st.integers(0, 50))
def test_gain_and_offset_are_found(gain: float, offset: float, seed: int) -> None:
    entry = smooth(seed)

    fitted = change_of_light(entry, gain * entry + offset, ALL, SLACK)

    assert np.abs(fitted - (gain * entry + offset)).max() < 3


def test_gain_is_found_although_a_third_of_the_cells_are_covered() -> None:
    entry = smooth(3)
    query = 0.8 * entry + 10
    query[:, :5] = 250.0

    fitted = change_of_light(entry, query, ALL, SLACK)

    assert np.abs(fitted - (0.8 * entry + 10))[:, 6:].max() < 5


@pytest.mark.parametrize("value", [0.0, 128.0, 255.0])
def test_a_flat_plane_has_a_finite_fit(value: float) -> None:
    flat = np.full((16, 16), value)

    assert np.isfinite(change_of_light(flat, smooth(4), ALL, SLACK)).all()


def test_chance_explains_all_of_a_flat_picture_and_little_of_a_rich_one() -> None:
    flat, rich = np.full((16, 16), 90.0), smooth(5)

    assert chance_share(flat, flat, ALL, SLACK) == 1.0
    assert chance_share(rich, rich, ALL, SLACK) < 0.5


def test_chance_of_nothing_is_one() -> None:
    assert chance_share(smooth(6), smooth(6), ~ALL, SLACK) == 1.0
