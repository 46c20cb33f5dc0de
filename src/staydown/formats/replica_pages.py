"""Pages of entries from a hub to an edge replica: what is enforced of each, and what decides.

One page is bytes: the length of its header (4), the header (JSON), then rows. A row is a fixed
head, the scope of a lawful entry where there is one (32), and the enforced part of the fingerprint
in its binary form; an entry that is gone has neither. A page says what each entry is now, not what
was done to it, so the same page again, or a later one first, ends in the same copy.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from staydown.errors import ListFormatError
from staydown.types.judging import CONFIRMED, DISPUTED, SEED, Response

MOST_BANKS = 200
"""Banks that one page can name."""
_STATES = (SEED, CONFIRMED, DISPUTED)
_LENGTH = struct.Struct("<I")
_HEAD = struct.Struct("<16sBBBxqqqI")
_GONE, _QUARANTINED, _SCOPED = 1, 2, 4
_SCOPE_BYTES = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ReplicaRow:
    """One entry as it is now.

    Attributes:
        entry_id: its id.
        bank: the place of its bank in the header of the page.
        state: seed, confirmed or disputed.
        is_quarantined: whether a flood put it aside.
        created_us, claimed_us: moments, microseconds since 1970 in UTC.
        expires_us: when it ends; 0 for never.
        account_scope: blind digest of the account that a lawful entry speaks for, 64 hex digits;
            empty for none.
        raw: the enforced part of its fingerprint, see ``Fingerprint.to_bytes``; empty where it is
            gone: withdrawn, or no longer in a bank that the replica may hold.
    """

    entry_id: UUID
    bank: int = 0
    state: str = SEED
    is_quarantined: bool = False
    created_us: int = 0
    claimed_us: int = 0
    expires_us: int = 0
    account_scope: str = ""
    raw: bytes = b""

    @property
    def is_gone(self) -> bool:
        """Whether nothing may be left of it."""
        return not self.raw


@dataclass(frozen=True, slots=True)
class ReplicaPage:
    """Some entries, and where to go on.

    Attributes:
        rows: entries as they are now.
        banks: id, slug, kind and policy of each bank that the replica may hold.
        next: what to send for the page after this one.
        has_more: whether that page is there already.
        seq: number of the last change of the hub that counts in this page.
    """

    rows: tuple[ReplicaRow, ...]
    banks: tuple[Mapping[str, Any], ...] = ()
    next: str = ""
    has_more: bool = False
    seq: int = 0

    def to_bytes(self) -> bytes:
        """The page on its way."""
        head = json.dumps(
            {
                "banks": [dict(bank) for bank in self.banks],
                "next": self.next,
                "has_more": self.has_more,
                "seq": self.seq,
                "rows": len(self.rows),
            },
            separators=(",", ":"),
        ).encode()
        return _LENGTH.pack(len(head)) + head + b"".join(_packed(row) for row in self.rows)

    @classmethod
    def from_bytes(cls, raw: bytes) -> ReplicaPage:
        """Read a page; it is taken whole or refused.

        Raises:
            ListFormatError: cut off, or not such a page.
        """
        try:
            (length,) = _LENGTH.unpack_from(raw)
            head = json.loads(raw[4 : 4 + length])
            banks = tuple(_bank(row) for row in head["banks"])
            rows = tuple(_rows(raw, 4 + length, int(head["rows"]), len(banks)))
            return cls(rows, banks, str(head["next"]), bool(head["has_more"]), seq=int(head["seq"]))
        except (struct.error, KeyError, TypeError, ValueError, IndexError, RecursionError):
            raise ListFormatError("this is not a whole page of a replica") from None


def micros(moment: datetime | None) -> int:
    """Whole microseconds since 1970; 0 for None."""
    return 0 if moment is None else (moment - _EPOCH) // _MICROSECOND


def moment_of(us: int) -> datetime:
    """The moment of so many microseconds since 1970."""
    return _EPOCH + us * _MICROSECOND


def _packed(row: ReplicaRow) -> bytes:
    scope = bytes.fromhex(row.account_scope)
    flags = _GONE * row.is_gone | _QUARANTINED * row.is_quarantined | _SCOPED * bool(scope)
    head = _HEAD.pack(
        row.entry_id.bytes,
        row.bank,
        _STATES.index(row.state),
        flags,
        row.created_us,
        row.claimed_us,
        row.expires_us,
        len(row.raw),
    )
    return head + scope + row.raw


def _rows(raw: bytes, at: int, count: int, banks: int) -> Iterable[ReplicaRow]:
    for _ in range(count):
        entry, bank, state, flags, created, claimed, expires, size = _HEAD.unpack_from(raw, at)
        at += _HEAD.size
        scope_size = _SCOPE_BYTES * bool(flags & _SCOPED)
        scope = raw[at : at + scope_size]
        at += scope_size
        body = raw[at : at + size]
        at += size
        if at > len(raw) or bool(flags & _GONE) == bool(body) or (body and bank >= banks):
            raise ValueError
        yield ReplicaRow(
            UUID(bytes=entry),
            bank,
            _STATES[state],
            bool(flags & _QUARANTINED),
            created,
            claimed,
            expires,
            scope.hex(),
            body,
        )
    if at != len(raw):
        raise ValueError


def _bank(row: Any) -> dict[str, Any]:
    policy = {
        kind: str(Response(row["policy"][kind]))
        for kind in ("identical", "same", "part", "altered")
    }
    return {
        "id": str(UUID(row["id"])),
        "slug": str(row["slug"]),
        "is_lawful": bool(row["is_lawful"]),
        "is_active": bool(row["is_active"]),
        "policy": policy,
    }
