"""A bell that every machine hears: what changed here matters there within a moment.

PostgreSQL carries it (``NOTIFY``), with the transaction in which it is rung or not at all. It says
that there is something to look at and nothing of what it is; the database is the truth. Who misses
it finds the same a moment later by looking. SQLite lies on one machine: there, memory says so.
Source: ADR-0087.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from django.db import DatabaseError, connection

_CHANNEL: Final = "staydown"


class News(StrEnum):
    """What is to be looked at."""

    CHANGED = "changed"
    """Entries, banks or lists: segments are to be brought up to date."""
    TOUCHED = "touched"
    """Something that caches hold."""


def ring(what: News) -> None:
    """Let every machine hear it once the current transaction is durable."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [_CHANNEL, what.value])


class Listener:
    """Hears the bell, on a connection of its own, so that no other call meets what was rung."""

    def __init__(self) -> None:
        self._own: Any = None

    def wait(self, *, timeout_s: float) -> frozenset[News] | None:
        """What was rung; waits for the first ring, at most so long.

        After a lost connection everything may have been missed, so everything is told.

        Returns:
            What was rung since the last call; empty where nothing was. None where the database
            carries no bell: then nothing was waited for.

        Raises:
            django.db.DatabaseError: the connection broke; the next call makes another.
        """
        if connection.vendor != "postgresql":
            return None
        try:
            if self._own is None:
                self._own = connection.copy()
                with self._own.cursor() as cursor:
                    cursor.execute(f"LISTEN {_CHANNEL}")
                return frozenset(News)
            with self._own.wrap_database_errors:
                heard = self._own.connection.notifies(timeout=timeout_s, stop_after=1)
                return frozenset(News(one.payload) for one in heard if one.payload in {*News})
        except DatabaseError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection; the next call makes another."""
        own, self._own = self._own, None
        if own is not None:
            own.close()
