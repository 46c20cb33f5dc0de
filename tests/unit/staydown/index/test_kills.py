"""A tenth of tests/torture/test_index_kills.py, with a fixed seed."""

from __future__ import annotations

from index_kills import kill_at_random_moments


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path):
    kill_at_random_moments(tmp_path / "bank.sdb", kills=5, seed=1)
