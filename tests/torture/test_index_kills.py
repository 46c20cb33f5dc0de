"""kill -9 at random moments of add, add_many, remove and compact."""

from __future__ import annotations

import pytest

from index_kills import kill_at_random_moments

pytestmark = pytest.mark.torture


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path):
    kill_at_random_moments(tmp_path / "bank.sdb", kills=60, seed=20)
