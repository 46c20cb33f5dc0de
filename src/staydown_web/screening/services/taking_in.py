"""What lies in the tray of findings comes into the database.

The process of pages does it, which gives way to checks: it reads the tray and never writes to it,
so that no check waits for it. How far it came is a cursor in the database, moved by the same
transaction; the server of checks clears away what is behind that. What nobody takes in for a while
that server takes in itself, else the worker does. Source: ADR-0107.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import DatabaseError, connection

from staydown_web.audit.models import Cursor
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import StorageFailedError
from staydown_web.base.rows import PreparedRead
from staydown_web.screening.services.findings import Finding
from staydown_web.screening.services.sheet_texts import read_or_none
from staydown_web.screening.services.sheets import take_in_sheets
from staydown_web.screening.services.tray import AT_ONCE, Row, Tray, is_useful, tray_path

log = logging.getLogger("staydown.recorder")

LEFT_BEHIND_S: Final = 15.0
"""Whoever should have taken a finding in that lies for so long is gone, or has no time for it."""
_SWEPT_AFTER_S = 60.0
"""What is taken in and lies for so long was left by a server of checks that is gone."""
_MOST = 1_000_000
_MOST_A_LOOK = 1_000
_PAUSE_S = 5.0
"""How long a process of pages leaves a tray alone that it could not read or store."""


def take_in(tray: Tray, *, lain_s: float = 0.0, most: int = _MOST) -> int:
    """Store what lies in a tray in the database; it stays there until it is swept.

    Any process may do so at any time: what another has taken in meanwhile is passed over.

    Args:
        tray: where it lies.
        lain_s: leave what has lain there for less than so many seconds.
        most: leave the rest, once so many are stored.

    Returns:
        How many findings.

    Raises:
        sqlite3.Error: the tray cannot be read; nothing is lost.
        DatabaseError: the database takes nothing now; all stays in the tray.
    """
    count, name = 0, tray.name
    while count < most and (rows := tray.rest(name, after=_until(name), lain_s=lain_s)):
        _store(rows, reader=_reader(name))
        count += len(rows)
        if len(rows) < AT_ONCE:
            break
    return count


def taken_until(tray: Tray) -> int:
    """The number of the last finding of a tray that is in the database with all before it."""
    return _until(tray.name)


def sweep(tray: Tray, *, lain_s: float = 0.0) -> None:
    """Clear away all that is taken in.

    Args:
        tray: where it lies.
        lain_s: leave what has lain there for less than so many seconds.

    Raises:
        sqlite3.Error, DatabaseError: as ``take_in``.
    """
    while sweep_some(tray, lain_s=lain_s):
        pass


def sweep_some(tray: Tray, *, lain_s: float = 0.0) -> bool:
    """As ``sweep``, a part of it: checks put something in between.

    Returns:
        Whether there is more.
    """
    name = tray.name
    return tray.sweep(name, until=_until(name), lain_s=lain_s)


def tend(tray: Tray, *, lain_s: float) -> bool:
    """Look after the tray of this server of checks: take in what nobody did, clear away the rest.

    Args:
        tray: its own.
        lain_s: for how long something lies before nobody did; 0.0 for all of it, here and now.

    Returns:
        Whether the tray is empty now.

    Raises:
        sqlite3.Error, DatabaseError: as ``take_in``.
    """
    take_in(tray, lain_s=lain_s)
    if lain_s:
        sweep_some(tray)
    else:
        sweep(tray)
    return tray.is_empty()


class Following:
    """How the recorder of a process of pages takes in what a server of checks has found."""

    def __init__(self) -> None:
        self._until = 0.0
        self._fails = False

    def look(self) -> None:
        """Take in what is new, if anything is; what fails is said once, and tried again later."""
        if time.monotonic() < self._until or (tray := _ours()) is None:
            return
        try:
            take_in(tray, most=_MOST_A_LOOK)
        except (sqlite3.Error, OSError, DatabaseError) as error:
            connection.close()
            self._until = time.monotonic() + _PAUSE_S
            if not self._fails:
                name = getattr(error, "code", type(error).__name__)
                log.error("findings of checks stay in their tray (%s)", name)  # noqa: TRY400 - a trace could hold them
            self._fails = True
        else:
            self._fails = False


def take_in_findings(*, lain_s: float = 0.0) -> int:
    """Move what lies in the tray of this installation into the database, if there is one.

    Args:
        lain_s: leave what has lain there for less than so many seconds.

    Returns:
        How many findings.

    Raises:
        StorageFailedError: the tray cannot be read or written; ``staydown doctor`` says why.
        DatabaseError: the database cannot be written now; all stays in the tray.
    """
    tray = _ours()
    if tray is None:
        return 0
    try:
        count = take_in(tray, lain_s=lain_s)
        sweep(tray, lain_s=_SWEPT_AFTER_S if lain_s else 0.0)
    except sqlite3.Error as error:
        raise StorageFailedError from error
    return count


def bring_alike(findings: Sequence[Finding]) -> None:
    """Bring into the database what lies in the tray of the same content, or by the same keys.

    A tray that cannot be read is passed by: the doctor says so, findings go on without it.

    Raises:
        DatabaseError: the database takes nothing now.
    """
    if (tray := _ours()) is not None:
        with suppress(sqlite3.Error, OSError):
            _store(tray.alike(findings))


def bring_check(check_id: UUID) -> bool:
    """Bring a check into the database that was answered a moment ago.

    Returns:
        Whether it lay in the tray.

    Raises:
        StorageFailedError: the tray cannot be read.
        DatabaseError: the database takes nothing now.
    """
    tray = _ours()
    if tray is None:
        return False
    try:
        rows = tray.of_check(check_id)
    except sqlite3.Error as error:
        raise StorageFailedError from error
    _store(rows)
    return bool(rows)


def _store(rows: Sequence[Row], *, reader: str = "") -> None:
    sheets = [read_or_none(row.sheet) for row in rows]
    until = rows[-1].number if rows else 0
    kept = [sheet for sheet in sheets if sheet is not None]
    if kept or (rows and reader):
        take_in_sheets(kept, now=utc_now(), reader=reader, until=until)


def _reader(name: str) -> str:
    return f"tray:{name}"


def _until(name: str) -> int:
    rows = _CURSORS.rows([_reader(name)])
    return int(rows[0][0]) if rows else 0


_CURSORS = PreparedRead(
    lambda readers: Cursor.objects.filter(reader__in=readers).values_list("seq"), "reader {}".format
)


class _Kept:
    """The tray of this installation as this process has it open."""

    tray: Tray | None = None
    path: Path | None = None
    lock = threading.Lock()


def _ours() -> Tray | None:
    """The tray of this installation, kept open; None where there is none."""
    path = tray_path()
    if not is_useful() or not path.exists():
        return None
    with _Kept.lock:
        if _Kept.tray is None or _Kept.path != path:
            if _Kept.tray is not None:
                _Kept.tray.close()
            _Kept.tray, _Kept.path = Tray(path), path
        return _Kept.tray
