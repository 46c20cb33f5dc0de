"""What decides about each entry, as columns in memory: checks that match read no row for it.

To look up an entry that nobody met before took as long as the rest of judging and storing it: each
write of somebody else makes a connection forget what it has read. Twenty bytes an entry say the
same. The log of changes says which entries are not what they were; those are read from the database
again, as are all that the table does not hold. Source: ADR-0024.
"""

from __future__ import annotations

import logging
import threading
import time
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db import DatabaseError, connection

from staydown.isolate.priority import give_way_here
from staydown_web.banks.selectors import (
    EntryFacts,
    Own,
    Standing,
    anchor_of,
    changes_from,
    facts_from,
    last_change,
)

_AFTER: Final = 1_000
"""So many entries are read one by one before all are read at once."""
_MOST: Final = 5_000_000
"""Entries in a table: 100 MB, and some 6 s of processor time to read them."""
_MOST_KINDS: Final = 100_000
"""Different facts in a table: imported entries share theirs, claimed ones have own moments."""
_MOST_READ: Final = 1_000
"""Facts held as objects; the rest are plain tuples, which Python's collector passes over."""
_AT_ONCE: Final = 5_000
_CHANGES_AT_ONCE: Final = 2_000
_PAUSE_S: Final = 60.0
"""From the end of one reading to the beginning of the next."""
_GIVES_WAY: Final = 15
_GONE: Final = -1
_LOW: Final = (1 << 64) - 1
_DIGITS: Final = 32
_LAST: Final = "SELECT max(rowid) FROM banks_entry"
_ROWS: Final = (
    "SELECT group_concat(id, ''), bank_id, state, quarantined_at IS NOT NULL, account_scope,"
    " CAST(claimed_at AS TEXT), CAST(created_at AS TEXT), CAST(expires_at AS TEXT), batch_id"
    " FROM banks_entry WHERE rowid > %s AND rowid <= %s GROUP BY 2, 3, 4, 5, 6, 7, 8, 9"
)
"""A row for all that share their facts: each row that Python takes makes others wait."""

log = logging.getLogger("staydown.facts")


class Columns:
    """The entries of one reading, by the lower half of their ids, which is random.

    Args:
        ids: 16 bytes each.
        kinds: for each, which of the facts are its own.
        facts: those, as ``_ROWS`` has them.
        seq: the last change before the reading began; what came later may be in it or not.
        anchor: of that change; None where there was none.
    """

    def __init__(
        self,
        ids: bytes,
        kinds: np.ndarray,
        facts: Sequence[tuple[Any, ...]],
        seq: int,
        anchor: bytes | None,
    ) -> None:
        halves = np.frombuffer(ids, dtype=">u8").reshape(-1, 2)
        low = halves[:, 1].astype(np.uint64)
        order = np.argsort(low)
        self._low, self._high = low[order], halves[order, 0].astype(np.uint64)
        self._kinds, self._facts = kinds[order], facts
        self._read: dict[int, Own] = {}
        self._seq, self._anchor = seq, anchor
        self._changed = 0
        self.version = -1

    @property
    def is_behind(self) -> bool:
        """Whether so much has changed that to read all again is worth it."""
        return self._changed >= _AFTER

    def own_of(self, id_: int) -> Own | None:
        """The facts of an entry; None where the table cannot say."""
        at = self._place(id_)
        number = _GONE if at is None else int(self._kinds[at])
        if number == _GONE:
            return None
        found = self._read.get(number)
        if found is None:
            if len(self._read) >= _MOST_READ:
                self._read.clear()
            found = self._read[number] = _own(self._facts[number])
        return found

    def follow(self, version: int) -> bool:
        """Forget the entries that have changed since.

        Args:
            version: of the segments, read before.

        Returns:
            Whether it is still a table of this database.
        """
        while True:
            rows = changes_from(self._seq, limit=_CHANGES_AT_ONCE)
            if self._anchor is not None:
                if not rows or anchor_of(rows[0]) != self._anchor:
                    return False
                rows = rows[1:]
            for row in rows:
                self._changed += _AFTER if row.batch_id else 1
                at = None if row.entry_id is None else self._place(row.entry_id.int)
                if at is not None:
                    self._kinds[at] = _GONE
            if not rows:
                self.version = version
                return True
            self._seq, self._anchor = rows[-1].seq, anchor_of(rows[-1])

    def _place(self, id_: int) -> int | None:
        low, high = id_ & _LOW, id_ >> 64
        at = int(self._low.searchsorted(np.uint64(low)))
        while at < len(self._low) and int(self._low[at]) == low:
            if int(self._high[at]) == high:
                return at
            at += 1
        return None


class FactsTable:
    """The columns of this process, made at its start and once much changed; threads share it."""

    def __init__(self) -> None:
        self._columns: Columns | None = None
        self._lock = threading.Lock()
        self._asked = 0
        self._may_read = False
        self._reading: threading.Thread | None = None
        self._again_at = 0.0

    def begin(self) -> None:
        """Read all entries beside what this process does, and again where that is worth it."""
        self._may_read = connection.vendor == "sqlite"
        if self._may_read:
            self._read_beside()

    def find(self, entry_id: UUID, version: int, standing: Standing) -> EntryFacts | None:
        """What decides about matches with an entry; None where the database has to say.

        Args:
            entry_id: of the entry.
            version: of the segments, read before this.
            standing: banks and imports as of that version.
        """
        columns = self._columns
        if columns is not None and columns.version != version:
            columns = self._followed(version)
        own = None if columns is None else columns.own_of(entry_id.int)
        if own is not None:
            return facts_from(entry_id, own, standing)
        if self._may_read:
            self._asked += 1
            if self._asked >= _AFTER and (columns is None or columns.is_behind):
                self._read_beside()
        return None

    def read(self) -> None:
        """Read all entries now."""
        columns = read_columns()
        with self._lock:
            self._columns, self._asked = columns, 0

    def close(self) -> None:
        """Forget them."""
        with self._lock:
            self._columns, self._asked = None, 0

    def _followed(self, version: int) -> Columns | None:
        if connection.in_atomic_block:
            # Changes of one's own transaction are not yet changes.
            return None
        with self._lock:
            columns = self._columns
            if columns is not None and columns.version != version and not columns.follow(version):
                log.warning("facts in memory belong to another database; read anew")
                columns = self._columns = None
            return columns

    def _read_beside(self) -> None:
        with self._lock:
            is_busy = self._reading is not None and self._reading.is_alive()
            if is_busy or time.monotonic() < self._again_at:
                return
            self._reading = threading.Thread(target=self._run, name="facts", daemon=True)
            self._reading.start()

    def _run(self) -> None:
        give_way_here(_GIVES_WAY)
        try:
            self.read()
        except DatabaseError as error:
            log.warning("facts of entries are read one by one (%s)", type(error).__name__)
        finally:
            connection.close()
            self._again_at = time.monotonic() + _PAUSE_S


def read_columns() -> Columns | None:
    """All entries as the database has them; None where they are too many.

    Cost: a second of processor time a million.
    """
    last = last_change()
    ids, kinds = bytearray(), array("i")
    numbers: dict[tuple[Any, ...], int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LAST)
        end = cursor.fetchone()[0] or 0
        for after in range(-1, end, _AT_ONCE):
            cursor.execute(_ROWS, [after, after + _AT_ONCE])
            for alike, *own in cursor.fetchall():
                number = numbers.setdefault(tuple(own), len(numbers))
                ids += bytes.fromhex(alike)
                kinds.extend([number if number < _MOST_KINDS else _GONE] * (len(alike) // _DIGITS))
            if len(kinds) > _MOST:
                return None
    return Columns(
        bytes(ids),
        np.array(kinds, dtype=np.int32),
        list(numbers)[:_MOST_KINDS],
        last.seq if last else 0,
        anchor_of(last) if last else None,
    )


def _own(row: Sequence[Any]) -> Own:
    bank, state, is_quarantined, scope, claimed_at, created_at, expires_at, batch = row
    return Own(
        UUID(bank),
        state,
        bool(is_quarantined),
        scope,
        _moment(claimed_at),
        _moment(created_at),
        None if expires_at is None else _moment(expires_at),
        None if batch is None else UUID(batch),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


FACTS: Final = FactsTable()
"""Of this process."""
