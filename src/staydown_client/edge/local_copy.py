"""The decrypted copy in shared memory: built, brought up, tidied and destroyed by the keeper."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from staydown import Fingerprint, SignalType
from staydown.errors import SnapshotError
from staydown.formats.replica_pages import ReplicaPage, ReplicaRow
from staydown.index import BankFile
from staydown_client.edge.errors import SealedFileError
from staydown_client.edge.facts import Facts
from staydown_client.edge.memory import Memory, Standing, wipe, wipe_open
from staydown_client.edge.sealed_log import SealedLog

_HASHES_AT_ONCE = 1_000_000
_WHOLE_AT_ONCE = 20_000
_CHUNK = 4 << 20
_WAIT_S = 60.0
_BANK, _FACTS, _END = b"B", b"F", b"E"


class LocalCopy:
    """The bank file and the facts in shared memory. One keeper writes them.

    Args:
        memory: the folder; this process is its keeper.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._bank: BankFile | None = None
        self._wiping: list[int] = []
        self.facts = Facts(memory.facts, is_writer=True)
        self.removed = 0
        """How many entries are gone whose bytes are still in the bank file."""

    @property
    def is_there(self) -> bool:
        """Whether there is a copy that this process brings up."""
        return self._bank is not None

    def __len__(self) -> int:
        return len(self._bank) if self._bank is not None else 0

    def reopen(self) -> bool:
        """Go on with the copy that an earlier keeper left in memory; False where it is unusable."""
        try:
            self._opened()
        except SnapshotError:
            return False
        # It may have removed entries whose bytes are still there.
        self.removed = 1
        return True

    def build(self, pages: Iterable[ReplicaPage], *, cursor: str) -> None:
        """Make the copy from pages of all entries, and put it in the place of what is there.

        Raises:
            InputError: an entry came twice, or its signals cannot be read.
        """
        made = self._memory.folder / f".bank.{os.getpid()}"
        made.unlink(missing_ok=True)
        banks = "[]"
        self.facts.begin_anew()
        try:
            with BankFile.create(made, threads=1) as bank:
                for page in _joined(pages):
                    add_rows(bank, page.rows)
                    self.facts.add(page.rows)
                    banks = _banks_of(page) if page.banks else banks
            self._put_in_place(made)
        except BaseException:
            self.facts.end_anew()
            made.unlink(missing_ok=True)
            raise
        self.facts.end_anew(banks=banks, cursor=cursor)
        self.removed = 0

    def save(self, log: SealedLog) -> None:
        """Seal the whole copy; durable when this returns."""
        with self._memory.bank.open("rb") as file:
            while chunk := file.read(_CHUNK):
                log.append(_BANK + chunk, is_durable=False)
        dump = self.facts.dump()
        for at in range(0, len(dump), _CHUNK):
            log.append(_FACTS + dump[at : at + _CHUNK], is_durable=False)
        log.append(_END)

    def restore(self, log: SealedLog) -> None:
        """Put a sealed copy in the place of what is there.

        Raises:
            SealedFileError: it is damaged, or not whole.
        """
        made = self._memory.folder / f".bank.{os.getpid()}"
        dump, is_whole = bytearray(), False
        with made.open("wb") as file:
            made.chmod(0o600)
            for record in log.records():
                kind, body = record[:1], record[1:]
                if kind == _BANK:
                    file.write(body)
                elif kind == _FACTS:
                    dump += body
                is_whole = kind == _END
        if not is_whole:
            made.unlink()
            raise SealedFileError("a sealed copy is not whole")
        self._put_in_place(made)
        self.facts.load(bytes(dump))
        self.removed = 0

    def apply(self, page: ReplicaPage) -> None:
        """Take in what changed; felt by every process when this returns.

        An entry is in the bank before it has facts, and loses its facts before it leaves the bank,
        so that no moment in between shows half of it.
        """
        bank = self._opened()
        bank.refresh()
        living = [row for row in page.rows if not row.is_gone]
        add_rows(bank, (row for row in living if str(row.entry_id) not in bank))
        gone = self.facts.put(page)
        self._memory.say(seq=page.seq, entries=len(bank) - len(gone))
        # Also those without facts: a keeper that was killed may have got no further than that.
        for entry_id in (str(row.entry_id) for row in page.rows if row.is_gone):
            if entry_id in bank:
                bank.remove(entry_id)
                self.removed += 1

    def tidy(self) -> bool:
        """Write the bank anew without the bytes of entries that are gone, and wipe the old one.

        Returns:
            Whether there was anything to do.
        """
        done = False
        if self.removed and self._bank is not None:
            self._wiping.append(os.open(self._memory.bank, os.O_RDWR | os.O_CLOEXEC))
            self._bank.compact()
            self.facts.tidy()
            self.removed = 0
            self._memory.say()
            done = True
        if self._wiping:
            # Whoever is matching still reads the old bytes: they are wiped when nobody is, or at
            # the next turn.
            with suppress(TimeoutError), self._memory.unused():
                while self._wiping:
                    fd = self._wiping.pop()
                    wipe_open(fd)
                    os.close(fd)
        return done

    def destroy(self, standing: Standing) -> None:
        """Destroy what is decrypted: bytes first made unusable by all, then overwritten."""
        self._memory.say(standing=standing, entries=0)
        if self._bank is not None:
            self._bank.close()
        self._bank = None
        try:
            with self._memory.unused():
                self._wipe_all()
        except TimeoutError:
            # A process that never ends a match must not keep the bytes alive.
            self._wipe_all()

    def close(self) -> None:
        """Let go of the copy."""
        if self._bank is not None:
            self._bank.close()
        self.facts.close()

    def _wipe_all(self) -> None:
        while self._wiping:
            fd = self._wiping.pop()
            wipe_open(fd)
            os.close(fd)
        wipe(self._memory.bank)
        for left in self._memory.folder.glob(".bank.*"):
            wipe(left)
        self.facts.begin_anew()
        self.facts.end_anew(banks="[]", cursor="", account_key="")
        self.facts.tidy()

    def _opened(self) -> BankFile:
        if self._bank is None:
            self._bank = BankFile.open(self._memory.bank, follow=False, threads=1)
            self._bank.busy_timeout_s = _WAIT_S
        return self._bank

    def _put_in_place(self, made: Path) -> None:
        BankFile.open(made, read_only=True, threads=1).close()
        old = None
        with suppress(FileNotFoundError):
            old = os.open(self._memory.bank, os.O_RDWR | os.O_CLOEXEC)
        made.replace(self._memory.bank)
        if self._bank is not None:
            self._bank.close()
            self._bank = None
        self._opened()
        if old is not None:
            self._wiping.append(old)


def add_rows(bank: BankFile, rows: Iterable[ReplicaRow]) -> None:
    """Add entries that the bank does not hold; those known by their ``pdq`` alone in one piece."""
    ids: list[str] = []
    hashes, qualities = bytearray(), bytearray()
    whole: list[tuple[str, Fingerprint]] = []
    for row in rows:
        made = Fingerprint.from_bytes(row.raw)
        first = made.signals[0] if len(made.signals) == 1 else None
        if first is not None and first.type is SignalType.PDQ and first.quality is not None:
            ids.append(str(row.entry_id))
            hashes += first.raw
            qualities.append(first.quality)
        else:
            whole.append((str(row.entry_id), made))
    if ids:
        table = np.frombuffer(bytes(hashes), np.uint8).reshape(len(ids), 32)
        bank.add_pdq(ids, table, np.frombuffer(bytes(qualities), np.uint8))
    if whole:
        bank.add_many(whole)


def _joined(pages: Iterable[ReplicaPage]) -> Iterator[ReplicaPage]:
    """Pages in few large pieces: each piece becomes a segment with tables of its own."""
    rows: list[ReplicaRow] = []
    last, size = None, 0
    for page in pages:
        last = page
        rows += page.rows
        size += sum(len(row.raw) for row in page.rows)
        if len(rows) >= _HASHES_AT_ONCE or size >= _WHOLE_AT_ONCE * 16_384:
            yield ReplicaPage(tuple(rows), page.banks)
            rows, size = [], 0
    if last is not None:
        yield ReplicaPage(tuple(rows), last.banks)


def _banks_of(page: ReplicaPage) -> str:
    return json.dumps([dict(bank) for bank in page.banks])
