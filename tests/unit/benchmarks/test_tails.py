"""What the tail of false evidence says of rare false matches."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "tails.py"


@pytest.fixture(scope="module")
def tails() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_tails", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("found", "mean"), [(0, 2.996), (1, 4.744), (3, 7.754), (10, 16.962)])
def test_a_count_bounds_the_rate_as_the_poisson_tables_say(tails, found, mean):
    assert tails.most_expected(found, 1000) == pytest.approx(mean / 1000, rel=1e-3)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.1])
def test_both_fits_find_the_rate_of_an_exponential(tails, share):
    best = np.random.default_rng(1).exponential(0.1, 50_000)
    true = np.exp(-10)
    assert true / 2 < tails.exponential_rate(best, share) < true * 2
    assert true / 20 < tails.pareto_rate(best, share) < true * 20


def test_only_the_pareto_fit_sees_a_tail_that_is_longer_than_exponential(tails):
    rng = np.random.default_rng(2)
    shape, scale = 0.4, 0.02
    best = scale / shape * (rng.random(50_000) ** -shape - 1)
    true = (1 + shape / scale) ** (-1 / shape)
    assert true / 2 < tails.pareto_rate(best, 0.05) < true * 2
    assert tails.exponential_rate(best, 0.05) < true / 2


def test_a_tail_that_ends_before_the_threshold_gives_no_rate(tails):
    best = np.random.default_rng(3).random(20_000) * 0.5
    assert tails.pareto_rate(best, 0.05) == 0.0
    assert tails.exponential_rate(best, 0.05) < 1e-6


def test_what_lies_below_the_tail_is_counted_and_not_fitted(tails):
    best = np.linspace(0, 1, 1001)
    assert tails.exponential_rate(best, 0.05, at=0.5) == pytest.approx(0.5, abs=0.002)


def test_queries_without_any_false_candidate_imply_none(tails):
    assert tails.exponential_rate(np.zeros(500), 0.05) == 0.0
    assert tails.pareto_rate(np.zeros(500), 0.05) == 0.0


def test_edits_of_one_picture_are_not_counted_as_pictures(tails):
    """Twenty copies of each query tell no more than one of each."""
    best = np.random.default_rng(4).exponential(0.1, 400)
    alone = tails.Queries(best, np.arange(400))
    copied = tails.Queries(np.repeat(best, 20), np.repeat(np.arange(400), 20))

    def spread(queries) -> float:
        fit = tails.report(queries, draws=100)["fits"][-1]
        low, high = fit["exponential_95"]
        assert low < fit["exponential"] < high
        return np.log(high / low)

    assert spread(copied) > 0.8 * spread(alone)


def test_a_report_says_how_many_were_asked_and_found(tails):
    best = np.r_[np.random.default_rng(5).exponential(0.05, 300), 1.2]
    made = tails.report(
        tails.Queries(best, tails.picture_numbers(["a", "b"] * 150 + ["c"])), draws=50
    )
    assert (made["queries"], made["pictures"], made["queries_with_false_match"]) == (301, 3, 1)
    assert made["highest"][0] == 1.2
    assert made["most_expected_95"] == pytest.approx(4.744 / 301, rel=0.02)


def test_no_tail_is_fitted_among_queries_without_a_false_candidate(tails):
    best = np.r_[np.zeros(970), np.random.default_rng(6).exponential(0.1, 30)]
    made = tails.report(tails.Queries(best, np.arange(1000)), draws=20)
    assert [fit["tail_share"] for fit in made["fits"]] == [0.005, 0.01, 0.025]
