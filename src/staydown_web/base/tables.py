"""Tables are made and changed by one process at a time, while others go on answering."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from staydown_web.base.errors import ConfigError
from staydown_web.base.sql import impatient, is_lock_timeout, try_alone

LOCK_WAIT_MS: Final = 3_000
"""How long a change waits for a table. Whoever comes after it waits as long: so it is short, and
the change is tried again. ADR-0098."""

PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Before each further try, so that others get on."""

ALONE_WITHIN_S: Final = 900.0
"""How long another process may be at it."""

_LOOK_EVERY_S = 0.2


def make_tables() -> bool:
    """Make the tables that are missing and change those that are older; safe to repeat.

    Several processes, on several machines, may call it at once: one does it, the others wait.

    Returns:
        True where there was something to do.

    Raises:
        DatabaseError: the database does not answer or refuses.
        ConfigError: a table stayed in use, or another process is at it for too long.
    """
    if not is_behind():
        return False
    with _alone():
        if not is_behind():
            return False
        _change()
    return True


def is_behind() -> bool:
    """Whether the tables are older than this version."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _change() -> None:
    """Run what is missing; each step is whole or not at all, so that it can be tried again."""
    for pause_s in (*PAUSES_S, None):
        try:
            with impatient(connection, wait_ms=LOCK_WAIT_MS):
                call_command("migrate", interactive=False, verbosity=0)
        except DatabaseError as error:
            if not is_lock_timeout(error):
                raise
            if pause_s is None:
                raise ConfigError(
                    "tables cannot be changed: something holds one for long, such as a backup or a "
                    "report; end it, or start again when it is done"
                ) from None
            time.sleep(pause_s)
        else:
            return


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until nobody else changes tables, here or on another machine, and keep others away."""
    ends_at = time.monotonic() + ALONE_WITHIN_S
    with _locked_file(Path(settings.STAYDOWN_HOME) / ".tables", ends_at):
        while True:
            with try_alone(connection) as is_ours:
                if is_ours:
                    yield
                    return
            _wait(ends_at)


@contextmanager
def _locked_file(path: Path, ends_at: float) -> Iterator[None]:
    """The same for the processes of one folder: SQLite has no such lock of its own."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _lock(handle):
            _wait(ends_at)
        yield
    finally:
        os.close(handle)  # which lets go of it


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(ends_at: float) -> None:
    if time.monotonic() > ends_at:
        raise ConfigError(
            "another process changes the tables, for a quarter of an hour now; see whether it "
            "still works, end it, and start again"
        )
    time.sleep(_LOOK_EVERY_S)
