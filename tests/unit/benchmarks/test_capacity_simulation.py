"""The simulation says what is known where something is known: queues, sums, falls."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parents[3] / "benchmarks"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    return load("capacity_simulation")


def scan(simulation: Any, **changes: Any) -> Any:
    given = {
        "files": 20_000,
        "cores": 32,
        "machine_cores": 8,
        "batch": 32,
        "mean_s": 0.03,
        "spread": 1.0,
        "driver_s": 2e-5,
        "deal_s": 0.0,
    }
    return simulation.ScanPlan(**given | changes)


def test_a_scan_takes_its_work_over_its_processors(simulation):
    plan = scan(simulation, files=200_000)
    end = simulation.simulate_scan(plan)
    assert end.done == plan.files
    assert end.seconds == pytest.approx(plan.files * plan.mean_s / plan.cores, rel=0.02)
    assert end.busy > 0.98
    assert (end.falls, end.lost_files) == (0, 0)


def test_a_driver_that_is_too_slow_is_the_limit(simulation):
    plan = scan(simulation, driver_s=2e-3)
    end = simulation.simulate_scan(plan)
    assert end.seconds == pytest.approx(plan.files * plan.driver_s, rel=0.05)
    assert end.driver_busy > 0.95
    assert end.busy < 0.6


def test_every_file_has_one_result_however_often_machines_fall_out(simulation):
    plan = scan(simulation, fails_after_s=10.0, away_s=5.0, noticed_s=2.0)
    end = simulation.simulate_scan(plan)
    assert end.done == plan.files
    assert end.falls > 3
    assert end.lost_files > 0
    quiet = simulation.simulate_scan(scan(simulation))
    assert end.seconds > quiet.seconds


def test_a_scan_with_a_seed_is_the_same_again_and_another_with_another(simulation):
    plan = scan(simulation, fails_after_s=20.0, away_s=5.0, noticed_s=2.0)
    assert simulation.simulate_scan(plan, seed=3) == simulation.simulate_scan(plan, seed=3)
    assert simulation.simulate_scan(plan, seed=3) != simulation.simulate_scan(plan, seed=4)


@pytest.mark.parametrize("busy", [0.3, 0.6, 0.8])
def test_one_process_with_equal_checks_waits_as_pollaczek_and_khinchine_say(simulation, busy):
    take = 0.001
    plan = simulation.CheckPlan(
        rate=busy / take, processes=1, kinds=((1.0, take, take),), seconds=400.0
    )
    rng = np.random.default_rng(simulation.SEED)
    arrive = np.sort(rng.uniform(0.0, plan.seconds, int(plan.rate * plan.seconds)))
    takes = np.full(len(arrive), take)
    waits = simulation._at_random(1, arrive, takes, rng)
    expected = busy * take / (2 * (1 - busy))  # M/D/1
    assert waits.mean() == pytest.approx(expected, rel=0.06)
    assert simulation.simulate_checks(plan).busy == pytest.approx(busy, rel=1e-6)


def test_the_recursion_equals_one_check_after_another(simulation):
    rng = np.random.default_rng(5)
    arrive = np.sort(rng.uniform(0.0, 10.0, 2_000))
    takes = rng.exponential(0.004, 2_000)
    waits = simulation._at_random(1, arrive, takes, rng)
    free = 0.0
    for number in range(2_000):
        begins = max(arrive[number], free)
        assert waits[number] == pytest.approx(begins - arrive[number], abs=1e-9)
        free = begins + takes[number]


def test_the_emptier_of_two_waits_less_than_one_at_random(simulation):
    plan = simulation.CheckPlan(
        rate=8_000.0, processes=10, kinds=((1.0, 0.0008, 0.003),), seconds=5.0
    )
    random = simulation.simulate_checks(plan)
    even = simulation.simulate_checks(replace(plan, spread_evenly=True))
    assert even.p99_ms < random.p99_ms
    assert even.busy == pytest.approx(random.busy, rel=0.02)


def test_times_are_drawn_with_the_median_and_tail_that_were_given(simulation):
    takes = simulation.service_times(((1.0, 0.001, 0.004),), 200_000, np.random.default_rng(1))
    assert np.median(takes) == pytest.approx(0.001, rel=0.02)
    assert np.percentile(takes, 99) == pytest.approx(0.004, rel=0.05)


def test_how_busy_processes_may_be_follows_from_the_answer_that_is_wanted(simulation):
    plan = simulation.CheckPlan(rate=0.0, processes=8, kinds=((1.0, 0.0008, 0.003),), seconds=5.0)
    strict = simulation.most_busy(plan, p99_ms=5.0)
    patient = simulation.most_busy(plan, p99_ms=20.0)
    assert 0.1 < strict < patient < 1.0
