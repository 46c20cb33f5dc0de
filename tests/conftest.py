"""Rules for every test: no socket leaves this machine, and hypothesis keeps no clock."""

from __future__ import annotations

import gc
import os
import signal
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from spread import ByFile, is_quick

# Before Django reads its settings: a home of its own for each test process, gone with the machine's
# temporary files.
os.environ["STAYDOWN_HOME"] = tempfile.mkdtemp(prefix="staydown-tests-")
os.environ.setdefault("STAYDOWN_SHARED_MEMORY", os.environ["STAYDOWN_HOME"] + "/memory")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "staydown_web.config.settings")
# As the program `staydown` sets it for itself; tests start Python without that program too.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# A shell that starts us in the background ignores Ctrl-C, and children would inherit that; some
# tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
_OURS = ("STAYDOWN_HOME", "STAYDOWN_SHARED_MEMORY", "DJANGO_SETTINGS_MODULE")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let each process of a parallel run make a home of its own: none inherits this one's.

    Where the settings' name is inherited, Django reads them before this file is.
    """
    for name in _OURS:
        os.environ.pop(name, None)


_DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup"}
_STARTS_SERVICES = "config"
"""The room whose tests start whole services, which find the database by themselves."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """A way to leave out, on a second database, what asks none, and what it hardly changes."""
    parser.addoption("--database-only", action="store_true", help="only tests that use a database")
    parser.addoption(
        "--one-in",
        type=int,
        default=1,
        metavar="N",
        help="with --database-only: of tests that commit nothing a fixed one in N",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a file's tests in one process."""
    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Thousands of tests are no rubbish: nobody looks for some in them, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long ones first; keep those that use a database, where that was asked for."""
    items.sort(key=lambda item: is_quick(PurePosixPath(item.path.relative_to(config.rootpath))))
    if not config.getoption("--database-only"):
        return
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        (kept if _runs_on(item, one_in=config.getoption("--one-in")) else left).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def _runs_on(item: pytest.Item, *, one_in: int) -> bool:
    """Whether a test is one for a second database.

    Locks, constraints at the end and what several processes see are what databases do differently:
    every test with real commits runs, and of those that are rolled back a share, always the same.
    """
    mark = item.get_closest_marker("django_db")
    fixtures = _DATABASE_FIXTURES & {*getattr(item, "fixturenames", ())}
    if not mark and not fixtures:
        return _STARTS_SERVICES in item.path.parts
    commits = bool(mark and mark.kwargs.get("transaction")) or "transactional_db" in fixtures
    return commits or zlib.crc32(item.nodeid.encode()) % one_in == 0


@pytest.fixture(autouse=True)
def _ordinary_turns() -> Iterator[None]:
    """No test leaves a process that takes the processors from all others (``clips.encode``)."""
    yield
    assert os.sched_getscheduler(0) not in (os.SCHED_FIFO, os.SCHED_RR)


_LOOPBACK = ("127.", "::1", "localhost")


def _stay_on_this_machine(event: str, args: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    address = args[1]
    if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
        raise RuntimeError(f"a test tried to reach {address[0]}; tests stay on this machine")


sys.addaudithook(_stay_on_this_machine)

# No deadline: the first call of a compiled function takes seconds, and tests never judge time.
settings.register_profile("here", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "here"))
