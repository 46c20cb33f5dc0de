"""Figures of a scan that is under way, and of one to come."""

from __future__ import annotations

import pytest

from staydown.scanning.pace import Estimate, Pace, mean_and_spread


def test_a_pace_says_how_far_how_fast_how_long_and_what_it_costs() -> None:
    pace = Pace(done=600, total=6000, seconds=60, workers=4, worker_s=240, price=0.1)
    assert pace.sentence() == (
        "600 of 6,000 files; 10.0 a second on 4 workers; about 9 minutes 0 seconds left;"
        " 0.07 worker hours so far, about 0.67 in all; about 0.07 at 0.1 each."
    )


def test_before_the_first_file_nothing_is_foretold() -> None:
    pace = Pace(done=0, total=10, seconds=0.0, workers=1, worker_s=0)
    assert (pace.left_s, pace.worker_hours) == (None, None)
    assert pace.sentence() == "0 of 10 files; 0.0 a second on 1 worker."


def an_estimate(**other: object) -> Estimate:
    given = {
        "files": 36_000,
        "size_bytes": 5_000_000_000,
        "sampled": 330,
        "workers": 2,
        "mean_s": 0.1,
        "spread_s": 0.02,
    }
    return Estimate(**given | other)  # type: ignore[arg-type]


def test_an_estimate_multiplies() -> None:
    made = an_estimate(price=3.0)
    assert (made.worker_hours, made.seconds) == pytest.approx((1.0, 1800.0))
    assert made.to_dict()["cost"] == 3.0
    assert made.sentence() == (
        "36,000 files, 5.0 GB to read: about 1.00 worker hours (plus or minus 20 %), that is"
        " 30 minutes 0 seconds with 2 workers; about 3.00 at 3 an hour each."
        " From 330 files, which are done."
    )


def test_without_a_price_there_is_no_cost_and_without_workers_no_time() -> None:
    made = an_estimate(workers=0, mean_s=0.0, spread_s=0.0)
    assert "cost" not in made.to_dict()
    assert made.seconds == 0.0
    assert "about 0.00 worker hours (plus or minus 0 %)" in made.sentence()


def test_the_spread_of_ten_groups_is_student_s() -> None:
    mean, spread = mean_and_spread([1.0, 2.0] * 5)
    assert mean == 1.5
    assert spread == pytest.approx(2.262 * 0.5270 / 10**0.5, rel=1e-3)
    assert mean_and_spread([]) == (0.0, 0.0)
    assert mean_and_spread([3.0]) == (3.0, 3.0)
