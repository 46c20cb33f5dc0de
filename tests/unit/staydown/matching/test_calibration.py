from __future__ import annotations

import json
from importlib.resources import files

import pytest

from staydown.matching.scoring import DEFAULT_MIN_SCORE, EVEN_EVIDENCE, score_of

TABLE = json.loads((files("staydown.matching") / "calibration.json").read_text())


def test_the_table_was_made_with_the_scale_in_use() -> None:
    assert TABLE["even_evidence"] == EVEN_EVIDENCE
    assert TABLE["default_min_score"] == DEFAULT_MIN_SCORE


def test_the_table_says_what_it_was_made_of() -> None:
    assert TABLE["pictures"] > 100
    assert TABLE["distractor_pairs"] > 1_000_000
    assert len(TABLE["kernel_sha256"]) == len(TABLE["names_sha256"]) == 64


def test_at_the_default_no_distractor_matched() -> None:
    [row] = [r for r in TABLE["thresholds"] if r["min_score"] == DEFAULT_MIN_SCORE]

    assert row["false_pairs"] == 0
    assert row["recall_standard"] >= 0.97
    assert row["recall_extreme"] >= 0.70


def test_higher_thresholds_never_let_more_through() -> None:
    rows = TABLE["thresholds"]

    for key in ("false_pairs", "implied_a_million_pairs", "recall_standard", "recall_extreme"):
        values = [r[key] for r in rows]
        assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("row", TABLE["thresholds"], ids=lambda r: str(r["min_score"]))
def test_evidence_and_score_of_a_row_belong_together(row: dict[str, float]) -> None:
    assert score_of(row["evidence"]) == pytest.approx(row["min_score"], abs=1e-3)
