"""A date that jumps is not acted on at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from staydown_web.base.clock import DOUBT, StepWatch, running_s, utc_now

START = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def seen(watch: StepWatch, date: timedelta, running: timedelta) -> bool:
    return watch.is_steady(START + date, at_s=running.total_seconds())


def test_a_clock_that_runs_is_trusted_however_long_nobody_looked() -> None:
    watch = StepWatch()
    for span in (timedelta(0), timedelta(seconds=20), timedelta(days=3)):
        assert seen(watch, span, span)


@pytest.mark.parametrize("step", [timedelta(days=1), timedelta(minutes=3), -timedelta(hours=2)])
def test_a_date_that_was_set_is_doubted_for_a_quarter_of_an_hour(step: timedelta) -> None:
    watch, second = StepWatch(), timedelta(seconds=1)
    assert seen(watch, timedelta(0), timedelta(0))
    assert not seen(watch, step + second, second)
    assert not seen(watch, step + DOUBT, DOUBT), "one second early"
    assert seen(watch, step + DOUBT + second, DOUBT + second)


def test_one_that_is_set_right_again_is_doubted_from_then() -> None:
    watch = StepWatch()
    day, minute = timedelta(days=1), timedelta(minutes=1)
    seen(watch, timedelta(0), timedelta(0))
    assert not seen(watch, day + minute, minute)
    assert not seen(watch, 2 * minute, 2 * minute)
    assert not seen(watch, DOUBT + minute, DOUBT + minute)
    assert seen(watch, DOUBT + 2 * minute, DOUBT + 2 * minute)


def test_a_small_correction_is_nothing() -> None:
    watch = StepWatch()
    seen(watch, timedelta(0), timedelta(0))
    assert seen(watch, timedelta(seconds=80), timedelta(seconds=20))


def test_the_seconds_of_the_machine_go_on() -> None:
    before = running_s()
    assert running_s() >= before > 0
    assert utc_now().tzinfo is UTC
