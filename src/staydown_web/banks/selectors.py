"""What banks hold, and what each entry is worth now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet, Sum

from staydown import Fingerprint, MatchKind
from staydown.types import judging
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank, Entry, EntryChange, Import, Response
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.rows import PreparedRead
from staydown_web.base.sealing import unseal

_AT_ONCE = 500
_WITHDRAWN = Entry.State.WITHDRAWN.value
_Bank = tuple[UUID, str, bool, bool, Mapping[str, str]]
"""Its id, slug, whether it is lawful and counts, and its policy; all facts of a bank share them."""
_IN_USE = Q(batch__isnull=True) | Q(batch__state=Import.State.DONE)
"""Entries of an import count once the whole of it is there."""


@dataclass(frozen=True, slots=True)
class Living:
    """An entry that matches.

    Attributes:
        entry_id: its id.
        raw: its fingerprint in binary form.
        is_exact_only: True where it stands for the same bytes alone.
    """

    entry_id: UUID
    raw: bytes
    is_exact_only: bool

    def fingerprint(self) -> Fingerprint:
        """The signals."""
        return Fingerprint.from_bytes(self.raw)


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What decides about a match with an entry; no fingerprint.

    Attributes:
        entry_id, bank_id, bank: the entry, and the id and the slug of its bank.
        state: of the entry; never withdrawn.
        is_lawful: True in a bank of what is known to be lawful.
        is_active: whether the bank counts.
        policy: what each kind of match does, by kind.
        is_quarantined: whether a flood put it aside.
        account_scope: blind digest of the account that a lawful entry speaks for.
        claimed_at, created_at, expires_at: moments.
    """

    entry_id: UUID
    bank_id: UUID
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

    def counts(self, now: datetime) -> bool:
        """Whether the entry says anything at this moment."""
        return judging.counts(self, now)

    def response_to(self, kind: MatchKind) -> Response:
        """What a match of a kind does. A seed never blocks, whatever the policy says."""
        return Response(judging.response_to(self, kind))


class Own(NamedTuple):
    """What the row of an entry says about matches with it.

    Attributes:
        quarantined_at: when it was put aside, or only whether it was.
    """

    bank_id: UUID
    state: str
    quarantined_at: datetime | bool | None
    account_scope: str
    claimed_at: datetime
    created_at: datetime
    expires_at: datetime | None
    batch_id: UUID | None


class Standing:
    """Banks and imports as they stood when they were first asked for.

    Whoever keeps one asks anew once ``segments_version`` has moved: each change of a bank or of an
    import moves it.
    """

    def __init__(self) -> None:
        self._banks: dict[UUID, _Bank] = {}
        self._done: set[UUID] = set()

    def bank(self, bank_id: UUID, line: BaseDatabaseWrapper | None) -> _Bank:
        """What a bank says of all its entries."""
        found = self._banks.get(bank_id)
        if found is None:
            row = _BANK.rows([bank_id], line)[0]
            is_lawful = row[2] == Bank.Kind.LAWFUL
            found = (row[0], row[1], is_lawful, row[3], _policy_of(*row[4:]))
            self._banks[bank_id] = found
        return found

    def is_done(self, batch_id: UUID | None, line: BaseDatabaseWrapper | None) -> bool:
        """Whether the whole of an import is there; so it stays."""
        if batch_id is None or batch_id in self._done:
            return True
        is_done = bool(_DONE.rows([batch_id], line))
        if is_done:
            self._done.add(batch_id)
        return is_done


def entry_facts(
    ids: Sequence[UUID],
    line: BaseDatabaseWrapper | None = None,
    standing: Standing | None = None,
) -> dict[UUID, EntryFacts]:
    """What decides about matches with these entries; withdrawn ones are left out.

    Args:
        ids: of entries.
        line: the connection to ask; None asks the thread's own.
        standing: what the caller knows of banks and imports; None asks the database.
    """
    known = Standing() if standing is None else standing
    found = {}
    for pk, *own in _FACTS.rows(ids, line):
        facts = facts_from(pk, Own(*own), known, line)
        if facts is not None:
            found[pk] = facts
    return found


def facts_from(
    entry_id: UUID, own: Own, standing: Standing, line: BaseDatabaseWrapper | None = None
) -> EntryFacts | None:
    """What decides about matches with an entry, of what its row says; None where nothing does."""
    if own.state == _WITHDRAWN or not standing.is_done(own.batch_id, line):
        return None
    bank_id, slug, is_lawful, is_active, policy = standing.bank(own.bank_id, line)
    return EntryFacts(
        entry_id=entry_id,
        bank_id=bank_id,
        bank=slug,
        state=own.state,
        is_lawful=is_lawful,
        is_active=is_active,
        policy=policy,
        is_quarantined=bool(own.quarantined_at),
        account_scope=own.account_scope,
        claimed_at=own.claimed_at,
        created_at=own.created_at,
        expires_at=own.expires_at,
    )


@lru_cache(maxsize=256)
def _policy_of(identical: str, same: str, part: str, altered: str) -> Mapping[str, str]:
    """By kind of match; one for all facts that say the same."""
    return {"identical": identical, "same": same, "part": part, "altered": altered}


def _facts_query(ids: Sequence[UUID]) -> QuerySet[Entry, Any]:
    # One row of one table: joined to its bank and its import it takes twice as long. Withdrawn ones
    # are left out afterwards: an index has that condition, and SQLite would plan anew for each
    # value that is compared with it, which takes three times as long as the look.
    entries = Entry.objects.filter(pk__in=ids)
    return entries.values_list(
        *("pk", "bank_id", "state", "quarantined_at", "account_scope"),
        *("claimed_at", "created_at", "expires_at", "batch_id"),
    )


def _bank_query(ids: Sequence[UUID]) -> QuerySet[Bank, Any]:
    policy = ("on_identical", "on_same", "on_part", "on_altered")
    return Bank.objects.filter(pk__in=ids).values_list("pk", "slug", "kind", "is_active", *policy)


def _done_query(ids: Sequence[UUID]) -> QuerySet[Import, Any]:
    return Import.objects.filter(pk__in=ids, state=Import.State.DONE).values_list("pk")


_FACTS, _BANK, _DONE = (
    PreparedRead(query, lambda n: UUID(int=n)) for query in (_facts_query, _bank_query, _done_query)
)


def fingerprint_of(entry: Entry, *, actor: str, now: datetime) -> Fingerprint:
    """The fingerprint of an entry; that somebody read it is an event of the audit.

    Raises:
        RecordNotFoundError: the entry was withdrawn.
    """
    if entry.box is None:
        raise RecordNotFoundError("this entry was withdrawn; its fingerprint is gone")
    record_event(what="entry_viewed", actor=actor, at=now, subject=f"entry:{entry.pk}")
    return Fingerprint.from_bytes(_opened(entry.pk, entry.box))


def living_of(ids: Sequence[UUID], *, is_loading: bool = False) -> Iterator[Living]:
    """Those of these entries that match; with ``is_loading``, those of a running import too."""
    for at in range(0, len(ids), _AT_ONCE):
        entries = Entry.objects.filter(pk__in=ids[at : at + _AT_ONCE])
        yield from _living(entries if is_loading else entries.filter(_IN_USE))


def living_entries(*, batch_id: UUID | None = None) -> Iterator[Living]:
    """Every entry that matches, or those of one import."""
    entries = Entry.objects.filter(_IN_USE)
    yield from _living(entries if batch_id is None else entries.filter(batch_id=batch_id))


def living_count() -> int:
    """How many entries match.

    Cost: a pass over an index, 50 ms a million; no entry is read.
    """
    living = Entry.objects.exclude(state=Entry.State.WITHDRAWN).order_by()
    every = living.count()
    loading = list(Import.objects.exclude(state=Import.State.DONE).values_list("pk", flat=True))
    return every - (living.filter(batch_id__in=loading).count() if loading else 0)


def confirmed_entries(*, bank_id: UUID) -> Iterator[Living]:
    """Every confirmed entry of a bank."""
    entries = Entry.objects.filter(_IN_USE, bank_id=bank_id, state=Entry.State.CONFIRMED)
    yield from _living(entries)


def confirmed_count(*, bank_id: UUID) -> int:
    """How many entries an export of a bank would hold now."""
    confirmed = Entry.objects.filter(_IN_USE, bank_id=bank_id, state=Entry.State.CONFIRMED)
    return confirmed.count()


def changes_from(seq: int, *, limit: int) -> list[EntryChange]:
    """Changes from a number on, that one included, in order."""
    return list(EntryChange.objects.filter(seq__gte=seq).order_by("seq")[:limit])


def last_change() -> EntryChange | None:
    """The newest change."""
    return EntryChange.objects.order_by("-seq").first()


def imported_after(seq: int) -> int:
    """How many entries came in lists after a change: each list is one change, however long."""
    lists = EntryChange.objects.filter(seq__gt=seq, what=EntryChange.What.IMPORTED)
    return int(lists.aggregate(entries=Sum("batch__count"))["entries"] or 0)


def has_withdrawn(*, after: int, upto: int) -> bool:
    """Whether entries went between two changes: what was made before still holds their bytes."""
    gone = EntryChange.objects.filter(entry__state=Entry.State.WITHDRAWN)
    return gone.filter(seq__gt=after, seq__lte=upto).exists()


def anchor_of(change: EntryChange) -> bytes:
    """A digest by which a change is told from one of another database with the same number."""
    subject = change.entry_id or change.batch_id or change.bank_id
    text = f"{change.seq} {change.what} {subject} {change.at.timestamp():.6f}"
    return hashlib.sha256(text.encode()).digest()


def history_of(entry_id: UUID) -> QuerySet[EntryChange]:
    """What happened to an entry, oldest first."""
    return EntryChange.objects.filter(entry_id=entry_id).order_by("seq")


def _living(entries: QuerySet[Entry]) -> Iterator[Living]:
    rows = entries.exclude(state=Entry.State.WITHDRAWN).order_by()
    columns = rows.values_list("pk", "box", "is_exact_only")
    for pk, box, is_exact_only in columns.iterator(chunk_size=5_000):
        if box is not None:
            yield Living(pk, _opened(pk, box), is_exact_only)


def _opened(entry_id: UUID, box: bytes | memoryview) -> bytes:
    return unseal(box, context=f"entry:{entry_id}")
