"""A page of a partner's list becomes entries, in one transaction with where to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from staydown_web.audit.services import record_event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import take_in_entries
from staydown_web.banks.services.entries import entry_blind
from staydown_web.banks.services.new_rows import Row, make_rows
from staydown_web.base.errors import RecordConflictError
from staydown_web.base.rows import PreparedRead, insert_rows
from staydown_web.base.sealing import Sealer, seal
from staydown_web.exchanges.models import Exchange, Received, Run
from staydown_web.exchanges.partners.wire import Page, Record, RecordState
from staydown_web.exchanges.services.folding import is_older, latest_by_key
from staydown_web.exchanges.services.standing import settle_entries

CLAIM = timedelta(minutes=3)
"""Longer than any one call and the page it brings; after it another worker goes on."""
ACTOR = "system"
_AT_ONCE = 500
_BLIND_DIGITS = 32
_KEY_PURPOSE = "received"
_WITHDRAWN = str(RecordState.WITHDRAWN)
_DISPUTED = str(RecordState.DISPUTED)
_SIGNALS_DIGITS = 16
_COLUMNS = ("blind", "part", "entry", "state", "key_box", "at", "signals", "told")
_KNOWN = ("blind", "pk", "part", "entry_id", "entry__state", "state", "at", "signals", "told")
_READ_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class _Known:
    """A row of a key that came before."""

    row_id: int
    part: int
    entry_id: UUID | None
    entry_state: str | None
    state: str
    at: datetime | None
    signals: str
    told: str


@dataclass(slots=True)
class _Work:
    """What a page changes.

    Attributes:
        fresh: blind and record of keys that never came, or whose record is another now.
        touched: entries that a key pointed at before, so that what they are worth may change.
        doubted: entries that a key disputes which did not dispute them before.
        gone_rows: rows that are replaced.
        same_rows: rows that stay, and were seen in this pass.
        redated: moment of the partner and rows that stay, but for that moment.
    """

    fresh: list[tuple[str, Record]] = field(default_factory=list)
    touched: set[UUID] = field(default_factory=set)
    doubted: set[UUID] = field(default_factory=set)
    gone_rows: list[int] = field(default_factory=list)
    same_rows: list[int] = field(default_factory=list)
    redated: list[tuple[datetime, list[int]]] = field(default_factory=list)
    stale: int = 0
    changed: int = 0
    listed: int = 0
    withdrawn: int = 0
    left_out: int = 0

    def doubt(self, entry_ids: Sequence[UUID | None], before: Sequence[_Known]) -> None:
        """Note the entries that a key disputes, and which of them it did not before."""
        found = {pk for pk in entry_ids if pk is not None}
        self.touched |= found
        self.doubted |= found - {row.entry_id for row in before if row.state == _DISPUTED}

    def count(self, state: str, *, is_empty: bool, by: int) -> None:
        """Count a key in a state once more, or once less."""
        if state == _WITHDRAWN:
            self.withdrawn += by
        else:
            self.listed += by
            self.left_out += by if is_empty else 0


def key_context(mark: str) -> str:
    """What a sealed key is bound to."""
    return f"received:{mark}"


@dataclass(frozen=True, slots=True)
class _Ready:
    """What of a page can be made before the transaction, so that nobody waits for the sealing.

    Attributes:
        marks: the record of each key that counts, by the key's blind digest.
        boxes: sealed keys.
        signals: see ``Received.signals``.
        rows: entries to be, by fingerprint in binary form; None where it is too plain.
    """

    marks: dict[str, Record]
    boxes: dict[str, bytes] = field(default_factory=dict)
    signals: dict[str, str] = field(default_factory=dict)
    rows: dict[bytes, Row | None] = field(default_factory=dict)


def take_in_page(
    *, exchange_id: UUID, claim: str, run_id: int, page: Page, now: datetime, calls: int = 1
) -> None:
    """Take in one page: entries, what is known of each key, and the checkpoint, or none of them.

    Args:
        exchange_id: whose page.
        claim: of the worker that fetched it.
        run_id: the fetch it belongs to.
        page: what came.
        now: the moment.
        calls: how many calls it came in.

    Raises:
        RecordConflictError: another worker has taken over, or the exchange was switched off.
    """
    ready = _made_ready(exchange_id, page, now)
    with transaction.atomic():
        _take_in(exchange_id, claim, run_id, page, ready, now=now, calls=calls)


def _made_ready(exchange_id: UUID, page: Page, now: datetime) -> _Ready:
    """Digests of all records; what is to be stored of those whose key never came."""
    sealer = Sealer()
    begins, mark_of = exchange_id.bytes, sealer.blind
    ready = _Ready(
        {
            mark_of(begins + key.encode(), purpose=_KEY_PURPOSE, digits=_BLIND_DIGITS): record
            for key, record in latest_by_key(page.records, now).items()
        }
    )
    known = _known_rows(list(ready.marks))
    fresh = [(mark, record) for mark, record in ready.marks.items() if mark not in known]
    raws = [raw for _, record in fresh for raw in _raws(record)]
    ready.rows.update(zip(raws, make_rows(raws), strict=True))
    for mark, record in fresh:
        ready.boxes[mark] = sealer.seal(record.key.encode(), context=key_context(mark))
        row = ready.rows[record.raws[0]] if len(_raws(record)) == 1 else None
        ready.signals[mark] = row.mark[:_SIGNALS_DIGITS] if row else _signals(record)
    return ready


def _take_in(
    exchange_id: UUID,
    claim: str,
    run_id: int,
    page: Page,
    ready: _Ready,
    *,
    now: datetime,
    calls: int,
) -> None:
    exchange = _claimed(exchange_id, claim, page, now)
    # While the claim is ours nobody else adds a key, so only those that were known are read again.
    known = _known_rows([mark for mark in ready.marks if mark not in ready.boxes])
    work = _Work()
    for mark, record in ready.marks.items():
        _weigh(work, mark, record, known.get(mark, []), now)
    added = _store(exchange, work, known, ready, now)
    withdrawn, disputed = settle_entries(
        list(work.touched), exchange=exchange, now=now, doubted_anew=work.doubted
    )
    if exchange.pass_no:
        _note_seen(exchange, work)
    _go_on(exchange, page, work)
    counts = {
        "records": len(page.records),
        "added": added,
        "withdrawn": withdrawn,
        "disputed": disputed,
        "changed": work.changed,
        "stale": work.stale,
        "left_out": max(work.left_out, 0),
    }
    _note(exchange, run_id, counts, calls=calls, has_more=page.has_more, now=now)


def _claimed(exchange_id: UUID, claim: str, page: Page, now: datetime) -> Exchange:
    """The exchange, held until the transaction ends; its pass counts on where a new one begins."""
    mine = Exchange.objects.filter(pk=exchange_id, claim=claim).exclude(state=Exchange.State.OFF)
    # The first statement writes, so that on either database nobody else takes a page meanwhile.
    if not mine.update(
        claimed_until=now + CLAIM, pass_no=F("pass_no") + (1 if page.begins_whole else 0)
    ):
        raise RecordConflictError("another worker fetches this exchange now, or it is off")
    return Exchange.objects.select_related("bank").get(pk=exchange_id)


def _known_rows(marks: Sequence[str]) -> dict[str, list[_Known]]:
    found: dict[str, list[_Known]] = {}
    for at in range(0, len(marks), _READ_AT_ONCE):
        for mark, *values in _ROWS.rows(marks[at : at + _READ_AT_ONCE]):
            found.setdefault(mark, []).append(_Known(*values))
    return found


def _rows_query(marks: Sequence[str]) -> QuerySet[Received, Any]:
    return Received.objects.filter(blind__in=marks).order_by("part").values_list(*_KNOWN)


_ROWS = PreparedRead(_rows_query, lambda n: f"stand-in-{n}")


def _weigh(work: _Work, mark: str, record: Record, known: list[_Known], now: datetime) -> None:
    """Decide what one record changes."""
    if not known:
        work.fresh.append((mark, record))
        return
    first = known[0]
    if is_older(
        at=record.at, state=record.state, known_at=first.at, known_state=first.state, now=now
    ):
        work.stale += 1
        work.same_rows += [row.row_id for row in known]
        return
    if _is_same(record, first) or _is_refused_here(record, known):
        work.same_rows += [row.row_id for row in known]
        if record.at is not None and record.at != first.at:
            work.redated.append((record.at, [row.row_id for row in known]))
        return
    work.changed += 1
    work.count(first.state, is_empty=all(row.entry_id is None for row in known), by=-1)
    work.gone_rows += [row.row_id for row in known]
    work.touched |= {row.entry_id for row in known if row.entry_id is not None}
    work.fresh.append((mark, record))


def _is_same(record: Record, first: _Known) -> bool:
    """The same signals once more, or one more word that it is gone."""
    if record.state != first.state:
        return False
    return record.state == RecordState.WITHDRAWN or _signals(record) == first.signals


def _is_refused_here(record: Record, known: list[_Known]) -> bool:
    """Two people here took its entries out for good: they stay out while the partner lists it."""
    if record.state == RecordState.WITHDRAWN or known[0].state == _WITHDRAWN:
        return False
    states = [row.entry_state for row in known if row.entry_id is not None]
    return bool(states) and all(state == Entry.State.WITHDRAWN for state in states)


def _store(
    exchange: Exchange,
    work: _Work,
    known: dict[str, list[_Known]],
    ready: _Ready,
    now: datetime,
) -> int:
    """Write down the records of a page and take their signals in; gives how many are new."""
    raws = [raw for _, record in work.fresh for raw in _raws(record)]
    taken = iter(
        take_in_entries(
            bank=exchange.bank,
            raws=raws,
            origin=Entry.Origin.EXCHANGE,
            actor=ACTOR,
            now=now,
            is_confirmed=exchange.is_trusted,
            rows=_entry_rows(raws, ready),
        )
        if raws
        else ()
    )
    rows: list[tuple[object, ...]] = []
    added = 0
    for mark, record in work.fresh:
        before = known.get(mark, [])
        entry_ids: list[UUID | None] = [row.entry_id for row in before]
        if record.state != RecordState.WITHDRAWN:
            found = [next(taken) for _ in _raws(record)]
            added += sum(one.is_new for one in found)
            entry_ids = list(dict.fromkeys(one.entry_id for one in found if one.entry_id))
            if record.state == RecordState.DISPUTED:
                work.doubt(entry_ids, before)
        is_empty = not any(entry_ids)
        work.count(record.state, is_empty=is_empty, by=1)
        rows += _rows(mark, record, entry_ids or [None], before, ready)
    for at in range(0, len(work.gone_rows), _AT_ONCE):
        Received.objects.filter(pk__in=work.gone_rows[at : at + _AT_ONCE]).delete()
    rows.sort(key=itemgetter(0, 1))  # through the index once, see ``banks.services.new_rows``
    same = {"exchange": exchange.pk, "pass_no": exchange.pass_no}
    insert_rows(Received, _COLUMNS, rows, same=same)
    return added


def _signals(record: Record) -> str:
    """By which a record whose signals are other ones is told; empty for a withdrawn one."""
    if record.state == RecordState.WITHDRAWN:
        return ""
    return entry_blind(b"\x00".join(record.raws))[:_SIGNALS_DIGITS]


def _entry_rows(raws: Sequence[bytes], ready: _Ready) -> list[Row | None]:
    """The rows of fingerprints, made now where the record's key was known and has others."""
    missing = [raw for raw in raws if raw not in ready.rows]
    ready.rows.update(zip(missing, make_rows(missing), strict=True))
    return [ready.rows[raw] for raw in raws]


def _raws(record: Record) -> tuple[bytes, ...]:
    return () if record.state == RecordState.WITHDRAWN else record.raws


def _rows(
    mark: str,
    record: Record,
    entry_ids: Sequence[UUID | None],
    before: Sequence[_Known],
    ready: _Ready,
) -> list[tuple[object, ...]]:
    at = record.at or (before[0].at if before else None)
    told = before[0].told if before else ""
    box = ready.boxes.get(mark) or seal(record.key.encode(), context=key_context(mark))
    signals = ready.signals.get(mark)
    signals = _signals(record) if signals is None else signals
    state = str(record.state)
    return [
        (mark, part, entry_id, state, box, at, signals, told)
        for part, entry_id in enumerate(entry_ids)
    ]


def _note_seen(exchange: Exchange, work: _Work) -> None:
    for at in range(0, len(work.same_rows), _AT_ONCE):
        same = Received.objects.filter(pk__in=work.same_rows[at : at + _AT_ONCE])
        same.update(pass_no=exchange.pass_no)


def _go_on(exchange: Exchange, page: Page, work: _Work) -> None:
    """Write down what the list holds now, and where the next page begins."""
    for moment, row_ids in work.redated:
        Received.objects.filter(pk__in=row_ids).update(at=moment)
    Exchange.objects.filter(pk=exchange.pk).update(
        checkpoint_box=seal(page.checkpoint.encode(), context=f"exchange-checkpoint:{exchange.pk}"),
        listed=F("listed") + work.listed,
        withdrawn=F("withdrawn") + work.withdrawn,
        left_out=F("left_out") + work.left_out,
        **({"is_pass_ended": True} if page.ends_whole else {}),
    )


def _note(
    exchange: Exchange,
    run_id: int,
    counts: dict[str, int],
    *,
    calls: int,
    has_more: bool,
    now: datetime,
) -> None:
    """Write down what came, for the page of the exchange and for the audit."""
    Run.objects.filter(pk=run_id).update(
        pages=F("pages") + calls, **{name: F(name) + count for name, count in counts.items()}
    )
    record_event(
        what="exchange_fetched",
        actor=ACTOR,
        at=now,
        subject=f"exchange:{exchange.pk}",
        facts={"run": run_id, "calls": calls, "has_more": has_more, **counts},
    )
