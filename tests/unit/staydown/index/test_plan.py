"""The pigeonhole argument as numbers: no pair within the radius escapes every piece."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.index.plan import (
    NEXT_BITS,
    PIECE_CHOICES,
    PLAN_HEAD,
    PLAN_STEP,
    flips,
    is_scan_cheaper,
    limits,
    offset_starts,
    piece_bits,
    pieces_for,
    plan_for,
)


@pytest.mark.parametrize("pieces", PIECE_CHOICES)
def test_pieces_cover_every_bit_once(pieces):
    covered = [b for first, bits in piece_bits(pieces) for b in range(first, first + bits)]
    assert covered == list(range(256))
    assert min(bits for _, bits in piece_bits(pieces)) >= NEXT_BITS
    assert offset_starts(pieces)[-1] == sum((1 << bits) + 1 for _, bits in piece_bits(pieces))


@given(pieces=st.sampled_from(PIECE_CHOICES), max_bits=st.integers(0, 256))
def test_the_limits_share_out_the_radius(pieces, max_bits):
    t = limits(pieces, max_bits)
    assert sum(limit + 1 for limit in t) == max_bits + 1
    assert max(t) - min(t) <= 1


@given(
    pieces=st.sampled_from(PIECE_CHOICES),
    max_bits=st.integers(0, 63),
    seed=st.integers(0, 2**32),
    clumps=st.integers(1, 16),
)
def test_some_piece_passes_both_tests_for_every_pair_within_the_radius(
    pieces, max_bits, seed, clumps
):
    rng = np.random.default_rng(seed)
    differing = np.zeros(256, bool)
    # Bits that differ lie anywhere, or crowd together in few pieces.
    allowed = rng.permutation(256)[: max(max_bits, 256 * clumps // 16)]
    differing[rng.choice(allowed, max_bits, replace=False)] = True
    t = limits(pieces, max_bits)
    passes = []
    for i, (first, bits) in enumerate(piece_bits(pieces)):
        here = differing[first : first + bits].sum()
        after = np.roll(differing, -(first + bits))[:NEXT_BITS].sum()
        passes.append(t[i] >= 0 and here <= t[i] and here + after <= t[i] + t[(i + 1) % pieces] + 1)
    assert any(passes)


def test_flips_are_all_masks_up_to_the_limit_fewest_bits_first():
    masks = flips(5, 2)
    assert len(masks) == len(set(masks.tolist())) == 1 + 5 + 10
    counts = np.bitwise_count(masks)
    assert (np.diff(counts.astype(int)) >= 0).all()
    assert counts.max() == 2


def test_a_plan_holds_one_probe_for_each_bucket_in_reach():
    plan = plan_for(16, 31)
    assert plan is not None
    assert plan.words[:2].tolist() == [16, 16 * 17]
    assert len(plan.words) == PLAN_HEAD + PLAN_STEP * 16
    exact = plan.probes[(plan.probes & 0xFFFFFFFF) == 0]
    assert (exact >> 40).tolist() == [3] * 16


def test_small_radii_skip_pieces_and_huge_ones_have_no_plan():
    plan = plan_for(16, 3)
    assert plan is not None
    assert len(plan.probes) == 4
    assert plan_for(16, 200) is None


def test_the_model_prefers_a_scan_for_few_rows_and_for_wide_radii():
    assert is_scan_cheaper(16, 31, 100)
    assert not is_scan_cheaper(16, 31, 1_000_000)
    assert is_scan_cheaper(16, 100, 1_000_000)


def test_long_banks_of_windows_get_fewer_and_longer_pieces():
    assert pieces_for(1_000_000, 24) == 16
    assert pieces_for(10_000_000, 31) == 16
    assert pieces_for(100_000_000, 24) == 12
