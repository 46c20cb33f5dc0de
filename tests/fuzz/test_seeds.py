"""Every input that was ever a finding, and the fuzzer's starting points, run as tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.targets import TARGETS, starting_points

SEEDS = Path(__file__).parent / "seeds"


@pytest.mark.parametrize(
    "path", sorted(SEEDS.glob("*/*")), ids=lambda p: f"{p.parent.name}-{p.name}"
)
def test_a_finding_stays_mended(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_starting_points_are_read_and_their_ends_cut_off_too(target: str) -> None:
    points = list(starting_points(target))
    assert points
    for data in points:
        TARGETS[target](data)
        for part in range(1, 8):
            TARGETS[target](data[: len(data) * part // 8])
