from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.matching.geometry import (
    best_hypothesis,
    distance_table,
    distinct_weights,
    fit_affine,
    like_pairs,
    pairs_under,
    settled_weight,
    supporters,
    turn_between,
)

WEIGHTS = np.maximum(0.05, (90.0 - np.arange(257)) / 8.0)


def scattered(seed: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    points = np.empty((count, 4))
    points[:, :2] = rng.uniform(0, 380, (count, 2))
    points[:, 2] = rng.integers(1, 12, count) / 4
    points[:, 3] = rng.uniform(0, 2 * np.pi, count)
    return points


def moved(points: np.ndarray, *, size: float, turn: float, by: tuple[float, float]) -> np.ndarray:
    out = points.copy()
    c, s = size * np.cos(turn), size * np.sin(turn)
    out[:, 0] = c * points[:, 0] - s * points[:, 1] + by[0]
    out[:, 1] = s * points[:, 0] + c * points[:, 1] + by[1]
    out[:, 2] += np.log2(size)
    out[:, 3] = (points[:, 3] + turn) % (2 * np.pi)
    return out


def like(count: int) -> np.ndarray:
    """Bits between points: 10 on the diagonal, 120 elsewhere."""
    table = np.full((count, count), 120, np.int16)
    np.fill_diagonal(table, 10)
    return table


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=6))
def test_the_distance_table_counts_differing_bits(rows: list[bytes]) -> None:
    words = np.frombuffer(b"".join(rows), np.uint64).reshape(-1, 4)
    numbers = [int.from_bytes(r) for r in rows]

    table = distance_table(words, words)

    assert table.tolist() == [[(a ^ b).bit_count() for b in numbers] for a in numbers]


def test_like_pairs_come_nearest_first_and_within_the_radius() -> None:
    table = np.array([[30, 5], [44, 45]], np.int16)

    assert like_pairs(table, 44).tolist() == [[0, 1, 5], [0, 0, 30], [1, 0, 44]]


def test_no_like_pairs_is_an_empty_array() -> None:
    assert like_pairs(np.full((3, 2), 99, np.int16), 44).shape == (0, 3)


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_a_turn_lies_within_half_a_circle(a: float, b: float) -> None:
    turn = turn_between(a, b)

    assert -np.pi - 1e-9 <= turn <= np.pi + 1e-9
    assert np.isclose(np.cos(b - a), np.cos(turn), atol=1e-6)


@pytest.mark.parametrize(("size", "turn"), [(1.0, 0.0), (0.4, 0.5), (2.2, -2.0), (1.0, 3.1)])
def test_the_true_similarity_is_found_among_stray_pairs(size: float, turn: float) -> None:
    query = scattered(1, 30)
    entry = moved(query, size=size, turn=turn, by=(40.0, -12.0))
    table = like(30)
    table[3, 17] = table[8, 2] = 4  # nearer than any true pair
    pairs = like_pairs(table, 44)

    best, guess = best_hypothesis(query, entry, pairs, WEIGHTS)
    found, m = supporters(query, entry, pairs, best, guess)

    assert len(found) >= 28
    assert np.allclose(m[:2], [size * np.cos(turn), -size * np.sin(turn)], atol=0.05)


def test_affine_fit_recovers_a_stretch() -> None:
    query = scattered(2, 25)
    entry = query.copy()
    entry[:, 0], entry[:, 1] = 1.3 * query[:, 0] + 7, 0.8 * query[:, 1] - 3
    pairs = np.column_stack([np.arange(25), np.arange(25), np.full(25, 10)])

    m = fit_affine(query, entry, pairs, WEIGHTS, np.array([1.0, 0, 0, 0, 1, 0]), 100.0)

    assert np.allclose(m, [1.3, 0, 7, 0, 0.8, -3], atol=0.6)


def test_one_pair_keeps_the_prior_similarity() -> None:
    query, entry = scattered(3, 1), scattered(4, 1)
    prior = np.array([0.0, -2.0, 0.0, 2.0, 0.0, 0.0])

    m = fit_affine(query, entry, np.array([[0, 0, 5]]), WEIGHTS, prior, 1000.0)

    assert np.allclose(m[[0, 1, 3, 4]], [0, -2, 2, 0])
    assert np.isclose(m[0] * query[0, 0] + m[1] * query[0, 1] + m[2], entry[0, 0])


def test_pairs_under_a_transform_are_one_to_one() -> None:
    query = scattered(5, 20)
    table = np.full((20, 20), 60, np.int16)
    query[1] = query[0]

    found = pairs_under(query, query, table, np.array([1.0, 0, 0, 0, 1, 0]), 80, 8.0)

    assert len(set(found[:, 0])) == len(found) == len(set(found[:, 1]))


def test_points_of_another_scale_do_not_pair() -> None:
    query, entry = scattered(6, 5), scattered(6, 5)
    entry[:, 2] += 2.0

    found = pairs_under(query, entry, like(5), np.array([1.0, 0, 0, 0, 1, 0]), 80, 8.0)

    assert len(found) == 0


def test_a_pair_with_an_equal_rival_elsewhere_weighs_next_to_nothing() -> None:
    points = scattered(7, 4)
    table = like(4)
    clear = distinct_weights(points, points, table, np.array([[0, 0, 10]]), WEIGHTS)
    table[0, 3] = 12

    doubtful = distinct_weights(points, points, table, np.array([[0, 0, 10]]), WEIGHTS)

    assert clear[0] == WEIGHTS[10]
    assert doubtful[0] < 0.1 * clear[0]


def test_points_in_one_spot_count_once() -> None:
    points = scattered(8, 3)
    points[1, :2] = points[0, :2] + 1.0
    pairs = np.column_stack([np.arange(3), np.arange(3), np.array([5, 9, 7])])

    weight, count, _ = settled_weight(points, points, pairs, np.array([3.0, 2.0, 1.0]))

    assert (weight, count) == (4.0, 2)


def test_points_on_a_line_have_no_spread_across_it() -> None:
    points = scattered(9, 12)
    points[:, 1] = 0.5 * points[:, 0]
    pairs = np.column_stack([np.arange(12)] * 3)

    _, _, across = settled_weight(points, points, pairs, np.ones(12))

    assert across < 0.01
