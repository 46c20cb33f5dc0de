"""What lies in the tray of findings comes into the database.

The process of pages does it, which gives way to checks: it reads the tray and never writes to it,
so that no check waits for it. How far it came is a cursor in the database, moved by the same
transaction; the server of checks clears away what is behind that. What nobody takes in for a while
that server takes in itself, else the worker does. Source: ADR-0107.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import DatabaseError, connection

from staydown_web.base.clock import utc_now
from staydown_web.base.errors import StorageFailedError
from staydown_web.screening.services.bringing import plain_or_none, take_in_sheets
from staydown_web.screening.services.findings import Finding
from staydown_web.screening.services.tray import (
    AT_ONCE,
    Row,
    Tray,
    is_useful,
    reader_of,
    taken_in_until,
    tray_path,
)

log = logging.getLogger("staydown.recorder")

LEFT_BEHIND_S: Final = 15.0
"""Whoever should have taken a finding in that lies for so long is gone, or has no time for it."""
RUSH: Final = 500
"""Findings a second above which those who ask come first, and what they found may lie."""
RUSH_LAIN_S: Final = 10.0
"""For how long, at most; less than ``LEFT_BEHIND_S``."""
_FULL = 0.5
"""How much of the tray is in use when it may not."""
_SWEPT_AFTER_S = 60.0
"""What is taken in and lies for so long was left by a server of checks that is gone."""
_MOST = 1_000_000
_A_PIECE = 500
"""So many are taken in before it is asked again whether there is a rush."""
_SHORT_S = 0.05
_PAUSE_S = 5.0
"""How long a process leaves a tray alone that it could not read or store."""


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
        OSError: the tray cannot be read; nothing is lost.
        DatabaseError: the database takes nothing now; all stays in the tray.
    """
    count, name = 0, tray.name
    while count < most and (rows := tray.rest(name, after=taken_in_until(name), lain_s=lain_s)):
        _store(rows, reader=reader_of(name))
        count += len(rows)
        if len(rows) < AT_ONCE:
            break
    return count


def taken_until(tray: Tray) -> int:
    """The number of the last finding of a tray that is in the database with all before it."""
    return taken_in_until(tray.name)


def sweep(tray: Tray, *, lain_s: float = 0.0) -> None:
    """Clear away all that is taken in.

    Args:
        tray: where it lies.
        lain_s: leave what has lain there for less than so many seconds.

    Raises:
        OSError, DatabaseError: as ``take_in``.
    """
    while sweep_some(tray, lain_s=lain_s):
        pass


def sweep_some(tray: Tray, *, lain_s: float = 0.0) -> bool:
    """As ``sweep``, a part of it: checks put something in between.

    Returns:
        Whether there is more.
    """
    name = tray.name
    return tray.sweep(name, until=taken_in_until(name), lain_s=lain_s)


def tend(tray: Tray, *, lain_s: float, sweeps: bool = True) -> bool:
    """Look after the tray of this process: take in what nobody did, clear away what is taken in.

    Args:
        tray: its own.
        lain_s: for how long something lies before nobody did; 0.0 for all of it, here and now.
        sweeps: False leaves what is taken in where it lies.

    Returns:
        Whether the tray is empty now.

    Raises:
        OSError, DatabaseError: as ``take_in``.
    """
    take_in(tray, lain_s=lain_s)
    return _tidied(tray, sweeps=sweeps)


class Tending:
    """How a web process looks after the tray, again and again.

    Args:
        tray: its own.
        takes_in: take in what is new, where no other process does already; else only what was left
            behind.
    """

    def __init__(self, tray: Tray, *, takes_in: bool) -> None:
        self._tray, self._takes_in = tray, takes_in
        self._until = 0.0
        self._fails = False
        self._put: int | None = None
        self._looked_at = time.monotonic()

    def look(self, *, sweeps: bool) -> bool:
        """Take in what is to be; what fails is said once, and tried again later.

        Args:
            sweeps: clear away what is taken in.

        Returns:
            Whether the tray is empty now.
        """
        if time.monotonic() < self._until:
            return False
        try:
            while self._take_in_some() >= _A_PIECE:
                pass
            is_empty = _tidied(self._tray, sweeps=sweeps or self._tray.fill() > _FULL)
        except (OSError, DatabaseError) as error:
            connection.close()
            self._until = time.monotonic() + _PAUSE_S
            if not self._fails:
                name = getattr(error, "code", type(error).__name__)
                log.error("findings of checks stay in their tray (%s)", name)  # noqa: TRY400 - a trace could hold them
            self._fails = True
            return False
        self._fails = False
        return is_empty

    def _take_in_some(self) -> int:
        may_lie_s = self._may_lie_s()
        is_ours = self._takes_in and self._tray.is_kept()
        return take_in(self._tray, lain_s=may_lie_s if is_ours else LEFT_BEHIND_S, most=_A_PIECE)

    def _may_lie_s(self) -> float:
        """How long what is new may lie: a while where more comes than would be found in peace.

        What lay there before the first look is not new.
        """
        now, put = time.monotonic(), self._tray.put_so_far()
        new = 0 if self._put is None else put - self._put
        rate = new / max(now - self._looked_at, _SHORT_S)
        self._put, self._looked_at = put, now
        return RUSH_LAIN_S if rate > RUSH and self._tray.fill() <= _FULL else 0.0


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
    except OSError as error:
        raise StorageFailedError from error
    return count


def bring_alike(findings: Sequence[Finding], tray: Tray | None = None) -> None:
    """Bring into the database what lies in the tray of the same content, or by the same keys.

    A tray that cannot be read is passed by: the doctor says so, findings go on without it.

    Args:
        findings: what is meant.
        tray: the caller's own; else that of this installation.

    Raises:
        DatabaseError: the database takes nothing now.
    """
    if findings and (tray := tray or _ours()) is not None:
        with suppress(OSError):
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
    except OSError as error:
        raise StorageFailedError from error
    _store(rows)
    return bool(rows)


def _tidied(tray: Tray, *, sweeps: bool) -> bool:
    """Clear away what is taken in, where that is wanted; gives whether the tray is empty now."""
    if sweeps:
        sweep(tray)
    return tray.is_empty()


def _store(rows: Sequence[Row], *, reader: str = "") -> None:
    sheets = [plain_or_none(row.sheet) for row in rows]
    until = rows[-1].number if rows else 0
    kept = [sheet for sheet in sheets if sheet is not None]
    if kept or (rows and reader):
        take_in_sheets(kept, now=utc_now(), reader=reader, until=until)


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
