"""How a run is spread over its processes: a file is tested by one of them, long ones come first."""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

_SHARE_A_SERVICE = "tests/unit/staydown_client/"
"""Its tests share one service, which takes long to start."""

_LONG = ("tests/acceptance/", "tests/browser/", _SHARE_A_SERVICE)
"""Whole services and videos: begun last, they would leave the other processes idle."""


class ByFile(LoadScopeScheduling):
    """A browser, a service or data that a file's tests share are made once, not in each process."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return _SHARE_A_SERVICE if file.startswith(_SHARE_A_SERVICE) else file


def is_quick(path: PurePosixPath) -> bool:
    """False for files that are begun first."""
    return not str(path).startswith(_LONG)
