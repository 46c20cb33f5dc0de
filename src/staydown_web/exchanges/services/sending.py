"""The outbox: what partners are told goes out, again where it must, and is never lost.

Each row is claimed by one conditional UPDATE before it is sent; a worker that dies in between
leaves it to be sent again when its claim runs out. Partners take the same word twice as once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from staydown.errors import StaydownError
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Entry
from staydown_web.base.errors import ExchangePayloadError
from staydown_web.base.fetching import outcome_facts
from staydown_web.base.retrying import PARTNER
from staydown_web.base.sealing import seal, unseal
from staydown_web.exchanges.models import Contributed, Exchange, Outgoing, Received
from staydown_web.exchanges.partners.wire import Feedback, FeedbackKind, Partner
from staydown_web.exchanges.selectors import exchange_of
from staydown_web.exchanges.services.contributing import GIVEN, WITHDRAWN, end_contributed
from staydown_web.exchanges.services.fetching import FOR_PEOPLE, Opener, open_exchange
from staydown_web.exchanges.services.taking import ACTOR, key_context

_CLAIM = timedelta(minutes=3)
_AT_ONCE = 50
_NO_KEY_YET = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A row of the outbox, and what is said for it."""

    row: Outgoing
    feedback: tuple[Feedback, ...]


def send_due(
    *, now: datetime, clock: Callable[[], datetime], opened: Opener = open_exchange
) -> int:
    """Tell each partner what is due, oldest first.

    Args:
        now: which are due.
        clock: reads the moment of each call.
        opened: opens an exchange.

    Returns:
        How many rows were dealt with.
    """
    due = Outgoing.objects.filter(
        state=Outgoing.State.DUE, next_try_at__lte=now, exchange__is_stopped=False
    )
    ids = list(due.order_by().values_list("exchange_id", flat=True).distinct())
    return sum(_send_for(exchange_id, now, clock, opened) for exchange_id in sorted(ids))


def replay_given_up(*, exchange_id: UUID, actor: str, now: datetime) -> int:
    """Tell a partner again what was given up.

    Returns:
        How many rows.

    Raises:
        RecordNotFoundError: no such exchange.
    """
    exchange = exchange_of(exchange_id)
    with transaction.atomic():
        dead = Outgoing.objects.filter(exchange=exchange, state=Outgoing.State.DEAD)
        again = dead.update(
            state=Outgoing.State.DUE, tries=0, next_try_at=now, done_at=None, error_code=""
        )
        if again:
            record_event(
                what="partner_replayed",
                actor=actor,
                at=now,
                subject=f"exchange:{exchange.pk}",
                facts={"count": again},
            )
    return again


def _send_for(
    exchange_id: UUID, now: datetime, clock: Callable[[], datetime], opened: Opener
) -> int:
    mine = _claimed(exchange_id, now, clock())
    if not mine:
        return 0
    exchange = exchange_of(exchange_id)
    given = [row for row in mine if row.what == GIVEN]
    rest = [row for row in mine if row.what != GIVEN]
    try:
        partner = opened(exchange)
    except StaydownError as error:
        _note_failure(exchange, mine, error, clock())
        return len(mine)
    if given:
        _tell(exchange, given, lambda rows: _contribute(partner, rows, clock), clock)
    # Read anew: what was given a moment ago has its key by now.
    fresh = Outgoing.objects.select_related("contributed").in_bulk([row.pk for row in rest])
    ready = [_Ready(row, _feedback_of(row)) for row in fresh.values()]
    _let_go([one.row for one in ready if not one.feedback], clock())
    said = {one.row.pk: one.feedback for one in ready if one.feedback}
    rows = [one.row for one in ready if one.feedback]
    if rows:
        _tell(exchange, rows, lambda some: _send(partner, some, said, clock), clock)
    return len(mine)


def _claimed(exchange_id: UUID, now: datetime, at: datetime) -> list[Outgoing]:
    """Rows that are this worker's until its claim runs out."""
    due = Outgoing.objects.filter(
        exchange_id=exchange_id, state=Outgoing.State.DUE, next_try_at__lte=now
    )
    mine = []
    for row in due.select_related("contributed").order_by("made_at", "pk")[:_AT_ONCE]:
        rows = Outgoing.objects.filter(pk=row.pk, state=Outgoing.State.DUE, tries=row.tries)
        if rows.update(tries=F("tries") + 1, next_try_at=at + _CLAIM):
            row.tries += 1
            mine.append(row)
    return mine


def _tell(
    exchange: Exchange,
    rows: Sequence[Outgoing],
    call: Callable[[Sequence[Outgoing]], None],
    clock: Callable[[], datetime],
) -> None:
    """One call for all rows; where the partner cannot take them together, one for each."""
    try:
        call(rows)
    except ExchangePayloadError as error:
        if len(rows) == 1:
            _note_failure(exchange, rows, error, clock())
            return
        for row in rows:
            _tell(exchange, [row], call, clock)
    except StaydownError as error:
        _note_failure(exchange, rows, error, clock())
    else:
        _note_told(exchange, rows, clock())


def _send(
    partner: Partner,
    rows: Sequence[Outgoing],
    said: dict[UUID, tuple[Feedback, ...]],
    clock: Callable[[], datetime],
) -> None:
    partner.send([one for row in rows for one in said[row.pk]], now=clock())


def _contribute(partner: Partner, rows: Sequence[Outgoing], clock: Callable[[], datetime]) -> None:
    held = [row.contributed for row in rows if row.contributed is not None]
    raws = [unseal(c.raw_box or b"", context=f"contributed-raw:{c.pk}") for c in held]
    keys = partner.contribute(raws, now=clock())
    for contributed, key in zip(held, keys, strict=True):
        if not key:
            _leave_out(contributed)
            continue
        box = seal(key.encode(), context=f"contributed-key:{contributed.pk}")
        mine = Contributed.objects.filter(pk=contributed.pk)
        mine.update(key_box=box, given_at=clock())
        # Where she took it back meanwhile it stays so, and the partner is told that next.
        mine.filter(state=Contributed.State.DUE).update(state=Contributed.State.GIVEN)


def _leave_out(contributed: Contributed) -> None:
    """The partner takes no signal that this entry has."""
    Outgoing.objects.filter(contributed=contributed).delete()
    Contributed.objects.filter(pk=contributed.pk).update(
        state=Contributed.State.UNTAKEN, raw_box=None
    )


def _feedback_of(row: Outgoing) -> tuple[Feedback, ...]:
    """What is said for a row, one for each key of its entry; empty where nothing is to be said."""
    if row.contributed is not None:
        contributed = row.contributed
        if contributed.key_box is None or contributed.raw_box is None:
            return ()
        key = unseal(contributed.key_box, context=f"contributed-key:{contributed.pk}")
        raw = unseal(contributed.raw_box, context=f"contributed-raw:{contributed.pk}")
        return (Feedback(key.decode(), FeedbackKind.WITHDRAWN, raw),)
    box = Entry.objects.filter(pk=row.entry_id).values_list("box", flat=True).first()
    if box is None:
        return ()  # the partner has withdrawn it since
    raw = unseal(box, context=f"entry:{row.entry_id}")
    keys = Received.objects.filter(exchange_id=row.exchange_id, entry_id=row.entry_id)
    living = keys.exclude(state=Received.State.WITHDRAWN).order_by("pk")
    return tuple(
        Feedback(unseal(key_box, context=key_context(mark)).decode(), FeedbackKind(row.what), raw)
        for mark, key_box in living.values_list("blind", "key_box")
    )


def _let_go(rows: Sequence[Outgoing], now: datetime) -> None:
    """Rows that say nothing now: gone with their entry, or waiting for the partner's key."""
    for row in rows:
        mine = Outgoing.objects.filter(pk=row.pk, state=Outgoing.State.DUE)
        giving = Outgoing.objects.filter(contributed=row.contributed, what=GIVEN).first()
        if row.contributed is None or giving is None:
            mine.delete()
        elif giving.state == Outgoing.State.DEAD:
            # It may have got there. Whoever sends that again sends this again, too.
            mine.update(state=Outgoing.State.DEAD, done_at=now, error_code=giving.error_code)
        else:
            mine.update(tries=F("tries") - 1, next_try_at=now + _NO_KEY_YET)


@transaction.atomic
def _note_told(exchange: Exchange, rows: Sequence[Outgoing], now: datetime) -> None:
    """They are told: one event of the audit for each kind of thing."""
    mine = Outgoing.objects.filter(pk__in=[row.pk for row in rows], state=Outgoing.State.DUE)
    living = set(mine.values_list("pk", flat=True))
    rows = [row for row in rows if row.pk in living]
    mine.update(state=Outgoing.State.SENT, done_at=now, error_code="")
    ended = [row.contributed_id for row in rows if row.contributed_id and row.what == WITHDRAWN]
    end_contributed(ended, now)
    for what in sorted({row.what for row in rows}):
        entries = [row.entry_id for row in rows if row.what == what]
        record_event(
            what="partner_told",
            actor=ACTOR,
            at=now,
            subject=f"exchange:{exchange.pk}",
            facts={"what": what, "count": len(entries), "entries": entries},
        )


@transaction.atomic
def _note_failure(
    exchange: Exchange, rows: Sequence[Outgoing], error: StaydownError, now: datetime
) -> None:
    """They are told later, or given up; refused credentials stop all until somebody has acted."""
    is_stopped = isinstance(error, FOR_PEOPLE)
    if is_stopped:
        Exchange.objects.filter(pk=exchange.pk).update(is_stopped=True, error_code=error.code)
    for row in rows:
        mine = Outgoing.objects.filter(pk=row.pk, state=Outgoing.State.DUE)
        next_try = PARTNER.next_try(
            tries=row.tries, now=now, retry_after_s=getattr(error, "retry_after_s", 0)
        )
        if is_stopped:
            mine.update(tries=row.tries - 1, next_try_at=now, error_code=error.code)
        elif next_try is None:
            mine.update(state=Outgoing.State.DEAD, done_at=now, error_code=error.code)
        else:
            mine.update(next_try_at=next_try, error_code=error.code)
    record_event(
        what="exchange_failed",
        actor=ACTOR,
        at=now,
        subject=f"exchange:{exchange.pk}",
        facts={
            **outcome_facts(tries=max(row.tries for row in rows), error=error),
            "untold": len(rows),
            "is_stopped": is_stopped,
        },
    )
