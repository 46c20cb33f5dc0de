"""SQL that the ORM cannot say. No room but this one writes any; migrations run what this gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")
_TABLES_LOCK = 0x57A7_D014
"""Number of the lock under which tables are changed; the database knows locks by numbers alone."""
_CLOSING_LOCK = 0x57A7_D062
"""Under which one picture at a time is closed, because somebody in it may be under 18."""
_LOCK_NOT_AVAILABLE = "55P03"


def append_only(table: str, vendor: str) -> list[str]:
    """Statements after which the database refuses to change or delete a row of a table.

    Args:
        table: name in the database, lower case.
        vendor: ``sqlite`` or ``postgresql``.

    Raises:
        ValueError: another vendor, or not a name.
    """
    _check(table, vendor)
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("update", "delete")
        ]
    refuse = (
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{table} is append-only' "
        f"USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    run = f"EXECUTE FUNCTION {table}_refuse()"
    change = f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {run}"
    truncate = f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {run}"
    return [
        refuse,
        f"CREATE TRIGGER {table}_no_change {change}",
        f"CREATE TRIGGER {table}_no_truncate {truncate}",
    ]


def changeable(table: str, vendor: str) -> list[str]:
    """Statements that take ``append_only`` back; nothing happens where it did not hold."""
    _check(table, vendor)
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for verb in ("update", "delete")]
    return [
        f"DROP TRIGGER IF EXISTS {table}_no_change ON {table}",
        f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}",
        f"DROP FUNCTION IF EXISTS {table}_refuse()",
    ]


def run_for(
    tables: list[str], statements: Callable[[str, str], list[str]]
) -> Callable[[Any, Any], None]:
    """A step for ``migrations.RunPython`` that runs statements in the dialect of the database."""

    def step(apps: Any, schema_editor: Any) -> None:
        for table in tables:
            for statement in statements(table, schema_editor.connection.vendor):
                schema_editor.execute(statement)

    return step


def journal_mode(connection: Any) -> str:
    """SQLite's journal mode, lower case; empty for another database."""
    if connection.vendor != "sqlite":
        return ""
    with connection.cursor() as cursor:
        return str(cursor.execute("PRAGMA journal_mode").fetchone()[0])


@contextmanager
def try_alone(connection: Any) -> Iterator[bool]:
    """Take the lock under which one process of all machines changes tables, if nobody has it.

    Gives whether it is ours; it ends with the block, or with the connection of a process that was
    killed. Another database than PostgreSQL lies on one machine: there it is always ours.
    """
    if connection.vendor != "postgresql":
        yield True
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_TABLES_LOCK])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_TABLES_LOCK])


def wait_to_close(connection: Any) -> None:
    """Wait until no other transaction closes a picture; until the end of this one none does.

    Each takes tasks and decisions that another may want too, in no order that all others keep to.
    Another database than PostgreSQL has one writer: there nobody waits.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CLOSING_LOCK])


@contextmanager
def impatient(connection: Any, *, wait_ms: int) -> Iterator[None]:
    """Let no statement wait longer for a lock, on PostgreSQL; SQLite has its own timeout."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [str(wait_ms)])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


def is_lock_timeout(error: BaseException) -> bool:
    """Whether the database gave up because somebody else held what it wanted."""
    cause = error.__cause__
    if getattr(cause, "sqlstate", "") == _LOCK_NOT_AVAILABLE:
        return True
    return getattr(cause, "sqlite_errorname", "").startswith("SQLITE_BUSY")


def _check(table: str, vendor: str) -> None:
    if not _NAME.fullmatch(table):
        raise ValueError("not the name of a table")
    if vendor not in {"sqlite", "postgresql"}:
        raise ValueError("neither sqlite nor postgresql")
