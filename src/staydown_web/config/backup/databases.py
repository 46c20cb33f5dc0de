"""Whole copies of the database while others write to it, and the way back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection

from staydown_web.base.emptying import empty_database
from staydown_web.base.errors import ConfigError

SQLITE_NAME: Final = "database.sqlite3"
POSTGRES_NAME: Final = "database.dump"
_DEBIAN = Path("/usr/lib/postgresql")
_PAGES_AT_ONCE = 4_096
"""Pages of 4 KiB between two looks at Ctrl-C."""


def database_name() -> str:
    """What the database's file in a backup is called; it says which kind of database it is."""
    return SQLITE_NAME if connection.vendor == "sqlite" else POSTGRES_NAME


def copy_database(target: Path) -> None:
    """Write a copy of the database as it is at one moment, while everybody goes on.

    Raises:
        ConfigError: the copy does not hold together, or the program that makes it is missing.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    if connection.vendor == "sqlite":
        copy_sqlite(Path(str(connection.settings_dict["NAME"])), target)
        return
    _call("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy an SQLite database that others write to, and prove the copy.

    Raises:
        ConfigError: the copy does not hold together.
    """
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=60)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        # A transaction of our own holds the moment: without it every write of another process
        # would begin the copy anew, and a busy service would never be copied.
        reading.isolation_level = None
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reading.backup(writing, pages=_PAGES_AT_ONCE, sleep=0)
        reading.execute("ROLLBACK")
        writing.execute("PRAGMA journal_mode=DELETE")
        found = writing.execute("PRAGMA quick_check(1)").fetchone()
        if found != ("ok",):
            raise ConfigError("the database does not hold together; run `staydown doctor`")


def put_postgres(source: Path, *, is_again: bool) -> None:
    """Fill an empty PostgreSQL database from a copy, in one transaction.

    Args:
        source: what ``copy_database`` wrote.
        is_again: True first drops what an earlier try of the same restore put there.

    Raises:
        ConfigError: it does not fit, or the program that does it is missing.
    """
    if is_again:
        empty_database()
    name = _connection_values()["PGDATABASE"]
    options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    _call("pg_restore", *options, f"--dbname={name}", str(source))


def has_tables() -> bool:
    """Whether the database holds any table."""
    return bool(connection.introspection.table_names())


def _call(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs; the password goes by its environment alone."""
    path = program(name)
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", **_connection_values()}
    done = subprocess.run(
        [path, "--no-password", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise ConfigError(f"{name} failed: {_reason(done.stderr)}")


def _reason(said: bytes) -> str:
    """The first line that names an error; the rest could hold values of rows."""
    lines = said.decode("utf-8", "replace").splitlines()
    first = next((line for line in lines if "error" in line.lower()), "no reason was given")
    return first.partition("error: ")[2].partition("DETAIL")[0].strip()[:200] or first[:200]


def program(name: str) -> str:
    """Where a program of PostgreSQL's is; the newest, which reads every older server.

    Raises:
        ConfigError: it is not installed.
    """
    found = sorted(
        _DEBIAN.glob(f"*/bin/{name}"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    on_path = str(found[-1]) if found else shutil.which(name)
    if on_path is None:
        raise ConfigError(f"{name} is not installed here; install PostgreSQL's client programs")
    return on_path


def _connection_values() -> dict[str, str]:
    """What PostgreSQL's programs read from their environment."""
    held: Mapping[str, Any] = settings.DATABASES["default"]
    names = (
        ("PGHOST", "HOST"),
        ("PGPORT", "PORT"),
        ("PGUSER", "USER"),
        ("PGPASSWORD", "PASSWORD"),
        ("PGDATABASE", "NAME"),
    )
    values = {name: str(connection.settings_dict.get(key) or held[key]) for name, key in names}
    options: Mapping[str, Any] = held.get("OPTIONS", {})
    for name in ("sslmode", "sslrootcert", "sslcert", "sslkey"):
        if name in options:
            values[f"PG{name.upper()}"] = str(options[name])
    return {name: value for name, value in values.items() if value}
