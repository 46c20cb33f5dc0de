"""The page judges a notice as the server does: the same data, two readers, no difference."""

from __future__ import annotations

import itertools
import json
import random
import shutil
import subprocess
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from staydown_web.portal.selectors.notice import _law
from staydown_web.regimes.schemas import NoticeFacts
from staydown_web.regimes.selectors import regimes
from staydown_web.regimes.services import check_notice

LAW_JS = Path(__file__).parents[3] / "js" / "src" / "portal" / "law.js"
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
SCRIPT = """
const { laws, notices } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
import(process.argv[1]).then(({ missingUnder }) => {
  const found = notices.map((facts) => Object.fromEntries(Object.entries(laws).map(
    ([id, law]) => [id, missingUnder(law, facts).map((element) => element.id)])));
  process.stdout.write(JSON.stringify(found));
});
"""


def notices() -> list[dict[str, bool]]:
    """None, all, each alone, each left out, and many at random."""
    names = [field.name for field in fields(NoticeFacts)]
    drawn = random.Random(7)
    rows = [dict.fromkeys(names, False), dict.fromkeys(names, True)]
    rows += [
        dict.fromkeys(names, value) | {name: not value}
        for name, value in itertools.product(names, (True, False))
    ]
    return rows + [{name: drawn.random() < 0.6 for name in names} for _ in range(500)]


def test_page_and_server_miss_the_same_under_every_law() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    laws = {id_: _law(law, "en") for id_, law in regimes().items()}
    rows = notices()

    ran = subprocess.run(
        [node, "-e", SCRIPT, LAW_JS.as_uri()],
        input=json.dumps({"laws": laws, "notices": rows}),
        capture_output=True,
        text=True,
        check=True,
    )

    for facts, in_page in zip(rows, json.loads(ran.stdout), strict=True):
        on_server = {
            id_: [
                r.id for r in check_notice(regime=id_, facts=NoticeFacts(**facts), now=NOW).missing
            ]
            for id_ in laws
        }
        assert in_page == on_server, facts
