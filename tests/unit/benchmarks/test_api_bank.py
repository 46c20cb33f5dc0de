"""The home that the benchmark of the API is run in: what a started service would have made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


def test_pages_and_scripts_are_collected_also_where_the_home_was_made_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    import api_bank

    ran: list[str] = []
    monkeypatch.setattr(api_bank, "manage", lambda _folder, *words: ran.append(words[-1]) or "")
    folder = api_bank.make_home(tmp_path, 8, 0)
    assert "collect_static()" in ran[-1]
    assert len(ran) == 5
    assert api_bank.make_home(tmp_path, 8, 0) == folder
    assert "collect_static()" in ran[-1]
    assert len(ran) == 6, "nothing else is done twice"
