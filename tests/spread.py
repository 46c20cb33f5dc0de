"""How a run is spread over its processes: a file is tested by one of them, long ones come first."""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

_CLIENT, _CLUSTER = "tests/unit/staydown_client/", "tests/unit/staydown/scanning/cluster/"
_TOGETHER = (_CLIENT, _CLUSTER)
"""The client's tests share one service, which takes long to start. Of a cluster's tests some want
that there is none on this machine."""

_SERVICES = ("tests/torture/", "tests/unit/staydown/cli/test_service.py", "tests/web/config/")
_WALKS = ("tests/web/test_access.py", "tests/web/test_no_third_party.py")
_LONG = ("tests/acceptance/", "tests/browser/", _CLIENT, _CLUSTER, *_SERVICES, *_WALKS)
"""Whole services, videos, and walks over every address in one test: begun last, they would leave
the other processes idle."""


class ByFile(LoadScopeScheduling):
    """A browser, a service or data that a file's tests share are made once, not in each process."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in _TOGETHER if file.startswith(folder)), file)


def is_quick(path: PurePosixPath) -> bool:
    """False for files that are begun first."""
    return not str(path).startswith(_LONG)
