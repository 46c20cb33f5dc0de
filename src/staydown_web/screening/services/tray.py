"""The tray: findings that are durable already and in the database a moment later.

SQLite lets one write at a time. A check that finds something would stand behind every notice, page
and job that writes, and a platform with an upload in its hand would wait for them. A server of
checks (``--checks-port``) puts its findings into a file of its own beside the database instead,
which nobody else writes to; ``taking_in`` brings them into the database. What lies in the tray is
as durable as what lies in the database. Source: ADR-0107.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import math
import os
import secrets
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection

from staydown_web.base.clock import utc_now
from staydown_web.base.sqlite.turns import OFTEN_S, begin_soon
from staydown_web.screening.models import RememberedCheck
from staydown_web.screening.services.findings import Finding, Pending, Place, Recorded, Stored
from staydown_web.screening.services.sheet_texts import read_sheet, write_sheet
from staydown_web.screening.services.sheets import (
    ANSWER,
    Sheet,
    draw_up,
    known_places,
)

log = logging.getLogger("staydown.recorder")

NAME: Final = "findings.sqlite3"
AT_ONCE: Final = 100
"""So many rows are taken in, or cleared away, by one transaction."""
_TIMEOUT_S = 20.0
_MOST_WAITING = 50_000

_TABLES = """
CREATE TABLE IF NOT EXISTS tray (name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS finding (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    place TEXT NOT NULL,
    state TEXT NOT NULL,
    copy_id TEXT NOT NULL,
    check_id TEXT,
    token TEXT,
    sheet BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS finding_place ON finding (place);
CREATE INDEX IF NOT EXISTS finding_token ON finding (token) WHERE token IS NOT NULL;
"""


def tray_path() -> Path:
    """Where the tray of this installation is."""
    return Path(settings.STAYDOWN_HOME) / NAME


def is_useful() -> bool:
    """Whether the database is one that lets one write at a time."""
    return connection.vendor == "sqlite"


@dataclass(frozen=True, slots=True)
class Row:
    """A finding that lies in the tray.

    Attributes:
        number: grows with each that is put there, and never comes again.
        sheet: what it adds to the database, as ``sheet_texts`` reads it.
    """

    number: int
    sheet: bytes


class Tray:
    """The file, and this process's line to it. Any thread may use it.

    Args:
        path: of the file; it is made where it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file: sqlite3.Connection | None = None
        self._name, self._inode = "", 0

    def put(self, batch: Sequence[Pending]) -> None:
        """Store findings here; each has its result, and is durable, when this returns.

        Raises:
            sqlite3.Error: the file cannot be written; nothing of the group is stored.
            DatabaseError: the database cannot be read.
            TrayFullError: too much waits here already.
        """
        # Nobody puts anything else in between, and what is gone from here is in the database: so
        # what is known is known for sure.
        with self._lock, self._turn() as file:
            if _waiting(file) > _MOST_WAITING:
                raise TrayFullError
            known = _known(file, [one.finding for one in batch])
            for one in batch:
                if one.finding.token and (given := _given_before(file, one.finding)) is not None:
                    one.result = given
                    continue
                place = one.finding.place
                known[place], sheet = draw_up(one, known.get(place))
                _insert(file, one.finding, known[place], sheet)
                one.result = Recorded(known[place].check_id or one.check_id, known[place].copy_id)

    def rest(self, name: str, *, after: int, lain_s: float = 0.0, most: int = AT_ONCE) -> list[Row]:
        """What lies here and is not yet taken in, in the order in which it was put here.

        Args:
            name: of the file that is meant; nothing of another one that took its place.
            after: the number up to which it is.
            lain_s: leave out what has lain here for less than so many seconds, and all after it.
            most: so many at most.

        Raises:
            sqlite3.Error: the file cannot be read.
        """
        until = utc_now().timestamp() - lain_s if lain_s else math.inf
        with self._lock:
            file = self._open()
            if self._name != name:
                return []
            oldest = "SELECT at FROM finding WHERE id > ? ORDER BY id LIMIT 1"
            first = file.execute(oldest, [after]).fetchone()
            if first is None or first[0] > until:
                return []
            found = "SELECT id, at, sheet FROM finding WHERE id > ? ORDER BY id LIMIT ?"
            rows = file.execute(found, [after, most]).fetchall()
        # Clocks are set: what comes after the first that is too young stays, however old it seems.
        old = itertools.takewhile(lambda row: row[1] <= until, rows)
        return [Row(number, sheet) for number, _, sheet in old]

    def alike(self, findings: Sequence[Finding]) -> list[Row]:
        """What lies here of the same content, or with the same idempotency key.

        Raises:
            sqlite3.Error: the file cannot be read.
        """
        rows: dict[int, bytes] = {}
        with self._lock:
            file = self._open()
            for one in findings:
                place = [_place_name(one.place)]
                rows.update(file.execute("SELECT id, sheet FROM finding WHERE place = ?", place))
                if one.token:
                    token = [_token_name(one)]
                    rows.update(
                        file.execute("SELECT id, sheet FROM finding WHERE token = ?", token)
                    )
        return [Row(number, rows[number]) for number in sorted(rows)]

    def of_check(self, check_id: UUID) -> list[Row]:
        """What lies here of the content of a check. It looks through all.

        Raises:
            sqlite3.Error: the file cannot be read.
        """
        with self._lock:
            found = self._open().execute(
                "SELECT id, sheet FROM finding WHERE check_id = ? ORDER BY id", [str(check_id)]
            )
            return [Row(*row) for row in found]

    def sweep(self, name: str, *, until: int, lain_s: float = 0.0) -> bool:
        """Clear away some of what is taken in; a check that comes meanwhile waits for this alone.

        Args:
            name: of the file that is meant; another one that took its place stays as it is.
            until: the number of the last of it.
            lain_s: leave what has lain here for less than so many seconds.

        Returns:
            Whether there is more of it.

        Raises:
            sqlite3.Error: the file cannot be written; all stays.
        """
        which = "FROM finding WHERE id <= ? AND at <= ? ORDER BY id LIMIT ?"
        given = [until, utc_now().timestamp() - lain_s, AT_ONCE]
        with self._lock:
            file = self._open()
            if self._name != name or not file.execute(f"SELECT 1 {which}", given).fetchone():
                return False
            with self._turn():
                deletion = f"DELETE FROM finding WHERE id IN (SELECT id {which})"  # noqa: S608 - a constant
                return file.execute(deletion, given).rowcount == AT_ONCE

    def is_empty(self) -> bool:
        """Whether nothing lies here, taken in or not.

        Raises:
            sqlite3.Error: the file cannot be read.
        """
        with self._lock:
            return self._open().execute("SELECT 1 FROM finding LIMIT 1").fetchone() is None

    def examine(self, *, after: int) -> tuple[int, float]:
        """How many findings lie here, and for how many seconds the oldest has.

        Args:
            after: the number up to which they are taken in.

        Raises:
            sqlite3.Error: the file does not hold together.
        """
        with self._lock:
            file = self._open()
            said = file.execute("PRAGMA quick_check(1)").fetchone()
            if said != ("ok",):
                raise sqlite3.DatabaseError("the tray does not hold together")
            count, oldest = file.execute(
                "SELECT count(*), min(at) FROM finding WHERE id > ?", [after]
            ).fetchone()
        return count, 0.0 if oldest is None else max(0.0, utc_now().timestamp() - oldest)

    @property
    def name(self) -> str:
        """What tells this file from any that lay here before or will: 32 hex digits.

        Raises:
            sqlite3.Error: the file cannot be read.
        """
        with self._lock:
            self._open()
            return self._name

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @contextmanager
    def _turn(self) -> Iterator[sqlite3.Connection]:
        file = self._open()
        begin_soon(file, "BEGIN IMMEDIATE", every_s=OFTEN_S, timeout_s=_TIMEOUT_S)
        try:
            yield file
            file.execute("COMMIT")
        except BaseException:
            if file.in_transaction:
                file.execute("ROLLBACK")
            raise

    def _open(self) -> sqlite3.Connection:
        if self._file is not None and not self._is_same():
            # Somebody put another in its place; what is written to this one nobody would find.
            self._let_go()
        if self._file is None:
            _make(self._path)
            self._inode = self._path.stat().st_ino
            file = sqlite3.connect(
                self._path, timeout=_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            try:
                # FULL, as in the database: what was answered survives a loss of power.
                file.execute("PRAGMA journal_mode=WAL")
                file.execute("PRAGMA synchronous=FULL")
                file.execute("PRAGMA secure_delete=ON")
                file.executescript(_TABLES)
                self._name = _named(file)
            except sqlite3.Error:
                file.close()
                raise
            self._file = file
        return self._file

    def _is_same(self) -> bool:
        try:
            return self._path.stat().st_ino == self._inode
        except OSError:
            return False


def _make(path: Path) -> None:
    """Make the file where it is not there: nobody else on this machine may ever read it.

    Under another name first: to close a file that SQLite has open gives up its locks.
    """
    if path.exists():
        return
    handle, made = tempfile.mkstemp(prefix=".findings-", dir=path.parent)
    os.close(handle)
    try:
        with suppress(FileExistsError):  # another process was quicker
            os.link(made, path)
    finally:
        Path(made).unlink()


def _named(file: sqlite3.Connection) -> str:
    """The name of a file; it is given one where it has none."""
    found = file.execute("SELECT name FROM tray").fetchone()
    if found is None:
        add = "INSERT INTO tray (name) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM tray)"
        file.execute(add, [secrets.token_hex(16)])
        found = file.execute("SELECT name FROM tray").fetchone()
    return str(found[0])


class TrayFullError(Exception):
    """So much lies in the tray that findings go straight into the database again."""


def _waiting(file: sqlite3.Connection) -> int:
    ends = "SELECT (SELECT min(id) FROM finding), (SELECT max(id) FROM finding)"
    first, last = file.execute(ends).fetchone()  # asked for in one, SQLite would go through all
    return 0 if first is None else int(last) - int(first) + 1


def _known(file: sqlite3.Connection, findings: Sequence[Finding]) -> dict[Place, Stored]:
    """What is stored of the same content, here or in the database; what is newer counts."""
    # First here, then there: what is taken in between the two looks is seen there.
    waiting: dict[Place, Stored] = {}
    for finding in findings:
        row = file.execute(
            "SELECT copy_id, state, check_id FROM finding WHERE place = ? ORDER BY id DESC LIMIT 1",
            [_place_name(finding.place)],
        ).fetchone()
        if row is not None:
            waiting[finding.place] = Stored(UUID(row[0]), row[1], _id_or_none(row[2]))
    known = known_places(findings)
    for place, stored in waiting.items():
        # A copy that is in both is as the database has it: somebody may have decided about it.
        if place not in known or known[place].copy_id != stored.copy_id:
            known[place] = stored
    return known


def _given_before(file: sqlite3.Connection, finding: Finding) -> Recorded | None:
    """The answer that was given to the same idempotency key."""
    row = file.execute(
        "SELECT sheet FROM finding WHERE token = ? ORDER BY id LIMIT 1", [_token_name(finding)]
    ).fetchone()
    if row is not None:
        kept = dict(zip(ANSWER, read_sheet(row[0]).answer or (), strict=True))
        request, answer = kept["request_digest"], kept["answer"]
    else:
        stored = RememberedCheck.objects.filter(
            api_key_id=finding.key_id, token_digest=finding.token
        )
        found = stored.values_list("request_digest", "answer").first()
        if found is None:
            return None
        request, answer = found
    return Recorded(UUID(answer["check_id"]), None, {**answer, "request": request})


def _insert(file: sqlite3.Connection, finding: Finding, stored: Stored, sheet: Sheet) -> None:
    file.execute(
        "INSERT INTO finding (at, place, state, copy_id, check_id, token, sheet) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            utc_now().timestamp(),
            _place_name(finding.place),
            stored.state,
            str(stored.copy_id),
            None if stored.check_id is None else str(stored.check_id),
            _token_name(finding) if sheet.answer is not None else None,
            write_sheet(sheet),
        ],
    )


def _place_name(place: Place) -> str:
    return hashlib.sha256(orjson.dumps([str(part) for part in place])).hexdigest()


def _token_name(finding: Finding) -> str:
    return f"{finding.key_id}:{finding.token}"


def _id_or_none(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
