"""How a process waits for its turn to write.

SQLite lets one write at a time. Whoever waits looks again after 1, 2, 5 and in the end every
100 ms, as its own busy handler does, and whoever happens to look first is next. A check that has to
be stored before it is answered would so stand behind jobs that nobody waits for. Processes that
answer somebody look again every millisecond instead. Source: ADR-0106.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

OFTEN_S: Final = 0.001
NOW_AND_THEN_S: Final = 0.005
"""Of a process in which nobody waits for what is written."""
_CONNECT_EVERY_S: Final = 0.02


@dataclass(slots=True)
class _Way:
    every_s: float = 0.0


_way = _Way()


def look_often(every_s: float = OFTEN_S) -> None:
    """Let this process look again so often while it waits to write; 0 leaves that to SQLite."""
    _way.every_s = every_s


def looks_every_s() -> float:
    """How often this process looks again, in seconds; 0 where that is left to SQLite."""
    return _way.every_s


def connect_soon(
    connect: Callable[[], sqlite3.Connection], *, timeout_s: float
) -> sqlite3.Connection:
    """Connect as soon as no other process is about to make or to open the same file.

    Whoever connects first turns the file to a log ahead of it (WAL), which needs it alone for a
    moment; for that SQLite waits for nobody, however long its own wait is.

    Args:
        connect: connects, and begins as each connection does.
        timeout_s: how long to wait.

    Raises:
        sqlite3.OperationalError: the file stayed in use for longer than that, or cannot be opened.
    """
    ends_at = time.monotonic() + timeout_s
    while True:
        try:
            return connect()
        except sqlite3.OperationalError as error:
            if time.monotonic() >= ends_at or not _is_busy(error):
                raise
        time.sleep(_CONNECT_EVERY_S)


def begin_soon(
    connection: sqlite3.Connection, statement: str, *, every_s: float, timeout_s: float
) -> None:
    """Begin a transaction as soon as nobody else writes.

    Args:
        connection: whose own wait is ``timeout_s``, and is again when this returns.
        statement: begins it.
        every_s: how often to look.
        timeout_s: how long to wait.

    Raises:
        sqlite3.OperationalError: somebody else wrote for longer than that, or the database fails.
    """
    ends_at = time.monotonic() + timeout_s
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while not _begins(connection, statement, is_last=time.monotonic() >= ends_at):
            time.sleep(every_s)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(timeout_s * 1000)}")


def _begins(connection: sqlite3.Connection, statement: str, *, is_last: bool) -> bool:
    try:
        connection.execute(statement)
    except sqlite3.OperationalError as error:
        if is_last or not _is_busy(error):
            raise
        return False
    return True


def _is_busy(error: sqlite3.OperationalError) -> bool:
    # The lowest byte of an extended code is the plain one.
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
