"""kill -9 at fifty random moments of a scan."""

from __future__ import annotations

from pathlib import Path

import pytest

from scan_kills import kill_at_random_moments

pytestmark = pytest.mark.torture


def test_a_killed_scan_loses_nothing_and_tells_nothing_twice(tmp_path: Path) -> None:
    kill_at_random_moments(tmp_path, kills=50, seed=5, count=60)
