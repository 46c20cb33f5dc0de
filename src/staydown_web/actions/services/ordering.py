"""Decisions become orders: holding at once, the rest when a decision can no longer be undone.

News of decisions comes as events of the audit, each dealt with once in the transaction that moves
this reader's cursor. So an order is made exactly once, whatever falls over in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from staydown_web.actions.models import Delivery, Endpoint, Order, OrderCount
from staydown_web.actions.selectors import OF_SITE, REMOVALS, was_never_public
from staydown_web.audit.models import Event
from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import NewEvent, move_cursor, record_events
from staydown_web.base.ids import new_id
from staydown_web.regimes.schemas import Kind
from staydown_web.regimes.selectors import regimes
from staydown_web.review.models import Decision
from staydown_web.review.selectors.keeping import freed_twins, keepers_of, noticed_twins
from staydown_web.review.selectors.minors import MINOR, is_closed_since
from staydown_web.review.services.deciding import IN_SIGHT
from staydown_web.screening.models import Copy

READER = "orders"
_KINDS = ("decision_made", "decision_firm", "decision_undone")
_AT_ONCE = 50
_SETTLED = (Copy.State.GONE, Copy.State.REMOVED)
_SHOWN = (Copy.State.GONE, Copy.State.SEEN, Copy.State.RESTORED)


@dataclass(frozen=True, slots=True)
class _Wanted:
    copy: Copy
    what: Order.What


def make_orders(now: datetime) -> int:
    """Make the orders that new decisions ask for.

    Returns:
        How many decisions were looked at; 0 where there is no news.
    """
    news = events_after(reader=READER, kinds=_KINDS, limit=_AT_ONCE)
    for event in news:
        _deal_with(event, now)
    return len(news)


def note_seen(*, order_ids: Sequence[UUID], now: datetime) -> None:
    """Remember that the platform was shown orders: from now on they are not taken back unseen."""
    Order.objects.filter(pk__in=order_ids, seen_at__isnull=True).update(seen_at=now)


@transaction.atomic
def _deal_with(event: Event, now: datetime) -> None:
    if not move_cursor(reader=READER, seq=event.seq):
        return  # another worker was quicker
    decision = (
        Decision.objects.select_related("task", "task__case", "task__platform")
        .filter(pk=event.subject.partition(":")[2])
        .first()
    )
    if decision is None:
        return  # erased since
    match event.what:
        case "decision_made":
            _make(decision, _holds(decision), now)
        case "decision_firm":
            _make(decision, _firm(decision, now), now)
        case _:
            _take_back(decision, now)


def _holds(decision: Decision) -> list[_Wanted]:
    """Copies in plain sight are out of sight at once, whatever becomes of them."""
    if decision.outcome == Decision.Outcome.RESTORE or decision.undone_at is not None:
        return []
    seen = [c for c in _copies(decision) if _before(decision, c) in IN_SIGHT]
    return [_Wanted(copy, Order.What.HOLD) for copy in seen]


def _firm(decision: Decision, now: datetime) -> list[_Wanted]:
    copies = _copies(decision)
    living = [c for c in copies if c.state not in _SETTLED]
    match decision.outcome:
        case Decision.Outcome.REMOVE:
            open_ = [c for c in living if c.state != Copy.State.BLOCKED]
            open_ = [c for c in open_ if not _is_ordered_away(c, decision)]
            return [_Wanted(c, _removal(c, _before(decision, c))) for c in open_]
        case Decision.Outcome.RESTORE if is_closed_since(decision):
            return []
        case Decision.Outcome.RESTORE:
            hidden = [c for c in copies if c.state not in _SHOWN]
            freed = freed_twins(copies, task=decision.task, today=now.date())
            return _restores(decision, [*hidden, *freed], now)
        case _:
            return []


def _is_ordered_away(copy: Copy, decision: Decision) -> bool:
    """Whether what is closed for a minor is to be removed already, by what was decided before."""
    waiting = Order.objects.filter(copy=copy, state=Order.State.WAITING)
    return decision.grounds == [MINOR] and waiting.filter(what__in=REMOVALS).exists()


def _restores(decision: Decision, copies: Iterable[Copy], now: datetime) -> list[_Wanted]:
    """What another decision keeps off stays off; and what never went down needs no order."""
    task, today = decision.task, now.date()
    free = [copy for copy in copies if not keepers_of(copy, task=task, today=today)]
    return [_Wanted(copy, Order.What.RESTORE) for copy in free if _went_down(copy, free)]


def _went_down(copy: Copy, free: Sequence[Copy]) -> bool:
    """Whether a platform did something about a copy, or still may.

    Of the same content at the same place, by two notices, the one that it removed counts for both.
    """
    if copy.source == Copy.Source.UPLOAD:
        return True  # as what was held when it was uploaded
    orders = Order.objects.filter(copy=copy).exclude(state=Order.State.CANCELLED)
    restored = orders.filter(what=Order.What.RESTORE, state=Order.State.DONE).order_by("-seq")
    since = restored.values_list("seq", flat=True).first() or 0
    hides = list(orders.filter(seq__gt=since).exclude(what=Order.What.RESTORE).order_by("seq"))
    if hides and all(order.state == Order.State.FAILED for order in hides):
        return False
    if hides and hides[-1].state != Order.State.FAILED:
        return True
    removed = Order.objects.filter(what=Order.What.REMOVE, state=Order.State.DONE)
    others = Copy.objects.filter(Exists(removed.filter(copy=OuterRef("pk"))), pk__in=_ids(free))
    return not noticed_twins(copy, others)


def _ids(copies: Iterable[Copy]) -> list[UUID]:
    return [copy.pk for copy in copies]


def _removal(copy: Copy, before: str) -> Order.What:
    """An upload that was held was never public: it is blocked. All else is removed."""
    return Order.What.BLOCK if was_never_public(copy, before) else Order.What.REMOVE


def _copies(decision: Decision) -> list[Copy]:
    return list(decision.task.copies.order_by("seen_at", "id"))


def _before(decision: Decision, copy: Copy) -> str:
    """How a copy stood before the decision; as it stands, where it joined later."""
    return str(decision.before.get("copies", {}).get(str(copy.pk), copy.state))


def _take_back(decision: Decision, now: datetime) -> None:
    """Cancel what the platform has not seen; undo what it has."""
    waiting = Order.objects.filter(decision=decision, state=Order.State.WAITING)
    unseen = list(waiting.filter(seen_at__isnull=True).values_list("pk", flat=True))
    cancelled = Order.objects.filter(pk__in=unseen, state=Order.State.WAITING, seen_at__isnull=True)
    cancelled.update(state=Order.State.CANCELLED)
    Delivery.objects.filter(
        order__decision=decision, order__state=Order.State.CANCELLED, state=Delivery.State.DUE
    ).update(state=Delivery.State.DEAD, done_at=now)
    if is_closed_since(decision):
        return  # taken back just before: it stays out of sight
    seen = Order.objects.filter(decision=decision, what=Order.What.HOLD).exclude(
        state__in=(Order.State.CANCELLED, Order.State.FAILED)
    )
    held = [order.copy for order in seen.select_related("copy")]
    _make(decision, _restores(decision, held, now), now)


def _make(decision: Decision, wanted: Iterable[_Wanted], now: datetime) -> None:
    known = set(Order.objects.filter(decision=decision).values_list("copy_id", "what"))
    new = [w for w in wanted if (w.copy.pk, w.what) not in known]
    if not new:
        return
    task, last = decision.task, take_numbers(len(new))
    orders = [
        Order(
            id=new_id(),
            seq=last - len(new) + 1 + place,
            platform=task.platform,
            copy=want.copy,
            decision=decision,
            what=want.what,
            reason=_reason(decision, want.what),
            made_at=now,
        )
        for place, want in enumerate(new)
    ]
    Order.objects.bulk_create(orders)
    address_orders(orders, now)
    record_events([order_made(order, "system", now) for order in orders])


def take_numbers(count: int) -> int:
    """The last of ``count`` new numbers. The row is held until the transaction ends."""
    OrderCount.objects.get_or_create(pk=1)
    OrderCount.objects.filter(pk=1).update(seq=F("seq") + count)
    return OrderCount.objects.get(pk=1).seq


def address_orders(orders: Sequence[Order], now: datetime) -> None:
    """One message an order for each endpoint of the platform."""
    endpoints = Endpoint.objects.filter(platform=orders[0].platform, is_active=True)
    Delivery.objects.bulk_create(
        [
            Delivery(endpoint=endpoint, order=order, next_try_at=now, made_at=now)
            for endpoint in endpoints
            for order in orders
        ]
    )


def _reason(decision: Decision, what: str) -> str:
    """The id of the law that the order follows from; nothing about who asked.

    It is the first law among the grounds of the decision. Where there are none yet, as at a hold
    for a second reviewer, it is the first law of the notice, one that binds the platform before
    others. Empty where something is shown again, also because a removal was undone.
    """
    task = decision.task
    if decision.outcome == Decision.Outcome.RESTORE or what == Order.What.RESTORE:
        return ""
    if decision.grounds:
        return _first_law(decision.grounds)
    laws = task.case.regimes if task.case else []
    return _first_law([*(law for law in laws if law in task.platform.regimes), *laws])


def _first_law(ids: Sequence[str]) -> str:
    """The site's own rules where none of them is a law."""
    known = regimes()
    laws = (id_ for id_ in ids if id_ in known and known[id_].kind is Kind.LAW)
    return next(laws, OF_SITE)


def order_made(order: Order, actor: str, now: datetime) -> NewEvent:
    """The event of a new order."""
    decision = order.decision
    return NewEvent(
        what="order_made",
        actor=actor,
        at=now,
        case_id=decision.task.case_id if decision else None,
        subject=f"order:{order.pk}",
        facts={
            "what": order.what,
            "copy": order.copy_id,
            "decision": order.decision_id,
            "platform": order.platform_id,
            "number": order.seq,
        },
    )
