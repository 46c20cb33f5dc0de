"""What is loaded before the first match is all that a match compiles."""

from __future__ import annotations

import json
import subprocess
import sys

CODE = """
import gc, json, sys
from pathlib import Path

import staydown
from numba.core.dispatcher import Dispatcher
from staydown.matching import Matcher, load_compiled


def made():
    found = [d for d in gc.get_objects() if isinstance(d, Dispatcher)]
    return {f"{d.py_func.__module__}.{d.py_func.__name__}": len(d.signatures) for d in found}


if sys.argv[1] == "load":
    load_compiled()
before = made()
folder = Path(staydown.__file__).parent / "demo_media"
for name in ("bee.jpg", "pan.mp4"):
    known = staydown.fingerprint(folder / name)
    matcher = Matcher()
    matcher.add("known", known)
    parts = [s for s in known.signals if s.type not in {"sha256", "md5"}]
    for signals in (parts, parts[-1:]):
        assert matcher.match(staydown.Fingerprint(known.kind, tuple(signals)))
after = made()
print(json.dumps([name for name, n in after.items() if n != before.get(name, 0)]))
"""


def compiled_by_matches(first: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, first], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_a_match_compiles_nothing_more() -> None:
    assert compiled_by_matches("load") == []


def test_without_it_the_first_match_compiles() -> None:
    assert len(compiled_by_matches("nothing")) > 10
