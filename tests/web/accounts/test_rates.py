"""How many calls a key may make, counted by all processes together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.accounts.services.rates import RateTable

KEY = UUID(int=7)


@pytest.fixture
def table(tmp_path: Path) -> RateTable:
    return RateTable(tmp_path / "memory" / "rates")


def test_a_minutes_calls_may_come_at_once_and_no_more(table):
    waits = [table.wait_s(KEY, 5, 1000.0) for _ in range(6)]
    assert waits[:5] == [0.0] * 5
    assert waits[5] == pytest.approx(12.0)


def test_a_refused_call_takes_nothing(table):
    for _ in range(5):
        table.wait_s(KEY, 5, 1000.0)
    for _ in range(10):
        table.wait_s(KEY, 5, 1000.0)
    assert table.wait_s(KEY, 5, 1012.1) == 0.0


def test_the_allowance_grows_back_at_its_pace(table):
    for _ in range(5):
        table.wait_s(KEY, 5, 1000.0)
    assert [table.wait_s(KEY, 5, 1000.0 + 12.01 * n) for n in range(1, 5)] == [0.0] * 4


def test_keys_do_not_share_an_allowance(table):
    other = uuid4()
    table.wait_s(KEY, 1, 1000.0)
    assert table.wait_s(KEY, 1, 1000.0) > 0
    assert table.wait_s(other, 1, 1000.0) == 0.0


def test_keys_that_fall_on_one_slot_are_told_apart(table):
    first, second = UUID(int=7 << 32), UUID(int=8 << 32)
    assert first.bytes[:4] == second.bytes[:4]
    table.wait_s(first, 1, 1000.0)
    assert table.wait_s(second, 1, 1000.0) == 0.0
    assert table.wait_s(first, 1, 1000.0) > 0


def test_processes_count_together(tmp_path):
    path = tmp_path / "rates"
    script = (
        "import sys; from pathlib import Path; from uuid import UUID\n"
        "from staydown_web.accounts.services.rates import RateTable\n"
        "t = RateTable(Path(sys.argv[1]))\n"
        "print(sum(t.wait_s(UUID(int=7), 50, 1000.0) == 0 for _ in range(40)))"
    )
    setup = "import django; django.setup()\n"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", setup + script, str(path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert sum(int(run.communicate(timeout=120)[0]) for run in runs) == 50


@given(
    per_minute=st.integers(1, 600),
    gaps=st.lists(st.floats(0, 5), min_size=1, max_size=200),
)
def test_no_minute_holds_more_than_twice_the_allowance(tmp_path_factory, per_minute, gaps):
    table = RateTable(tmp_path_factory.mktemp("rates") / "rates")
    now, allowed = 1000.0, []
    for gap in gaps:
        now += gap
        if table.wait_s(KEY, per_minute, now) == 0.0:
            allowed.append(now)
    for start in allowed:
        inside = sum(start <= at < start + 60.0 for at in allowed)
        assert inside <= 2 * per_minute


def test_a_new_process_counts_on_where_the_last_one_ended(tmp_path):
    """An allowance that is used up stays used up, whether the service restarts or is killed."""
    path = tmp_path / "rates"
    script = (
        "import os, sys; from pathlib import Path; from uuid import UUID\n"
        "import django; django.setup()\n"
        "from staydown_web.accounts.services.rates import RateTable\n"
        "t = RateTable(Path(sys.argv[1]))\n"
        "print(sum(t.wait_s(UUID(int=7), 20, 1000.0) == 0 for _ in range(30)), flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    allowed = [
        int(
            subprocess.run(
                [sys.executable, "-c", script, str(path)],
                stdout=subprocess.PIPE,
                text=True,
                timeout=120,
                check=False,
            ).stdout
        )
        for _ in range(2)
    ]
    assert allowed == [20, 0]


def test_a_clock_that_is_set_back_locks_nobody_out(table):
    for _ in range(5):
        table.wait_s(KEY, 5, 90_000.0)
    assert 0 < table.wait_s(KEY, 5, 1000.0) <= 12.0
    assert table.wait_s(KEY, 5, 1012.1) == 0.0
