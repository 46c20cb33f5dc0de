"""Whoever answers somebody is next to write within a moment; others wait as SQLite does."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from django.db import OperationalError, connection, connections, transaction

from staydown_web.base.lending import OwnLine, keep_lines
from staydown_web.base.outages import outage_of
from staydown_web.base.sqlite.base import DatabaseWrapper
from staydown_web.base.sqlite.turns import begin_soon, look_often, looks_every_s
from staydown_web.config.web_server import warm_up

BEGIN = "BEGIN IMMEDIATE"
STARTED = (
    "staydown_web.banks.services.open_segments",
    "staydown_web.base.counting.start_counting",
    "staydown_web.base.logs.guard_process",
    "staydown_web.base.tracing.start_tracing",
    "staydown_web.config.watch.looking.WATCH.start",
    "staydown_web.screening.services.start_decoding",
    "staydown_web.screening.services.start_keeper",
    "staydown_web.screening.services.start_recorder",
)
"""What a web process starts beside."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(made, isolation_level=None)) as one:
        one.execute("PRAGMA journal_mode = WAL")
        one.execute("CREATE TABLE rows (n INTEGER)")
    return made


@pytest.fixture
def often() -> Iterator[None]:
    look_often()
    yield
    look_often(0)
    keep_lines(is_on=False)


def opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)


def wait_of(one: sqlite3.Connection) -> int:
    return int(one.execute("PRAGMA busy_timeout").fetchone()[0])


def test_all_who_open_a_new_file_at_once_get_it(tmp_path: Path) -> None:
    def connect(path: Path, together: threading.Barrier, timeout_s: float = 20) -> str:
        options = {"timeout": timeout_s, "init_command": "PRAGMA journal_mode=WAL"}
        line = DatabaseWrapper({"NAME": str(path), "OPTIONS": options})
        together.wait(20)
        with closing(line.get_new_connection(line.get_connection_params())) as made:
            return str(made.execute("PRAGMA journal_mode").fetchone()[0])

    with ThreadPoolExecutor(3) as pool:
        for n in range(40):
            again = [tmp_path / f"{n}.sqlite3"] * 3, [threading.Barrier(3)] * 3
            assert [*pool.map(connect, *again)] == ["wal"] * 3

    with closing(opened(tmp_path / "held.sqlite3")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            connect(tmp_path / "held.sqlite3", threading.Barrier(1), timeout_s=0)


def test_the_turn_comes_when_the_other_is_done(path: Path) -> None:
    with closing(opened(path)) as holder, closing(opened(path)) as waiter:
        holder.execute(BEGIN)
        timer = threading.Timer(0.3, holder.execute, ("COMMIT",))
        timer.start()
        began = time.monotonic()
        begin_soon(waiter, BEGIN, every_s=0.001, timeout_s=20)
        assert time.monotonic() - began >= 0.25
        timer.join()
        assert waiter.in_transaction
        waiter.execute("INSERT INTO rows VALUES (1)")
        waiter.execute("COMMIT")
        assert wait_of(waiter) == 20_000


def test_who_waits_too_long_is_told_that_the_database_is_busy(path: Path) -> None:
    with closing(opened(path)) as holder, closing(opened(path)) as waiter:
        holder.execute(BEGIN)
        with pytest.raises(sqlite3.OperationalError, match="locked") as caught:
            begin_soon(waiter, BEGIN, every_s=0.001, timeout_s=0.05)
        assert caught.value.sqlite_errorcode == sqlite3.SQLITE_BUSY
        assert not waiter.in_transaction
        assert wait_of(waiter) == 50
        holder.execute("ROLLBACK")
        begin_soon(waiter, BEGIN, every_s=0.001, timeout_s=0.05)
        assert waiter.in_transaction


def test_another_failure_is_told_at_once(path: Path) -> None:
    with closing(opened(path)) as one:
        one.execute(BEGIN)
        with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
            begin_soon(one, BEGIN, every_s=0.001, timeout_s=20)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="how SQLite waits")
def test_a_transaction_of_the_service_waits_so(often: None, monkeypatch) -> None:
    connection.ensure_connection()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.2)
    with closing(opened(Path(connection.settings_dict["NAME"]))) as holder:
        holder.execute(BEGIN)
        with pytest.raises(OperationalError) as caught, transaction.atomic():
            raise AssertionError("somebody else writes")
        assert outage_of(caught.value).code == "database_busy"
        threading.Timer(0.1, holder.execute, ("COMMIT",)).start()
        with transaction.atomic():
            assert connection.connection.in_transaction
    assert not connection.connection.in_transaction


@pytest.mark.django_db(transaction=True)
def test_web_processes_look_often_and_keep_lines_and_others_do_not(
    often: None, monkeypatch
) -> None:
    look_often(0)
    for what in STARTED:
        monkeypatch.setattr(what, lambda *_given, **_named: None)
    line, mine = OwnLine(), connections["default"]
    with line.in_place():
        assert connections["default"] is mine
    warm_up()
    assert 0 < looks_every_s() <= 0.005
    with line.in_place():
        assert (connections["default"] is mine) is (connection.vendor != "sqlite")
    line.close()
