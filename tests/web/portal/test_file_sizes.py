"""A file has one size on the page that makes fingerprints and on the page of the case."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from staydown_web.portal.selectors.file_sizes import size_in_words

ROOT = Path(__file__).parents[3]
SIZES = [1, 300, 1000, 1499, 1500, 640_000, 3_200_000, 3_250_000, 9_960_000, 48_000_000]
SIZES += [1_500_000_000, 12_000_000_000]
SCRIPT = """
import { Wording } from './js/src/fingerprint/texts.js';
const words = new Wording({}, 'en');
console.log(JSON.stringify(JSON.parse(process.argv[1]).map((size) => words.size(size))));
"""


def test_sizes_are_in_steps_of_a_thousand() -> None:
    found = [size_in_words(size).replace("\N{NO-BREAK SPACE}", " ") for size in SIZES]
    assert found[:6] == ["1 byte", "300 bytes", "1 kB", "1 kB", "2 kB", "640 kB"]
    assert found[6:10] == ["3.2 MB", "3.3 MB", "10 MB", "48 MB"]
    assert found[10:] == ["1.5 GB", "12 GB"]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_scripts_write_the_same() -> None:
    run = subprocess.run(
        ["node", "--input-type=module", "-e", SCRIPT, json.dumps(SIZES)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = [" ".join(words.split()) for words in json.loads(run.stdout)]
    assert [" ".join(size_in_words(size).split()) for size in SIZES] == told
