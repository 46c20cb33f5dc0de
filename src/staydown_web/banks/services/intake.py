"""Entries that come by the page: from partners' lists, other installations, programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank, Entry, EntryChange, Import
from staydown_web.banks.selectors import Living
from staydown_web.banks.services.changes import publish_after_commit
from staydown_web.banks.services.new_rows import Row, make_rows, store_rows
from staydown_web.banks.services.publishing import keep_ready
from staydown_web.base.errors import NotAllowedError
from staydown_web.base.rows import PreparedRead

_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of one fingerprint of a page.

    Attributes:
        entry_id: the entry that stands for it; None where it is too plain to find copies by.
        is_new: False where an entry with the same signals lived in the bank before, or stands
            earlier on the page.
    """

    entry_id: UUID | None
    is_new: bool


@transaction.atomic
def take_in_entries(
    *,
    bank: Bank,
    raws: Sequence[bytes],
    origin: Entry.Origin,
    actor: str,
    now: datetime,
    is_confirmed: bool = False,
    rows: Sequence[Row | None] | None = None,
) -> list[TakenIn]:
    """Store a page of fingerprints in the caller's transaction; they count when it ends.

    The same page again finds what it stored before. One event of the audit and one change stand
    for the whole page.

    Args:
        bank: a bank of reported entries.
        raws: fingerprints in binary form, see ``Fingerprint.to_bytes``; at most some thousand.
        origin: where they came from.
        actor: who brings them.
        now: the moment, aware UTC.
        is_confirmed: True lets new entries block under the bank's policy; else they are seeds.
        rows: what ``make_rows`` made of ``raws`` before the transaction, so that nobody waits for
            the sealing; None makes them here.

    Returns:
        What became of each, in the order of ``raws``.

    Raises:
        NotAllowedError: a lawful bank; its entries need an account and an approval each.
    """
    if bank.kind == Bank.Kind.LAWFUL:
        raise NotAllowedError("entries of a lawful bank need an approval each")
    batch = Import(bank=bank, digest="", state=Import.State.DONE, actor=actor, started_at=now)
    batch.done_at = now
    state = Entry.State.CONFIRMED if is_confirmed else Entry.State.SEED
    rows = make_rows(raws) if rows is None else rows
    known = _living_by_mark(bank, [row.mark for row in rows if row is not None])
    fresh: dict[str, Row] = {}
    for row in rows:
        if row is not None and row.mark not in known:
            fresh.setdefault(row.mark, row)
    if fresh:
        _store(batch, [*fresh.values()], origin=origin, state=state, actor=actor, now=now)
    first = dict.fromkeys(fresh, True)
    return [_taken(row, known, fresh, is_first=_is_first(row, first)) for row in rows]


def _living_by_mark(bank: Bank, marks: Sequence[str]) -> dict[str, UUID]:
    """Entries of the bank that live, by mark."""
    living = _living_of(bank.pk)
    return {
        mark: pk
        for at in range(0, len(marks), _AT_ONCE)
        for mark, pk in living.rows(marks[at : at + _AT_ONCE])
    }


@lru_cache(maxsize=32)
def _living_of(bank_id: UUID) -> PreparedRead:
    """Marks and ids of a bank's living entries, by mark."""

    def query(marks: Sequence[str]) -> QuerySet[Entry, Any]:
        entries = Entry.objects.filter(bank=bank_id, blind__in=marks)
        return entries.exclude(state=Entry.State.WITHDRAWN).values_list("blind", "pk")

    return PreparedRead(query, lambda n: f"stand-in-{n}")


def _store(
    batch: Import,
    fresh: Sequence[Row],
    *,
    origin: Entry.Origin,
    state: Entry.State,
    actor: str,
    now: datetime,
) -> None:
    batch.count = len(fresh)
    # The event comes first: it holds the chain until the transaction ends, so that changes get
    # their numbers in the order in which transactions end.
    record_event(
        what="entries_imported",
        actor=actor,
        at=now,
        subject=f"bank:{batch.bank_id}",
        facts={"batch": batch.pk, "added": len(fresh)},
    )
    batch.save(force_insert=True)
    store_rows(batch, fresh, origin=origin, state=state, now=now)
    EntryChange.objects.create(
        bank_id=batch.bank_id,
        batch=batch,
        what=EntryChange.What.IMPORTED,
        at=now,
        actor=actor,
    )
    living = [Living(row.entry_id, row.raw, row.weight.is_exact_only) for row in fresh]
    transaction.on_commit(partial(keep_ready, batch.pk, living), robust=True)
    publish_after_commit()


def _is_first(row: Row | None, first: dict[str, bool]) -> bool:
    """Whether a new fingerprint comes for the first time on this page."""
    return row is not None and first.pop(row.mark, False)


def _taken(
    row: Row | None, known: dict[str, UUID], fresh: dict[str, Row], *, is_first: bool
) -> TakenIn:
    if row is None:
        return TakenIn(None, is_new=False)
    if row.mark in known:
        return TakenIn(known[row.mark], is_new=False)
    return TakenIn(fresh[row.mark].entry_id, is_new=is_first)
