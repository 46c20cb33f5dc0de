"""What happens here to a partner's entries becomes something to tell it, each thing once.

News comes as events of the audit. What follows from them is written in the transaction that moves
this reader's cursor, so that nothing is lost and nothing is told twice. Source: ADR-0069.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown_web.audit.models import Event
from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor
from staydown_web.banks.models import Entry
from staydown_web.base.ids import new_ordered_id
from staydown_web.base.rows import insert_rows
from staydown_web.exchanges.models import Exchange, Outgoing, Received
from staydown_web.exchanges.partners import partner_class
from staydown_web.exchanges.partners.wire import FeedbackKind
from staydown_web.review.models import Decision
from staydown_web.review.selectors.items import CONFIRMING_KINDS
from staydown_web.screening.models import Hit

READER = "exchange_feedback"
KINDS = ("copy_held", "copy_blocked", "decision_firm", "entry_disputed")
COLUMNS = (
    *("id", "exchange", "entry", "contributed", "what", "cause", "state", "tries"),
    *("next_try_at", "error_code", "made_at"),
)
_AT_ONCE = 200
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class _Word:
    """Something to say of an entry, the first kind that the partner takes.

    Attributes:
        entry_id: of the entry.
        kinds: what it is, the most exact first.
        cause: number of the event.
    """

    entry_id: UUID
    kinds: tuple[FeedbackKind, ...]
    cause: int


def make_feedback(now: datetime) -> int:
    """Turn news into what partners are to be told.

    Returns:
        How many events were looked at; 0 where there is no news.
    """
    news = events_after(reader=READER, kinds=KINDS, limit=_AT_ONCE)
    if news:
        words = [word for event in news for word in _words_of(event)]
        received = list(_received(list(dict.fromkeys(word.entry_id for word in words))))
        if received:
            _deal_with(words, received, news[-1].seq, now)
        else:  # as nearly always: no transaction in which others would wait
            move_cursor(reader=READER, seq=news[-1].seq)
    return len(news)


@transaction.atomic
def _deal_with(words: Sequence[_Word], entry_ids: Sequence[UUID], seq: int, now: datetime) -> None:
    if not move_cursor(reader=READER, seq=seq):
        return  # another worker was quicker
    received, states = _received(entry_ids), _states(entry_ids)
    for word in words:
        for row in received.get(word.entry_id, ()):
            _say(row, word, states.get(word.entry_id, ""), now)


def _words_of(event: Event) -> Iterable[_Word]:
    match event.what:
        case "copy_held":
            return _each(event.facts.get("entries", ()), (FeedbackKind.SEEN,), event)
        case "copy_blocked":
            kinds = (FeedbackKind.BLOCKED, FeedbackKind.SEEN)
            return _each(event.facts.get("entries", ()), kinds, event)
        case "decision_firm":
            return _of_decision(event)
        case _:
            # What the partner disputes itself is written down by the system.
            entries = [event.subject.partition(":")[2]] if event.actor != "system" else []
            return _each(entries, (FeedbackKind.DISPUTED,), event)


def _each(entries: Iterable[str], kinds: tuple[FeedbackKind, ...], event: Event) -> list[_Word]:
    return [_Word(UUID(str(entry)), kinds, event.seq) for entry in entries]


def _of_decision(event: Event) -> list[_Word]:
    """A copy is to be removed for good, or kept: that is said of the entries that it is like.

    Not that it is gone: what the partner reads is that copies of a confirmed entry are stopped.
    """
    decision = Decision.objects.filter(pk=event.subject.partition(":")[2]).first()
    if decision is None or decision.outcome == Decision.Outcome.HOLD:
        return []  # erased since, or not decided yet
    hits = Hit.objects.filter(copy__tasks=decision.task_id, kind__in=CONFIRMING_KINDS)
    entries = hits.filter(entry__origin=Entry.Origin.EXCHANGE)
    kinds = (
        (FeedbackKind.BLOCKED,)
        if decision.outcome == Decision.Outcome.REMOVE
        else (FeedbackKind.DISPUTED, FeedbackKind.NOT_BLOCKED)
    )
    ids = entries.order_by("entry_id").values_list("entry_id", flat=True).distinct()
    return _each([str(pk) for pk in ids], kinds, event)


def _received(entry_ids: Sequence[UUID]) -> dict[UUID, list[Received]]:
    found: defaultdict[UUID, list[Received]] = defaultdict(list)
    for at in range(0, len(entry_ids), _CHUNK):
        rows = Received.objects.filter(entry_id__in=entry_ids[at : at + _CHUNK])
        living = rows.exclude(state=Received.State.WITHDRAWN).exclude(
            exchange__state=Exchange.State.OFF
        )
        for row in living.select_related("exchange").order_by("pk"):
            if row.entry_id is not None:
                found[row.entry_id].append(row)
    return found


def _states(entry_ids: Sequence[UUID]) -> dict[UUID, str]:
    return dict(Entry.objects.filter(pk__in=entry_ids).values_list("pk", "state"))


def _say(row: Received, word: _Word, entry_state: str, now: datetime) -> None:
    """Put one thing into the outbox, unless it was said before or may not be."""
    kinds = [kind for kind in word.kinds if _is_true(kind, entry_state)]
    said = takes(row.exchange)
    what = next((kind for kind in kinds if kind in said), None)
    if what is None or row.told == what or (what == FeedbackKind.SEEN and row.told):
        return
    outgoing = Outgoing.objects.filter(exchange=row.exchange, entry=row.entry)
    # What was not sent yet is out of date now.
    outgoing.filter(state=Outgoing.State.DUE, tries=0, contributed__isnull=True).delete()
    add_outgoing(row.exchange_id, word.entry_id, str(what), cause=word.cause, now=now)
    Received.objects.filter(entry=row.entry, exchange=row.exchange).update(told=str(what))
    row.told = str(what)


def _is_true(kind: FeedbackKind, entry_state: str) -> bool:
    match kind:
        case FeedbackKind.BLOCKED:
            return entry_state == Entry.State.CONFIRMED
        case FeedbackKind.DISPUTED:
            return entry_state == Entry.State.DISPUTED
        case _:
            return entry_state not in {"", Entry.State.WITHDRAWN}


def takes(exchange: Exchange) -> set[str]:
    """Kinds of feedback that are switched on here and taken there."""
    return set(exchange.tells) & {str(kind) for kind in partner_class(exchange.kind).takes_feedback}


def add_outgoing(
    exchange_id: UUID,
    entry_id: UUID,
    what: str,
    *,
    cause: int,
    now: datetime,
    contributed_id: UUID | None = None,
) -> None:
    """One row of the outbox; the same cause again makes none."""
    row = (
        *(new_ordered_id(), exchange_id, entry_id, contributed_id, what, cause),
        *(str(Outgoing.State.DUE), 0, now, "", now),
    )
    insert_rows(Outgoing, COLUMNS, [row], ignore_conflicts=True)
