from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.matching.video_timing import SLACK_S, SPEEDS, align


def pairs(query_s, entry_s, weights=None):
    """Columns for ``align``, one query frame for each distinct query time."""
    query_s, entry_s = np.array(query_s, float), np.array(entry_s, float)
    _, frames = np.unique(query_s, return_inverse=True)
    weights = np.ones(len(query_s)) if weights is None else np.array(weights, float)
    return frames.astype(np.int64), query_s, entry_s, weights


def test_one_pair_is_a_line_at_normal_speed() -> None:
    found = align(*pairs([3.0], [10.0]))
    assert (found.speed, found.offset_s) == (1.0, 7.0)
    assert found.members.tolist() == [0]


@given(
    speed=st.sampled_from(SPEEDS),
    offset_s=st.floats(-5, 60),
    count=st.integers(12, 40),
    seed=st.integers(0, 1000),
)
def test_a_line_is_found_among_stray_pairs(speed, offset_s, count, seed) -> None:
    rng = np.random.default_rng(seed)
    query_s = np.arange(count) * 0.5
    true_s = speed * query_s + offset_s + rng.uniform(-0.1, 0.1, count)
    stray_s = rng.uniform(-100, 100, count)
    found = align(*pairs([*query_s, *query_s], [*true_s, *stray_s]))
    on_line = found.speed * query_s + found.offset_s
    assert np.abs(on_line - true_s).max() <= SLACK_S + 0.1
    assert (found.members < count).sum() >= 0.9 * count


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(0.1, 50)), min_size=1))
def test_members_lie_near_the_line_one_a_frame_in_order(rows) -> None:
    frames, query_s, entry_s, weights = pairs(*zip(*rows, strict=True))
    found = align(frames, query_s, entry_s, weights)
    members = found.members
    assert len(members) >= 1
    assert len(set(frames[members])) == len(members)
    assert (np.diff(query_s[members]) >= 0).all()
    off = entry_s[members] - found.speed * query_s[members] - found.offset_s
    assert np.abs(off).max() <= SLACK_S


def test_the_strongest_pair_of_a_frame_is_the_member() -> None:
    found = align(*pairs([0, 1, 1, 2], [5, 6.2, 6.0, 7], [1, 1, 9, 1]))
    assert found.members.tolist() == [0, 2, 3]


def test_still_pictures_align_at_normal_speed() -> None:
    query_s, entry_s = np.meshgrid(np.arange(8.0), np.arange(8.0))
    found = align(*pairs(query_s.ravel(), entry_s.ravel()))
    assert found.speed == pytest.approx(1.0, abs=0.1)
    assert len(found.members) == 8
