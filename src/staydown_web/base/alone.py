"""Whether anybody else is connected to the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection

_OTHERS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def has_others() -> bool:
    """Whether another process, or another thread of ours, has the database open."""
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        connection.close()  # ours would count too
        return _sqlite_is_open(path)
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS)
        return bool(cursor.fetchone()[0])


def _sqlite_is_open(path: Path) -> bool:
    """Only who is alone gets such a lock: in WAL mode each connection holds a share of the file."""
    with closing(sqlite3.connect(path, timeout=0.5, isolation_level=None)) as alone:
        try:
            alone.execute("PRAGMA locking_mode=EXCLUSIVE")
            alone.execute("BEGIN EXCLUSIVE")
            alone.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
    return False
