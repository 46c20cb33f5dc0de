"""Rows of entries that come by the thousand, weighed and sealed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from staydown import Fingerprint
from staydown_web.banks.models import Entry, Import
from staydown_web.banks.services.bulk import is_pdq_alone
from staydown_web.banks.services.entries import BLIND_DIGITS, BLIND_PURPOSE, entry_context
from staydown_web.banks.services.weighing import Weight, weigh, weigh_hashes
from staydown_web.base.errors import FingerprintPlainError
from staydown_web.base.ids import new_ordered_ids
from staydown_web.base.rows import insert_rows
from staydown_web.base.sealing import Sealer

_KINDS = (str(Entry.ContentKind.PHOTO), str(Entry.ContentKind.VIDEO))
_OWN = ("id", "content_kind", "box", "blind", "is_exact_only", "collisions")


@dataclass(frozen=True, slots=True)
class Row:
    """An entry to store.

    Attributes:
        entry_id: id that it will have.
        raw: its fingerprint in binary form.
        mark: by which equal fingerprints find each other.
        weight: what it can stand for.
        box: the fingerprint, sealed.
    """

    entry_id: UUID
    raw: bytes
    mark: str
    weight: Weight
    box: bytes


def make_rows(raws: Sequence[bytes]) -> list[Row | None]:
    """A row for each fingerprint in binary form, in the same order; None where it is too plain."""
    plains = iter(weigh_hashes([raw for raw in raws if is_pdq_alone(raw)]))
    sealer = Sealer()
    marks = [sealer.blind(raw, purpose=BLIND_PURPOSE, digits=BLIND_DIGITS) for raw in raws]
    ids = _ids_in_order_of(marks)
    rows: list[Row | None] = []
    for raw, mark, made_id in zip(raws, marks, ids, strict=True):
        weight = _weight_of(raw, plains)
        if weight is None:
            rows.append(None)
            continue
        box = sealer.seal(raw, context=entry_context(made_id))
        rows.append(Row(made_id, raw, mark, weight, box))
    return rows


def _ids_in_order_of(marks: Sequence[str]) -> list[UUID]:
    """New ids, the lower the mark the lower the id.

    Rows that are stored in this order go through the indexes of ids and of marks from one end to
    the other, so that each page of them is changed once; in any other order every page would be
    changed, put aside and fetched again.
    """
    made = new_ordered_ids(len(marks))
    places = sorted(range(len(marks)), key=marks.__getitem__)
    found = dict(zip(places, made, strict=True))
    return [found[at] for at in range(len(marks))]


def store_rows(
    batch: Import,
    rows: Iterable[Row],
    *,
    origin: Entry.Origin,
    state: Entry.State,
    now: datetime,
    ignore_conflicts: bool = False,
) -> None:
    """Insert entries inside the caller's transaction.

    Args:
        batch: the import that they belong to.
        rows: see ``make_rows``.
        origin: where they came from.
        state: seed or confirmed.
        now: the moment, aware UTC.
        ignore_conflicts: True passes over fingerprints that the bank holds.
    """
    insert_rows(
        Entry,
        _OWN,
        (
            (
                row.entry_id,
                _KINDS[row.raw[4]],
                row.box,
                row.mark,
                row.weight.is_exact_only,
                row.weight.collisions,
            )
            for row in sorted(rows, key=attrgetter("mark"))
        ),
        same={
            "bank": batch.bank_id,
            "batch": batch.pk,
            "state": str(state),
            "origin": str(origin),
            "account_scope": "",
            "created_at": now,
            "claimed_at": now,
            "confirmed_at": now if state == Entry.State.CONFIRMED else None,
        },
        ignore_conflicts=ignore_conflicts,
    )


_TELLING = Weight(is_exact_only=False, collisions=0)


def _weight_of(raw: bytes, plains: Iterator[bool]) -> Weight | None:
    """What a fingerprint can stand for; None where it is too plain."""
    if is_pdq_alone(raw):
        return None if next(plains) else _TELLING
    try:
        return weigh(Fingerprint.from_bytes(raw))
    except FingerprintPlainError:
        return None
