"""What decides about each entry, in a database in memory that every process of this user reads.

An entry that has no row here says nothing, whatever the bank file holds: so one transaction ends an
entry in every process at the same moment.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from staydown.formats.replica_pages import ReplicaPage, ReplicaRow, moment_of

MOST_CORRECTIONS = 10_000
_TABLES = """
CREATE TABLE IF NOT EXISTS entries (id BLOB PRIMARY KEY, bank INTEGER NOT NULL,
  state TEXT NOT NULL, quarantined INTEGER NOT NULL, created INTEGER NOT NULL,
  claimed INTEGER NOT NULL, expires INTEGER NOT NULL, scope TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS corrections (n INTEGER PRIMARY KEY AUTOINCREMENT, check_id TEXT NOT NULL,
  content_ref TEXT NOT NULL, was TEXT NOT NULL, verdict TEXT NOT NULL, at REAL NOT NULL);
"""
_PUT = "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_GET = "SELECT bank, state, quarantined, created, claimed, expires, scope FROM entries WHERE id = ?"
_NOTE = "INSERT OR REPLACE INTO notes VALUES (?, ?)"
_BUSY_S = 30.0


@dataclass(frozen=True, slots=True)
class EdgeFacts:
    """What decides about a match with an entry; see ``staydown.types.judging.EntryFacts``."""

    entry_id: UUID
    bank: str
    state: str
    is_lawful: bool
    is_active: bool
    policy: Mapping[str, str]
    is_quarantined: bool
    account_scope: str
    claimed_at: datetime
    created_at: datetime
    expires_at: datetime | None


class Facts:
    """The database, as one process sees it. Threads share it.

    Args:
        path: in shared memory.
        is_writer: True for the keeper, which makes what is missing.
    """

    def __init__(self, path: Path, *, is_writer: bool = False) -> None:
        mode = "rwc" if is_writer else "rw"
        self._lock = threading.RLock()
        self._db = sqlite3.connect(
            f"file:{path}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=_BUSY_S,
        )
        if is_writer:
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.execute("PRAGMA temp_store = MEMORY")
            # What is deleted is overwritten, and not only forgotten.
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.executescript(_TABLES)
        else:
            self._db.execute("PRAGMA query_only = ON")

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._db.close()

    def find(self, ids: Sequence[UUID]) -> dict[UUID, EdgeFacts]:
        """Facts of those entries that say anything."""
        with self._lock:
            rows = [(i, self._db.execute(_GET, (i.bytes,)).fetchone()) for i in ids]
            banks = json.loads(self.note("banks") or "[]")
        return {i: _facts(i, row, banks[row[0]]) for i, row in rows if row is not None}

    def note(self, name: str) -> str:
        """One of the notes beside the entries; empty where there is none."""
        with self._lock:
            row = self._db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def count(self) -> int:
        """How many entries there are."""
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM entries").fetchone()[0])

    def put(self, page: ReplicaPage) -> list[str]:
        """Take in what a page says; felt by every process when this returns.

        Returns:
            Ids of entries that had a row and have none any more.
        """
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                gone = [row.entry_id.bytes for row in page.rows if row.is_gone]
                living = [row for row in page.rows if not row.is_gone]
                had = [i for i in gone if self._db.execute(_GET, (i,)).fetchone() is not None]
                self._db.executemany("DELETE FROM entries WHERE id = ?", ((i,) for i in had))
                self._db.executemany(_PUT, map(_row, living))
                self._keep(banks=json.dumps([dict(bank) for bank in page.banks]), cursor=page.next)
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
        return [str(UUID(bytes=i)) for i in had]

    def keep(self, **notes: str) -> None:
        """Change notes."""
        with self._lock:
            self._keep(**notes)

    def begin_anew(self) -> None:
        """Begin a transaction in which every entry goes; ``end_anew`` makes it felt."""
        self._lock.acquire()
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("DELETE FROM entries")

    def add(self, rows: Iterable[ReplicaRow]) -> None:
        """Put entries in, within ``begin_anew`` and ``end_anew``."""
        self._db.executemany(_PUT, map(_row, rows))

    def end_anew(self, **notes: str) -> None:
        """End what ``begin_anew`` began; without notes, nothing of it happened."""
        try:
            if notes:
                self._keep(**notes)
            self._db.execute("COMMIT" if notes else "ROLLBACK")
        finally:
            self._lock.release()

    def dump(self) -> bytes:
        """The whole database as bytes."""
        with self._lock:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return self._db.serialize()

    def load(self, raw: bytes) -> None:
        """Put a dump in the place of everything; felt by every process when this returns."""
        other = sqlite3.connect(":memory:")
        try:
            # A dump says that it is written ahead, which a database in memory alone cannot be.
            other.deserialize(raw[:18] + b"\x01\x01" + raw[20:])
            with self._lock:
                other.backup(self._db)
                self._db.execute("PRAGMA journal_mode = WAL")
        finally:
            other.close()

    def tidy(self) -> None:
        """Overwrite what was deleted, also in the file of what was added last."""
        with self._lock:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def correct(
        self, *, check_id: str, content_ref: str, was: str, verdict: str, at: float
    ) -> None:
        """Keep that the hub says something else of an upload than we did."""
        with self._lock:
            self._db.execute(
                "INSERT INTO corrections (check_id, content_ref, was, verdict, at)"
                " VALUES (?, ?, ?, ?, ?)",
                (check_id, content_ref, was, verdict, at),
            )
            self._db.execute(
                "DELETE FROM corrections WHERE n <= (SELECT max(n) FROM corrections) - ?",
                (MOST_CORRECTIONS,),
            )

    def corrections(self, after: int, limit: int) -> list[dict[str, Any]]:
        """What the hub corrected, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT n, check_id, content_ref, was, verdict, at FROM corrections"
                " WHERE n > ? ORDER BY n LIMIT ?",
                (after, limit),
            ).fetchall()
        names = ("n", "check_id", "content_ref", "was", "verdict", "at")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _keep(self, **notes: str) -> None:
        self._db.executemany(_NOTE, notes.items())


def _row(row: ReplicaRow) -> tuple[Any, ...]:
    return (
        row.entry_id.bytes,
        row.bank,
        row.state,
        int(row.is_quarantined),
        row.created_us,
        row.claimed_us,
        row.expires_us,
        row.account_scope,
    )


def _facts(entry_id: UUID, row: Sequence[Any], bank: Mapping[str, Any]) -> EdgeFacts:
    _, state, quarantined, created, claimed, expires, scope = row
    return EdgeFacts(
        entry_id=entry_id,
        bank=bank["slug"],
        state=state,
        is_lawful=bank["is_lawful"],
        is_active=bank["is_active"],
        policy=bank["policy"],
        is_quarantined=bool(quarantined),
        account_scope=scope,
        claimed_at=moment_of(claimed),
        created_at=moment_of(created),
        expires_at=moment_of(expires) if expires else None,
    )
