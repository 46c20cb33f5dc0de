"""Staydown as a copybench matcher, through the public API alone.

    PYTHONPATH=benchmarks python copybench.py run MEDIA --kind image \\
        --matchers copybench_adapter:Staydown
"""

from __future__ import annotations

import os
from pathlib import Path

import staydown

_CACHE = "STAYDOWN_BENCH_CACHE"


class Staydown:
    """Fingerprints with ``staydown.fingerprint``, matches with ``staydown.Matcher``.

    Set ``STAYDOWN_BENCH_CACHE`` to a folder to keep fingerprints between runs.
    """

    native_threshold = staydown.DEFAULT_MIN_SCORE
    mode = "screening"

    def __init__(self) -> None:
        folder = os.environ.get(_CACHE)
        self._cache = None
        if folder:
            from prints import PrintCache

            self._cache = PrintCache(Path(folder), mode=self.mode)

    def _print(self, path: str) -> staydown.Fingerprint:
        if self._cache is not None:
            return self._cache.get(path)
        return staydown.fingerprint(path, mode=self.mode, isolated=False)

    def index(self, refs: list[tuple[str, str]]) -> None:
        """Bank the references."""
        self._matcher = staydown.Matcher()
        for entry_id, path in refs:
            self._matcher.add(entry_id, self._print(path))

    def query(self, path: str) -> list[tuple[str, float]]:
        """All candidates of one file with their scores."""
        found = self._matcher.match(self._print(path), min_score=0.0)
        return [(m.entry_id, m.score) for m in found]
