"""The matrix of the law names tests that are there, and every duty of every regime has its row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from staydown_web.regimes.selectors import regimes

ROOT = Path(__file__).parents[2]
MATRIX = (ROOT / "docs" / "compliance.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"(?ms)^## [^\n]*\(`([\w-]+)`\)\n(.*?)(?=^## |\Z)", MATRIX))
LINK = re.compile(r"\[`(\w+)`\]\(\.\./(\S+?)\)")
CELLS = 4


def test_every_test_that_is_named_is_there() -> None:
    links = LINK.findall(MATRIX)
    assert len(links) > 40
    missing = [
        f"{path}: {name}"
        for name, path in links
        if not (ROOT / path).is_file()
        or not re.search(rf"(?m)^ *(async )?def {name}\(", (ROOT / path).read_text())
    ]
    assert missing == []


@pytest.mark.parametrize("id_", sorted(regimes()))
def test_every_duty_of_a_regime_has_its_row_and_no_other_is_named(id_: str) -> None:
    named = re.findall(r"(?m)^\| `(\w+)` \|", SECTIONS[id_])
    assert sorted(named) == sorted(duty.id for duty in regimes()[id_].duties)


@pytest.mark.parametrize("line", [x for x in MATRIX.splitlines() if x.startswith("| ")])
def test_every_row_says_feature_test_and_what_stays_with_the_platform(line: str) -> None:
    cells = [cell.strip() for cell in line.strip("|").split(" | ")]
    assert len(cells) == CELLS
    assert all(cells)
    assert line.startswith("| what the law asks") or LINK.search(cells[2]) or "none: " in cells[2]
