"""Rows of entries that come by the thousand, weighed and sealed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from staydown import Fingerprint
from staydown_web.banks.models import Entry, Import
from staydown_web.banks.services.bulk import is_pdq_alone
from staydown_web.banks.services.entries import entry_blind, entry_context
from staydown_web.banks.services.weighing import Weight, weigh, weigh_hashes
from staydown_web.base.errors import FingerprintPlainError
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal

_KINDS = (str(Entry.ContentKind.PHOTO), str(Entry.ContentKind.VIDEO))
COLUMNS = (
    "id",
    "bank",
    "batch",
    "content_kind",
    "state",
    "origin",
    "box",
    "blind",
    "is_exact_only",
    "collisions",
    "account_scope",
    "created_at",
    "claimed_at",
    "confirmed_at",
)
"""Of ``Entry``, in the order of ``Row.values``."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry to store.

    Attributes:
        raw: its fingerprint in binary form.
        mark: by which equal fingerprints find each other.
        is_exact_only: True where it stands for the same bytes alone.
        values: of its columns, in the order of ``COLUMNS``.
    """

    raw: bytes
    mark: str
    is_exact_only: bool
    values: tuple[Any, ...]

    @property
    def entry_id(self) -> UUID:
        """Id that the entry will have."""
        made: UUID = self.values[0]
        return made


def make_rows(
    batch: Import,
    raws: Sequence[bytes],
    *,
    origin: Entry.Origin,
    state: Entry.State,
    now: datetime,
) -> list[Row | None]:
    """A row for each fingerprint in binary form, in the same order; None where it is too plain."""
    plains = iter(weigh_hashes([raw for raw in raws if is_pdq_alone(raw)]))
    rows: list[Row | None] = []
    for raw in raws:
        weight = _weight_of(raw, plains)
        rows.append(
            None
            if weight is None
            else _row(batch, raw, weight=weight, origin=origin, state=state, now=now)
        )
    return rows


def _weight_of(raw: bytes, plains: Iterator[bool]) -> Weight | None:
    """What a fingerprint can stand for; None where it is too plain."""
    if is_pdq_alone(raw):
        return None if next(plains) else Weight(is_exact_only=False, collisions=0)
    try:
        return weigh(Fingerprint.from_bytes(raw))
    except FingerprintPlainError:
        return None


def _row(
    batch: Import,
    raw: bytes,
    *,
    weight: Weight,
    origin: Entry.Origin,
    state: Entry.State,
    now: datetime,
) -> Row:
    made_id, mark = new_id(), entry_blind(raw)
    values = (
        made_id,
        batch.bank_id,
        batch.pk,
        _KINDS[raw[4]],
        str(state),
        str(origin),
        seal(raw, context=entry_context(made_id)),
        mark,
        weight.is_exact_only,
        weight.collisions,
        "",
        now,
        now,
        now if state == Entry.State.CONFIRMED else None,
    )
    return Row(raw, mark, weight.is_exact_only, values)
