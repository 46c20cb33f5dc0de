"""Whether the database itself finds its tables whole, and what time it thinks it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError

_MOST_TOLD = 3
_STEPS_BETWEEN_LOOKS = 10_000
_DAMAGED = (
    "SELECT coalesce(max(checksum_failures), 0) FROM pg_stat_database "
    "WHERE datname = current_database()"
)


def database_troubles(connection: Any, *, within_s: float) -> list[str]:
    """What the database finds wrong with itself, in words; empty where all is whole.

    Args:
        connection: of the database.
        within_s: how long it may take.

    Raises:
        TimeoutError: it would take longer.

    Cost: SQLite reads every page once; PostgreSQL a few rows of its catalogue.
    """
    if connection.vendor != "sqlite":
        return _postgresql(connection)
    connection.ensure_connection()
    ends_at = time.monotonic() + within_s
    inner = connection.connection
    # One statement reads for minutes, and nothing else would end it.
    inner.set_progress_handler(lambda: time.monotonic() > ends_at, _STEPS_BETWEEN_LOOKS)
    try:
        return _sqlite(connection)
    except DatabaseError:
        if time.monotonic() > ends_at:
            raise TimeoutError from None
        raise
    finally:
        inner.set_progress_handler(None, 0)


def database_time(connection: Any) -> datetime | None:
    """The clock of the database's machine; None where that is ours."""
    if connection.vendor == "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found.astimezone(UTC)


def _sqlite(connection: Any) -> list[str]:
    with connection.cursor() as cursor:
        rows = cursor.execute(f"PRAGMA quick_check({_MOST_TOLD})").fetchall()
        orphans = cursor.execute("PRAGMA foreign_key_check").fetchmany(_MOST_TOLD)
    troubles = [] if rows == [("ok",)] else [f"damaged pages: {len(rows)} or more"]
    tables = sorted({str(row[0]) for row in orphans})
    if tables:
        troubles.append(f"rows point to rows that are gone, in {', '.join(tables)}")
    return troubles


def _postgresql(connection: Any) -> list[str]:
    asked = (
        (
            _DAMAGED,
            "%d pages were damaged when they were read",
        ),
        ("SELECT count(*) FROM pg_index WHERE NOT indisvalid", "%d indexes are not valid"),
        ("SELECT count(*) FROM pg_constraint WHERE NOT convalidated", "%d rules are not checked"),
    )
    troubles = []
    with connection.cursor() as cursor:
        for statement, words in asked:
            cursor.execute(statement)
            if number := int(cursor.fetchone()[0]):
                troubles.append(words % number)
    return troubles
