"""A tenth of tests/torture/test_index_damage.py, with fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest

from index_damage import bank_bytes, check_bank, check_index, damage, index_bytes


def test_damaged_banks_are_refused_or_answer_rightly(tmp_path):
    raw, path = bank_bytes(tmp_path), tmp_path / "wrong.sdb"
    path.write_bytes(raw)
    assert check_bank(path)
    refused = 0
    for seed in range(40):
        path.write_bytes(damage(np.random.default_rng(seed), raw))
        refused += not check_bank(path)
    assert refused > 20


@pytest.mark.parametrize("text", [False, True])
def test_damaged_indexes_are_refused_or_answer_rightly(tmp_path, text):
    raw, path = index_bytes(tmp_path, text=text), tmp_path / "wrong.sdx"
    path.write_bytes(raw)
    assert check_index(path, text=text)
    refused = 0
    for seed in range(30):
        path.write_bytes(damage(np.random.default_rng(seed), raw))
        refused += not check_index(path, text=text)
    assert refused > 20


def test_tables_that_point_anywhere_do_not_crash_a_search(tmp_path, monkeypatch):
    """Segments too large to be checked at opening: the search itself keeps within bounds."""
    monkeypatch.setattr("staydown.index.arrays.CHECK_AT_OPEN", 0)
    raw, path = bank_bytes(tmp_path), tmp_path / "wrong.sdb"
    from index_damage import any_fingerprint
    from staydown.errors import SnapshotError
    from staydown.index import BankFile

    rng = np.random.default_rng(1)
    assert any_fingerprint(0)
    for _ in range(12):
        wrong = np.frombuffer(raw, np.uint8).copy()
        at = 20_000 + int(rng.integers(len(raw) - 40_000))
        wrong[at : at + 2_000_000] = rng.integers(0, 256, len(wrong[at : at + 2_000_000]))
        path.write_bytes(wrong)
        try:
            bank = BankFile.open(path)
            queries = rng.integers(0, 256, (20, 32), dtype=np.uint8)
            for max_bits in (5, 31, 60):
                bank.search_pdq(queries, max_bits=max_bits)
                bank.search_windows(queries, max_bits=max_bits)
            for entry in bank.entries():
                bank.fingerprint(entry.entry_id)
        except SnapshotError:
            continue
