"""What a replica is given: its agreement, all entries page by page, and then what changes.

A page says what entries are now. So the same page may come twice, and a copy that is begun at the
cursor of now, filled page by page in any time, and then brought up by all changes since, is whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from staydown import Fingerprint
from staydown.formats.replica_pages import ReplicaPage, ReplicaRow, micros
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank, Entry, EntryChange, Import
from staydown_web.banks.selectors import anchor_of, changes_from, last_change
from staydown_web.banks.services.weighing import enforced_part
from staydown_web.base.errors import FieldsError, RecordNotFoundError, ReplicaCursorError
from staydown_web.base.sealing import unseal
from staydown_web.replicas.models import Replica
from staydown_web.replicas.services.agreeing import lock_context
from staydown_web.replicas.services.envelopes import seal_to
from staydown_web.screening.services.copies import account_key

ROWS_AT_ONCE = 5_000
CHANGES_AT_ONCE = 500
_MOST_BYTES = 8 << 20
"""Bytes of fingerprints after which a page of entries ends."""
_LOOKS = 20
"""Pieces of the table that one call looks through before it answers, found something or not."""
_DIGITS = 16
_SEEN_EVERY = timedelta(seconds=15)
_COLUMNS = (
    *("pk", "bank_id", "state", "quarantined_at", "created_at", "claimed_at", "expires_at"),
    *("account_scope", "is_exact_only", "batch_id", "batch__state", "box"),
)


def give_agreement(*, replica: Replica, now: datetime) -> bytes:
    """What was agreed, with the hub's half of the key of the disk; sealed to the program."""
    if replica.lock_box is None or replica.expires_at is None:
        raise RecordNotFoundError("this agreement has not begun")
    told = {
        "replica": str(replica.pk),
        "name": replica.name,
        "platform": str(replica.platform_id),
        "banks": [str(bank.pk) for bank in _banks(replica)],
        "expires_at": replica.expires_at.timestamp(),
        "stale_s": replica.stale_hours * 3600,
        "sees_details": replica.sees_details,
        "lock": unseal(replica.lock_box, context=lock_context(replica.pk)).hex(),
        "account_key": account_key(replica.platform_id).hex(),
        "cursor": _cursor(last_change()),
        "now": now.timestamp(),
    }
    _note(replica, "agreement", 0, now)
    return _sealed(replica, json.dumps(told).encode(), "agreement")


def give_entries(*, replica: Replica, after: str, now: datetime) -> bytes:
    """One page of all entries, in the order of their ids.

    Args:
        replica: whose.
        after: the last id of the page before; empty for the first.
        now: the moment, aware UTC.

    Raises:
        FieldsError: ``after`` is no id.
    """
    banks = _banks(replica)
    rows, reached, is_end = _walk(_uuid(after) if after else None, _Places(banks))
    page = ReplicaPage(rows, _shown(banks), str(reached or ""), not is_end)
    _note(replica, "entries", len(rows), now)
    return _sealed(replica, page.to_bytes(), f"entries:{after}")


def give_changes(*, replica: Replica, after: str, now: datetime) -> bytes:
    """What changed since a place in the order of changes.

    Args:
        replica: whose.
        after: ``next`` of the page before, or the cursor of the agreement.
        now: the moment, aware UTC.

    Raises:
        FieldsError: ``after`` is no such place.
        ReplicaCursorError: it is one of another database.
    """
    seq, anchor, batch_after = _read_cursor(after)
    news = changes_from(seq, limit=CHANGES_AT_ONCE)
    if seq:
        if not news or _mark(news[0]) != anchor:
            raise ReplicaCursorError("begin with a new copy: this place is not of this database")
        before, news = news[0], news[1:]
    else:
        before = None
    banks = _banks(replica)
    page = _page_of(before, news, batch_after, banks)
    if page.rows or any(change.what == EntryChange.What.POLICY for change in news):
        _note(replica, "changes", len(page.rows), now)
    return _sealed(replica, page.to_bytes(), f"changes:{after}")


def note_seen(*, replica: Replica, seq: int, now: datetime) -> None:
    """Keep that the program was heard of, and how far it has read; a write now and then."""
    is_old = replica.seen_at is None or now - replica.seen_at > _SEEN_EVERY
    if is_old or seq != replica.seen_seq:
        Replica.objects.filter(pk=replica.pk).update(seen_at=now, seen_seq=seq)


def seq_of(cursor: str) -> int:
    """The number of the change that a cursor stands at.

    Raises:
        FieldsError: it is none.
    """
    return _read_cursor(cursor)[0]


@dataclass(frozen=True, slots=True)
class _Places:
    """Where each bank stands in a page, and of which import alone entries are wanted."""

    banks: Sequence[Bank]
    batch_id: UUID | None = None

    def row(self, values: Sequence[Any]) -> ReplicaRow | None:
        """A row as it is sent; None where it is not for this replica."""
        pk, bank_id, state, quarantined, created, claimed, *rest = values
        expires, scope, is_exact_only, batch, loaded, box = rest
        place = next((n for n, bank in enumerate(self.banks) if bank.pk == bank_id), None)
        if place is None or (self.batch_id is not None and batch != self.batch_id):
            return None
        if state == Entry.State.WITHDRAWN or box is None or loaded == Import.State.LOADING:
            return ReplicaRow(pk)
        raw = unseal(box, context=f"entry:{pk}")
        if is_exact_only:
            raw = enforced_part(Fingerprint.from_bytes(raw), is_exact_only=True).to_bytes()
        return ReplicaRow(
            pk,
            place,
            state,
            quarantined is not None,
            micros(created),
            micros(claimed),
            micros(expires),
            scope,
            raw,
        )


def _page_of(
    before: EntryChange | None,
    news: Sequence[EntryChange],
    batch_after: UUID | None,
    banks: Sequence[Bank],
) -> ReplicaPage:
    """The rows of the first changes that go into one page; a whole import has pages of its own."""
    if not news:
        return ReplicaPage((), _shown(banks), _cursor(before), seq=before.seq if before else 0)
    if news[0].batch_id is not None:
        return _page_of_import(before, news, batch_after, banks)
    single = news[: _first_import(news)]
    places, allowed = _Places(banks), {bank.pk for bank in banks}
    ids = dict.fromkeys(c.entry_id for c in single if c.entry_id and c.bank_id in allowed)
    found = (places.row(values) for values in _values(list(ids)))
    rows = tuple(row for row in found if row is not None)
    last = news[_first_import(news) - 1]
    has_more = last is not news[-1] or len(news) >= CHANGES_AT_ONCE - 1
    return ReplicaPage(rows, _shown(banks), _cursor(last), has_more, seq=last.seq)


def _page_of_import(
    before: EntryChange | None,
    news: Sequence[EntryChange],
    batch_after: UUID | None,
    banks: Sequence[Bank],
) -> ReplicaPage:
    change = news[0]
    rows: tuple[ReplicaRow, ...] = ()
    reached, is_end = batch_after, True
    if change.bank_id in {bank.pk for bank in banks}:
        rows, reached, is_end = _walk(batch_after, _Places(banks, change.batch_id))
    if is_end:
        return ReplicaPage(rows, _shown(banks), _cursor(change), len(news) > 1, seq=change.seq)
    following = f"{_cursor(before)}.{reached}"
    return ReplicaPage(
        rows, _shown(banks), following, has_more=True, seq=before.seq if before else 0
    )


def _first_import(news: Sequence[EntryChange]) -> int:
    """How many changes come before the first import."""
    return next((n for n, c in enumerate(news) if c.batch_id is not None), len(news))


def _walk(after: UUID | None, places: _Places) -> tuple[tuple[ReplicaRow, ...], UUID | None, bool]:
    """Rows in the order of ids, how far the table was looked through, and whether that is its end.

    Banks and imports are told apart here and not by the database: in the order of ids it would
    sort the whole bank again for each page.
    """
    rows: list[ReplicaRow] = []
    for _ in range(_LOOKS):
        entries = Entry.objects.order_by("pk")
        entries = entries if after is None else entries.filter(pk__gt=after)
        looked, size = 0, 0
        for values in entries.values_list(*_COLUMNS)[:ROWS_AT_ONCE].iterator(chunk_size=500):
            looked, after = looked + 1, values[0]
            row = places.row(values)
            if row is not None and not row.is_gone:
                rows.append(row)
                size += len(row.raw)
            if size > _MOST_BYTES:
                return tuple(rows), after, False
        if looked < ROWS_AT_ONCE:
            return tuple(rows), after, True
        if rows:
            break
    return tuple(rows), after, False


def _values(ids: Sequence[UUID]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(ids), 500):
        yield from Entry.objects.filter(pk__in=ids[at : at + 500]).values_list(*_COLUMNS)


def _banks(replica: Replica) -> list[Bank]:
    return list(replica.banks.order_by("pk"))


def _shown(banks: Sequence[Bank]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "id": str(bank.pk),
            "slug": bank.slug,
            "is_lawful": bank.kind == Bank.Kind.LAWFUL,
            "is_active": bank.is_active,
            "policy": {
                "identical": bank.on_identical,
                "same": bank.on_same,
                "part": bank.on_part,
                "altered": bank.on_altered,
            },
        }
        for bank in banks
    )


def _cursor(change: EntryChange | None) -> str:
    return f"{change.seq}.{_mark(change)}" if change else "0."


def _mark(change: EntryChange) -> str:
    return anchor_of(change).hex()[:_DIGITS]


def _read_cursor(text: str) -> tuple[int, str, UUID | None]:
    seq, _, rest = text.partition(".")
    anchor, _, inside = rest.partition(".")
    if not seq.isdecimal() or len(seq) > 18:
        raise FieldsError({"after": "`next` of the page before, or the cursor of the agreement"})
    return int(seq), anchor, _uuid(inside) if inside else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise FieldsError({"after": "`next` of the page before"}) from None


def _sealed(replica: Replica, plain: bytes, what: str) -> bytes:
    return seal_to(replica.public_key, plain, context=f"{replica.public_key}:{what}")


def _note(replica: Replica, what: str, count: int, now: datetime) -> None:
    """Every fetch that carried something is an event of the audit."""
    record_event(
        what="replica_read",
        actor=f"key:{replica.api_key_id}",
        at=now,
        subject=f"replica:{replica.pk}",
        facts={"part": what, "entries": count},
    )
