"""The page of promises names tests and records that are there."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text()
ROWS = re.findall(r"(?m)^\| (?!promise)([A-Z][^|]+) \| ([^|]+) \|", PAGE)
LINK = re.compile(r"\[`(\w+)`\]\(\.\./([^)]+)\)")


def test_every_promise_is_shown_by_something() -> None:
    assert len(ROWS) > 30
    assert [promise for promise, shown in ROWS if "`" not in shown] == []


def test_every_test_that_is_named_is_there() -> None:
    links = LINK.findall(PAGE)
    assert len(links) > 30
    missing = [
        name
        for name, path in links
        if not re.search(rf"(?m)^ *(async )?def {name}\(", (ROOT / path).read_text())
    ]
    assert missing == []


def test_the_number_of_faults_is_that_of_the_log() -> None:
    log = json.loads((ROOT / "docs" / "results" / "faults.json").read_text())
    kinds = {kind for campaign in log["campaigns"].values() for kind in campaign["kinds"]}
    assert f"{log['faults']} faults of {len(kinds)} kinds" in PAGE
    assert (log["lost"], log["doubled"]) == (0, 0)
    assert log["faults"] >= 500
