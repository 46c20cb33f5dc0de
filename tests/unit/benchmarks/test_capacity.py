"""The page of capacity says what the measured figures say, and nothing else."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "benchmarks"


@pytest.fixture(scope="module")
def capacity() -> ModuleType:
    for name in ("capacity_simulation", "capacity_sources", "capacity_needs", "capacity"):
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules["capacity"]


@pytest.fixture
def found(capacity: Any) -> dict[str, float]:
    return dict(capacity.read_measured(capacity.RESULTS))


def test_the_page_is_as_the_figures_say(capacity):
    page = capacity.PAGE.read_text(encoding="utf-8")
    assert capacity.with_tables(page) == page, "python benchmarks/capacity.py docs/capacity.md"


def test_every_figure_is_measured(capacity, found):
    assert set(found) == set(capacity.SOURCES)
    assert all(value > 0 for value in found.values())


def test_a_figure_that_changes_changes_the_page(capacity, tmp_path):
    for path in capacity.RESULTS.glob("*.json"):
        (tmp_path / path.name).write_text(path.read_text())
    row = json.loads((tmp_path / "scan.json").read_text())
    (tmp_path / "scan.json").write_text(json.dumps({**row, "cpu_ms": 2 * row["cpu_ms"]}))
    page = capacity.PAGE.read_text(encoding="utf-8")
    assert capacity.with_tables(page, tmp_path) != page


def test_ten_times_the_files_are_ten_times_the_work(capacity, found):
    knobs = capacity.Knobs()
    small, large = (capacity.scan_need(n, found, knobs) for n in (10_000_000, 100_000_000))
    assert large.core_hours == pytest.approx(10 * small.core_hours)
    assert large.hours(64) == pytest.approx(large.core_hours / 64)
    assert (small.runs, large.runs) == (1, 10)
    assert small.driver_gb == pytest.approx(large.driver_gb), "a run is no larger"


def test_small_scans_are_what_was_measured(capacity, found):
    """The computed rate of two cores is that of the scan of ten thousand files."""
    need = capacity.scan_need(10_000, found, replace(capacity.Knobs(), busy=1.0))
    assert 10_000 / (need.hours(2) * 3600) == pytest.approx(found["scan_files_s"], rel=0.12)


def test_checks_need_processors_in_proportion_and_a_bank_on_each_machine(capacity, found):
    knobs = capacity.Knobs()
    one, ten = (capacity.check_need(n, found, knobs) for n in (1_000, 10_000))
    assert ten.cores == pytest.approx(10 * one.cores)
    assert ten.bank_gb == one.bank_gb > 0
    assert one.machines == 1


def test_the_simulation_that_is_quoted_agrees_with_what_was_measured_in_the_small(capacity):
    row = json.loads((capacity.RESULTS / "capacity_simulation.json").read_text())
    assert row["measured"]["ratio"] == pytest.approx(1.0, abs=0.15)
    scan = row["scan"]
    assert scan["end"]["done"] == scan["plan"]["files"] * scan["runs"] == capacity.FILES[-1]
    assert scan["end"]["falls"] > 0, "the largest scan meets machines that fall out"
    assert scan["end"]["busy"] > 0.9


def test_sizes_and_times_are_told_as_people_read_them(capacity):
    assert [capacity.hours(h) for h in (0.001, 0.5, 3.0, 72.0)] == [
        "3.6 s",
        "30.0 min",
        "3.0 h",
        "3.0 days",
    ]
    assert [capacity.size(gb) for gb in (0.000_05, 0.2, 31.4, 4_200.0)] == [
        "50 kB",
        "200 MB",
        "31.4 GB",
        "4.2 TB",
    ]
