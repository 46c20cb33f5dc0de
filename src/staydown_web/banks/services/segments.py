"""The bank in shared memory: one file that every process of this machine maps and follows.

The database is the truth. This file is brought up to it change by change, under one lock, whoever
comes first: the request that changed something, the worker, or a process that starts. Applying a
change twice does no harm, so a crash between any two steps is healed by the next who comes.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from uuid import UUID

from staydown import Fingerprint, Match, Matcher
from staydown.errors import SnapshotError, SnapshotMissingError, StaydownError
from staydown.index import BankFile
from staydown_web.banks.models import EntryChange
from staydown_web.banks.selectors import (
    Living,
    anchor_of,
    changes_from,
    imported_after,
    last_change,
    living_entries,
    living_of,
)
from staydown_web.banks.services.bulk import fill
from staydown_web.banks.services.segment_store import SegmentStore
from staydown_web.banks.services.shared_state import Progress, SharedState
from staydown_web.banks.services.snapshots import Frozen, Snapshots
from staydown_web.banks.services.soundness import (
    DAMAGE,
    mark_at,
    open_beside,
    refresh_marked,
    require_entries,
)
from staydown_web.banks.services.travelling import fetch_newer
from staydown_web.banks.services.unsealing import unseal_newest
from staydown_web.base.errors import BankNotReadyError

_AT_ONCE = 2_000
_WAIT_S = 60.0
_MOST_FOUND = 10_000
"""How many answers a process keeps while nothing changes."""
_MOST_READY = 20
"""Pages that a process keeps for the segments; where another was quicker, they are not needed."""

log = logging.getLogger("staydown.segments")


class Segments:
    """The bank in shared memory, as one process sees it.

    Args:
        folder: in memory, of this user alone; decrypted segments lie nowhere else.
        sealed: on disk, for sealed snapshots.
        store: from which a start may fetch a newer one; None: there is none.
    """

    def __init__(self, folder: Path, sealed: Path, *, store: SegmentStore | None = None) -> None:
        self._state = SharedState(folder)
        self._path = folder / "bank"
        self.snapshots = Snapshots(sealed)
        self.store = store
        self._bank: BankFile | None = None
        self._matcher: Matcher | None = None
        self._opening = threading.Lock()
        self._was_open = False
        self._reopening: threading.Thread | None = None
        self._seen = -1
        self._found: dict[bytes, list[Match]] = {}
        self._ready: dict[UUID, Sequence[Living]] = {}
        self.pid = os.getpid()

    @property
    def is_open(self) -> bool:
        """Whether this process has the bank mapped."""
        return self._matcher is not None

    @property
    def version(self) -> int:
        """Grows with every change; caches go by it."""
        return self._state.version

    def touch(self) -> None:
        """Tell every process that something its caches hold has changed."""
        self._state.touch()

    def __len__(self) -> int:
        return len(self._opened())

    def match(self, fingerprint: Fingerprint) -> list[Match]:
        """Entries that a fingerprint is a copy of, best first, as of this moment.

        Raises:
            BankNotReadyError: the bank cannot be searched; that is never the same as no match.
        """
        matcher = self._matcher or self._open_again()
        try:
            return self._match(matcher, fingerprint)
        except DAMAGE as error:
            raise self.distrust(error) from None

    def _match(self, matcher: Matcher, fingerprint: Fingerprint) -> list[Match]:
        version = self._state.version
        if version != self._seen and self._bank is not None:
            refresh_marked(self._bank, self._state)
            self._found, self._seen = {}, version
        # The same again and again is what happens to content that spreads. What matches nothing is
        # not kept: its answer must not tell by its time that somebody asked before.
        kept = self._found
        key = hashlib.sha256(fingerprint.to_bytes()).digest() if kept else b""
        found = kept.get(key)
        if found is None:
            found = matcher.match(fingerprint)
            if found:
                if len(kept) >= _MOST_FOUND:
                    kept.clear()
                kept[key or hashlib.sha256(fingerprint.to_bytes()).digest()] = found
        return list(found)

    def open(self) -> Matcher:
        """Map the bank; make it first where nobody has, from a snapshot or from the database."""
        # Always in this order: whoever writes may have to open.
        with self._state.writing(), self._opening:
            if self._matcher is not None:
                return self._matcher
            if self._state.progress() is None or not self._path.exists():
                self._restore()
            try:
                bank = self._mapped()
            except SnapshotError as error:
                code = error.code
                log.error("segments in memory are unusable (%s); made anew", code)  # noqa: TRY400
                self._path.unlink(missing_ok=True)
                self._restore()
                bank = self._mapped()
            self._bank, self._was_open = bank, True
            self._catch_up(bank)
            try:
                require_entries(bank, lambda: self._catch_up(bank))
            except SnapshotError:
                log.error("segments in memory lack entries of the database; made anew")  # noqa: TRY400
                self._rebuild()
                self._catch_up(bank)
            # Whoever changes the file moves the page of state afterwards: cheaper to look at.
            self._matcher = Matcher(bank)
            return self._matcher

    def _open_again(self) -> Matcher:
        """The bank where it is not mapped: at first at once, after damage from beside.

        Raises:
            BankNotReadyError: making it anew takes longer than an upload should wait.
        """
        if not self._was_open:
            return self.open()
        self._reopening = open_beside(self._reopening, self.open)
        matcher = self._matcher
        if matcher is None:
            raise BankNotReadyError
        return matcher

    def distrust(self, error: StaydownError) -> BankNotReadyError:
        """Let go of a bank that cannot be read, and see that nobody opens it any more.

        Returns:
            What to tell whoever needed it.
        """
        log.error("the bank in memory cannot be used (%s); it is made anew", error.code)
        with self._state.writing(), self._opening:
            bank, self._bank, self._matcher, self._found = self._bank, None, None, {}
            if bank is not None and bank.is_at_its_path():
                self._path.unlink(missing_ok=True)
            if bank is not None:
                bank.close()
        return BankNotReadyError()

    def examine(self) -> bool:
        """Compare the bank in memory with its checksums and with the database.

        Returns:
            Whether all was well; what was not has been made anew then.
        """
        bank = self._opened()
        try:
            bank.verify()
            with self._state.writing():
                require_entries(bank, self.catch_up)
        except DAMAGE as error:
            self.distrust(error)
            self.open()
            return False
        return True

    def bank(self) -> BankFile:
        """The bank as of this moment, for other searches than ``match``.

        Raises:
            BankNotReadyError: it cannot be searched.
        """
        if self._matcher is None:
            self._open_again()
        bank, version = self._opened(), self._state.version
        try:
            if version != self._seen:
                refresh_marked(bank, self._state)
                self._found, self._seen = {}, version
        except DAMAGE as error:
            raise self.distrust(error) from None
        return bank

    def _move(self, progress: Progress) -> None:
        self._state.move(progress, mark_at(self._path))

    def close(self) -> None:
        """Let go of the bank; other processes keep it."""
        self._matcher = None
        if self._bank is not None:
            self._bank.close()
        self._bank = None
        self._state.close()

    def catch_up(self) -> int:
        """Apply every change of the database that the bank does not hold yet.

        Returns:
            How many changes.

        Raises:
            BankNotReadyError: it cannot be read; the next who comes makes it anew.
        """
        try:
            return self._catch_up(self._opened())
        except DAMAGE as error:
            raise self.distrust(error) from None

    def _catch_up(self, bank: BankFile) -> int:
        done = 0
        with self._state.writing():
            if not self._path.exists():
                raise SnapshotMissingError("the bank in memory is gone")
            refresh_marked(bank, self._state)
            while True:
                progress = self._state.progress() or Progress()
                rows = changes_from(progress.applied, limit=_AT_ONCE)
                if progress.applied and (not rows or anchor_of(rows[0]) != progress.anchor):
                    log.warning("segments in memory belong to another database; made anew")
                    self._rebuild()
                    bank.refresh()
                    continue
                news = rows[1:] if progress.applied else rows
                if not news:
                    return done
                removed = self._apply(bank, news)
                self._move(Progress(news[-1].seq, anchor_of(news[-1]), progress.removed + removed))
                done += len(news)

    def purge(self) -> int:
        """Write the bank anew without the bytes of removed entries, and snapshots with it.

        Returns:
            How many removed entries' bytes went; 0 where there were none.
        """
        bank = self._opened()
        with self._state.writing():
            self.catch_up()
            progress = self._state.progress() or Progress()
            if not progress.removed:
                return 0
            bank.compact()
            self._move(Progress(progress.applied, progress.anchor, 0))
        self.save()
        return progress.removed

    def save(self) -> Path:
        """Seal a snapshot on disk, and delete the older ones; writers wait for a moment alone."""
        self._opened()
        with self.snapshots.sealing():
            with self._state.writing():
                self.catch_up()
                progress = self._state.progress() or Progress()
                frozen = Frozen(self._path)
            with frozen:
                return self.snapshots.seal(frozen, progress)

    def unsaved(self) -> int | None:
        """How much the newest snapshot lacks, in changes and entries; None where there is none."""
        newest = self.snapshots.newest_first()
        if not newest:
            return None
        progress, saved = self._state.progress() or Progress(), int(newest[0].stem)
        return progress.applied - saved + imported_after(saved)

    def _opened(self) -> BankFile:
        if self._bank is None:
            self.open()
        if self._bank is None:
            raise SnapshotMissingError("the bank was closed while it was opened")
        return self._bank

    def _mapped(self) -> BankFile:
        # Not followed by itself: the page of state says when to look, and at which file.
        bank = BankFile.open(self._path, threads=1)
        # Purging a large bank takes some seconds; whoever waits for it must not fail.
        bank.busy_timeout_s = _WAIT_S
        refresh_marked(bank, self._state)
        return bank

    def _apply(self, bank: BankFile, rows: Iterable[EntryChange]) -> int:
        """Make the bank hold what the database says of the entries that changed."""
        rows = list(rows)
        removed = 0
        ids = list(dict.fromkeys(row.entry_id for row in rows if row.entry_id is not None))
        living = {entry.entry_id: entry for entry in living_of(ids)}
        for entry_id in ids:
            if entry_id not in living and str(entry_id) in bank:
                bank.remove(str(entry_id))
                removed += 1
        fill(bank, (living[i] for i in ids if i in living))
        gone = {entry_id for entry_id in ids if entry_id not in living}
        for batch_id in {row.batch_id for row in rows if row.batch_id is not None}:
            self._add_batch(bank, batch_id, gone)
        return removed

    def prefill(self, batch_id: UUID, puts: Iterable[Callable[[BankFile], object]]) -> None:
        """Put the entries of an import in before it counts, without reading them back.

        Until the import is done, matches with its entries mean nothing. The lock is held for each
        piece alone, so that a notice meanwhile waits for one piece at most.
        """
        bank, mark = self._opened(), self._mark(batch_id)
        begun = mark.with_suffix(".begun")
        begun.touch(mode=0o600)
        for put in puts:
            with self._state.writing():
                self.catch_up()
                put(bank)
        with self._state.writing():
            # Gone where the bank was made anew in between: then its entries are read back.
            if begun.exists():
                begun.rename(mark)

    def keep_ready(self, batch_id: UUID, entries: Sequence[Living]) -> None:
        """Entries of a page that was just committed, for the next ``catch_up`` of this process."""
        if len(self._ready) >= _MOST_READY:
            self._ready.clear()
        self._ready[batch_id] = entries

    def _add_batch(self, bank: BankFile, batch_id: UUID, gone: set[UUID]) -> None:
        mark = self._mark(batch_id)
        if not mark.exists():
            # What this process has just stored need not be read back and unsealed.
            ready = self._ready.pop(batch_id, None)
            entries = living_entries(batch_id=batch_id) if ready is None else ready
            fill(bank, (e for e in entries if e.entry_id not in gone))
        mark.unlink(missing_ok=True)

    def _mark(self, batch_id: UUID) -> Path:
        """Says that the bank holds all entries of an import; a bank made anew does not."""
        return self._path.with_name(f"import-{batch_id}")

    def _restore(self) -> None:
        """Make the bank from the newest snapshot that is whole, else from the database."""
        if self.store is not None:
            fetch_newer(self.snapshots, self.store)
        progress = unseal_newest(self.snapshots, self._path)
        if progress is None:
            self._rebuild()
        else:
            self._move(progress)

    def _rebuild(self) -> None:
        """Make the bank anew from the database, and put it in the old one's place at once."""
        last = last_change()
        for mark in self._path.parent.glob("import-*"):
            mark.unlink(missing_ok=True)
        made = self._path.with_name(f".bank.{os.getpid()}")
        made.unlink(missing_ok=True)
        with BankFile.create(made) as bank:
            fill(bank, living_entries())
        made.replace(self._path)
        applied, anchor = (last.seq, anchor_of(last)) if last else (0, bytes(32))
        self._move(Progress(applied, anchor, 0))
