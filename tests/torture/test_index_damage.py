"""Hundreds of corruptions of bank and index files."""

from __future__ import annotations

import numpy as np
import pytest

from index_damage import bank_bytes, check_bank, check_index, damage, index_bytes

pytestmark = pytest.mark.torture


def test_damaged_banks_are_refused_or_answer_rightly(tmp_path):
    raw, path = bank_bytes(tmp_path), tmp_path / "wrong.sdb"
    for seed in range(1000, 1400):
        path.write_bytes(damage(np.random.default_rng(seed), raw))
        check_bank(path)


@pytest.mark.parametrize("text", [False, True])
def test_damaged_indexes_are_refused_or_answer_rightly(tmp_path, text):
    raw, path = index_bytes(tmp_path, text=text), tmp_path / "wrong.sdx"
    for seed in range(1000, 1300):
        path.write_bytes(damage(np.random.default_rng(seed), raw))
        check_index(path, text=text)
