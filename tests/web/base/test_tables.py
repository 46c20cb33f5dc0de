"""Tables are changed by one process at a time, and a table in use is waited for with patience."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from staydown_web.base import tables
from staydown_web.base.errors import ConfigError
from staydown_web.base.sql import impatient, is_lock_timeout, try_alone
from upgrade_scene import Installation, fresh_database

MAKE = "from staydown_web.base.tables import make_tables\nprint(make_tables())"
BEGIN = "from staydown_web.config.preparing import set_up_django\nset_up_django()\n"
ON_POSTGRESQL = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite locks no tables"
)


@contextmanager
def in_another_session(statement: str) -> Iterator[None]:
    """Another connection that has run a statement in a transaction which is still open."""
    begun, ended = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
                begun.set()
                ended.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait(60)
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.django_db
def test_processes_that_start_at_once_make_the_tables_once(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    with fresh_database(tmp_path.name) as url:
        new = Installation(tmp_path / "home", url)
        started = [
            subprocess.Popen(
                [sys.executable, "-c", BEGIN + MAKE],
                env=new.environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        ended = [process.communicate(timeout=300) for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], ended
    assert sorted(out.strip() for out, _ in ended) == ["False", "False", "True"]


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_a_change_gives_up_a_table_in_use_before_others_queue_up_behind_it() -> None:
    with (
        in_another_session("LOCK TABLE audit_checkpoint IN ACCESS SHARE MODE"),
        pytest.raises(OperationalError) as error,
        impatient(connection, wait_ms=50),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("LOCK TABLE audit_checkpoint IN ACCESS EXCLUSIVE MODE")
    assert is_lock_timeout(error.value)
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_who_changes_tables_keeps_others_away_until_the_end() -> None:
    seen: list[bool] = []

    def look() -> None:
        with try_alone(connection) as is_ours:
            seen.append(is_ours)
        connection.close()

    with try_alone(connection) as is_ours:
        assert is_ours
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    look_again = threading.Thread(target=look)
    look_again.start()
    look_again.join()
    assert seen == [False, True]


class NotAvailableError(Exception):
    """As the driver says it."""

    sqlstate = "55P03"


def refusing(times: int, cause: Exception) -> Any:
    left = [times]

    def call(*_: object, **__: object) -> None:
        if left[0]:
            left[0] -= 1
            raise OperationalError("in use") from cause

    return call


def test_a_table_in_use_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(tables.time, "sleep", waited.append)
    monkeypatch.setattr(tables, "LOCK_WAIT_MS", 50)
    monkeypatch.setattr(tables, "impatient", lambda *_, **__: transaction_free())
    monkeypatch.setattr(tables, "call_command", refusing(3, NotAvailableError()))
    tables._change()
    assert waited == [*tables.PAUSES_S[:3]]
    monkeypatch.setattr(tables, "call_command", refusing(99, NotAvailableError()))
    with pytest.raises(ConfigError, match="holds one for long"):
        tables._change()
    monkeypatch.setattr(tables, "call_command", refusing(1, ValueError()))
    with pytest.raises(OperationalError):
        tables._change()


@contextmanager
def transaction_free() -> Iterator[None]:
    yield


def test_a_process_that_is_at_it_for_ever_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "ALONE_WITHIN_S", 0.0)
    path, late = tmp_path / ".tables", 0.0
    with (
        tables._locked_file(path, 1e12),
        pytest.raises(ConfigError, match="another process"),
        tables._locked_file(path, late),
    ):
        raise AssertionError("two at once")
