"""More asked than can be answered is a trouble; a burst, or a few who are turned away, is none."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from staydown_web.base import counting
from staydown_web.base.counting import count
from staydown_web.config.watch import busy
from staydown_web.config.watch.busy import Busy, requests_counted


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What was counted so far."""
    counts = {"total": 0, "refused": 0}
    monkeypatch.setattr(busy, "requests_counted", lambda: (counts["total"], counts["refused"]))
    return counts


def codes(looks: Busy, now: datetime) -> list[str]:
    return [one.code for one in looks.look_at_web(now)[0]]


def test_one_in_fifty_refused_over_a_minute_is_told(seen: dict[str, int], now: datetime) -> None:
    looks = Busy()
    assert looks.look_at_web(now) == ([], {})
    seen.update(total=1000, refused=19)
    assert codes(looks, now + timedelta(seconds=30)) == []
    seen.update(total=1000, refused=20)
    (trouble,), facts = looks.look_at_web(now + timedelta(seconds=40))
    assert trouble.facts == facts == {"total": 1000, "refused": 20}


def test_what_was_refused_longer_ago_counts_no_more(seen: dict[str, int], now: datetime) -> None:
    looks = Busy()
    looks.look_at_web(now)
    seen.update(total=100, refused=100)
    assert codes(looks, now + timedelta(seconds=10)) == ["too_busy"]
    for second in range(20, 70, 10):
        codes(looks, now + timedelta(seconds=second))
    seen.update(total=200)
    assert codes(looks, now + timedelta(seconds=70)) == []


def test_a_few_of_very_many_are_no_trouble(seen: dict[str, int], now: datetime) -> None:
    looks = Busy()
    looks.look_at_web(now)
    seen.update(total=100_000, refused=1_000)
    assert codes(looks, now + timedelta(seconds=60)) == []


def test_a_clock_that_is_set_back_breaks_nothing(seen: dict[str, int], now: datetime) -> None:
    looks = Busy()
    looks.look_at_web(now)
    seen.update(total=5)
    assert looks.look_at_web(now - timedelta(hours=1)) == ([], {"total": 5, "refused": 0})


def test_what_is_counted_is_all_lanes_and_the_refusals_among_them(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The page of this process lies in the folder of whichever test counted first.
    settings.STAYDOWN_SHARED_MEMORY = tmp_path
    monkeypatch.setattr(counting, "_page", None)
    total, refused = requests_counted()
    for lane, status in (("read", "200"), ("check", "503"), ("send", "429")):
        count("requests_total", lane, status)
    assert requests_counted() == (total + 3, refused + 1)
