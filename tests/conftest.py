"""Rules for every test: no socket leaves this machine, and hypothesis keeps no clock."""

from __future__ import annotations

import os
import signal
import sys
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# Before Django reads its settings: a home of its own for each test process, gone with the machine's
# temporary files.
os.environ["STAYDOWN_HOME"] = tempfile.mkdtemp(prefix="staydown-tests-")
os.environ.setdefault("STAYDOWN_SHARED_MEMORY", os.environ["STAYDOWN_HOME"] + "/memory")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "staydown_web.config.settings")
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
    """A way to leave out, on a second database, what asks none."""
    parser.addoption("--database-only", action="store_true", help="only tests that use a database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that use a database, where that was asked for."""
    if not config.getoption("--database-only"):
        return
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        fixtures = _DATABASE_FIXTURES & {*getattr(item, "fixturenames", ())}
        uses = (
            fixtures or item.get_closest_marker("django_db") or _STARTS_SERVICES in item.path.parts
        )
        (kept if uses else left).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


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
