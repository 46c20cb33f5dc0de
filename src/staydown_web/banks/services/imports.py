"""A whole bank file into a bank: in pieces that a stopped import goes on from, counting at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import transaction

from staydown.index import BankFile
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank, Entry, EntryChange, Import
from staydown_web.banks.selectors import living_of
from staydown_web.banks.services.bulk import add_hashes, is_pdq_alone
from staydown_web.banks.services.changes import publish_after_commit
from staydown_web.banks.services.new_rows import Row, make_rows, store_rows
from staydown_web.banks.services.publishing import prefill_segments
from staydown_web.banks.services.weighing import enforced_part
from staydown_web.base.errors import NotAllowedError
from staydown_web.base.sealing import blind

_AT_ONCE = 5_000
"""Entries a transaction: what an interrupted import loses at most."""
_WHOLE_AT_ONCE = 2_000
"""Complete fingerprints put into the segments at a time, while notices wait."""
_READ = 1 << 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a bank file.

    Attributes:
        added: entries that are new in the bank.
        known: entries whose signals the bank held before.
        plain: entries that are too plain to find copies by, left out.
    """

    added: int
    known: int
    plain: int


@dataclass(slots=True)
class _Filling:
    """What goes into the segments once everything is stored."""

    ids: list[str] = field(default_factory=list)
    rows: bytearray = field(default_factory=bytearray)
    qualities: bytearray = field(default_factory=bytearray)
    whole: list[UUID] = field(default_factory=list)
    plain: int = 0

    def take(self, entry_id: UUID, row: Row) -> None:
        """Note an entry that is stored."""
        if is_pdq_alone(row.raw) and not row.weight.is_exact_only:
            self.ids.append(str(entry_id))
            self.qualities.append(row.raw[7])
            self.rows += row.raw[12:]
        else:
            self.whole.append(entry_id)


def import_entries(
    *,
    bank: Bank,
    source: Path,
    is_confirmed: bool,
    actor: str,
    now: datetime,
    progress: Progress | None = None,
) -> Imported:
    """Bring a bank file into a bank. Its entries count from the end of the import on, all at once.

    Stopped at any moment, the same call goes on where it was: what is stored already is known by
    its blind digest and not stored twice.

    Args:
        bank: a bank of reported entries.
        source: a bank file.
        is_confirmed: True lets the entries block under the bank's policy; else they are seeds.
        actor: who asks.
        now: the moment, aware UTC.
        progress: is told how many entries of how many are done.

    Raises:
        NotAllowedError: a lawful bank; its entries need an account and an approval each.
        SnapshotError: the file is missing, damaged, or not a bank file.

    Cost: a million hashes take three minutes of processor time and 1 GB, mapped files included.
    """
    if bank.kind == Bank.Kind.LAWFUL:
        raise NotAllowedError("entries of a lawful bank need an approval each")
    with BankFile.open(source, read_only=True) as file:
        batch, _ = Import.objects.get_or_create(
            bank=bank,
            digest=_digest_of(source),
            state=Import.State.LOADING,
            defaults={"actor": actor, "started_at": now},
        )
        state = Entry.State.CONFIRMED if is_confirmed else Entry.State.SEED
        filling, done, total = _Filling(), 0, len(file)
        for chunk in _chunks(file):
            _store(batch, chunk, state, now, filling)
            done += len(chunk)
            if progress is not None:
                progress(done, total)
    return _finish(batch, filling, total, actor=actor, now=now)


def _digest_of(source: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as file:
        while piece := file.read(_READ):
            digest.update(piece)
    return blind(digest.digest(), purpose="import")


def _chunks(file: BankFile) -> Iterator[list[bytes]]:
    entries = iter(file.entries())
    while chunk := list(islice(entries, _AT_ONCE)):
        yield [file.fingerprint(entry.entry_id).to_bytes() for entry in chunk]


def _store(
    batch: Import, chunk: list[bytes], state: Entry.State, now: datetime, filling: _Filling
) -> None:
    """Store one piece, and note what the segments will need of it."""
    rows = make_rows(chunk)
    filling.plain += rows.count(None)
    made: dict[str, Row] = {}
    for row in rows:
        if row is not None:
            made.setdefault(row.mark, row)
    with transaction.atomic():
        store_rows(
            batch,
            made.values(),
            origin=Entry.Origin.IMPORT,
            state=state,
            now=now,
            ignore_conflicts=True,
        )
        # What was stored before under this import keeps its id; what the bank knew is left out.
        living = Entry.objects.filter(bank=batch.bank_id, blind__in=list(made))
        living = living.exclude(state=Entry.State.WITHDRAWN)
        stored = {
            mark: pk
            for mark, pk, batch_id in living.values_list("blind", "pk", "batch_id")
            if batch_id == batch.pk
        }
    for mark, row in made.items():
        if mark in stored:
            filling.take(stored[mark], row)


def _finish(batch: Import, filling: _Filling, total: int, *, actor: str, now: datetime) -> Imported:
    """Let the import count."""
    prefill_segments(batch.pk, _pieces(filling))
    added = len(filling.ids) + len(filling.whole)
    with transaction.atomic():
        Import.objects.filter(pk=batch.pk).update(state=Import.State.DONE, count=added, done_at=now)
        record_event(
            what="entries_imported",
            actor=actor,
            at=now,
            subject=f"bank:{batch.bank_id}",
            facts={"batch": batch.pk, "added": added, "plain": filling.plain},
        )
        EntryChange.objects.create(
            bank_id=batch.bank_id,
            batch=batch,
            what=EntryChange.What.IMPORTED,
            at=now,
            actor=actor,
        )
        publish_after_commit()
    return Imported(added, total - added - filling.plain, filling.plain)


def _pieces(filling: _Filling) -> Iterator[Callable[[BankFile], object]]:
    """What goes into the segments: all hashes at once, whole fingerprints some at a time."""
    yield partial(_put_hashes, filling=filling)
    for at in range(0, len(filling.whole), _WHOLE_AT_ONCE):
        yield partial(_put_whole, ids=filling.whole[at : at + _WHOLE_AT_ONCE])


def _put_hashes(bank: BankFile, *, filling: _Filling) -> None:
    held = bank.held(filling.ids)
    fresh = [k for k, name in enumerate(filling.ids) if name not in held]
    if not held:
        add_hashes(bank, filling.ids, bytes(filling.rows), bytes(filling.qualities))
        return
    rows = b"".join(bytes(filling.rows[32 * k : 32 * k + 32]) for k in fresh)
    names = [filling.ids[k] for k in fresh]
    add_hashes(bank, names, rows, bytes(filling.qualities[k] for k in fresh))


def _put_whole(bank: BankFile, *, ids: list[UUID]) -> None:
    held = bank.held([str(i) for i in ids])
    entries = living_of([i for i in ids if str(i) not in held], is_loading=True)
    bank.add_many(
        (str(e.entry_id), enforced_part(e.fingerprint(), is_exact_only=e.is_exact_only))
        for e in entries
    )
