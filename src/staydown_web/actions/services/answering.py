"""What a platform answers becomes part of the case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown_web.actions.models import Order
from staydown_web.actions.selectors import REMOVALS, answer_note, failed_removals, is_outdated
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FieldsError, RecordConflictError, RecordNotFoundError
from staydown_web.base.sealing import seal
from staydown_web.cases.models import Item, Location
from staydown_web.cases.services import settle_item, settle_location
from staydown_web.review.selectors.items import items_of
from staydown_web.review.services.returning import bring_back, let_go
from staydown_web.screening.models import Copy
from staydown_web.screening.services import mark_copies

LONGEST_NOTE = 300
ANSWERS = (Order.State.DONE, Order.State.FAILED)
_COPY_STATE = {
    Order.What.BLOCK: Copy.State.BLOCKED,
    Order.What.HOLD: Copy.State.HELD,
    Order.What.REMOVE: Copy.State.REMOVED,
    Order.What.RESTORE: Copy.State.RESTORED,
}
_PLACE_STATE = {
    Order.What.BLOCK: Location.State.REMOVED,
    Order.What.REMOVE: Location.State.REMOVED,
    Order.What.RESTORE: Location.State.FOUND,
}


@transaction.atomic
def answer_order(
    *, order_id: UUID, platform_id: UUID, state: str, note: str, actor: str, now: datetime
) -> Order:
    """Take a platform's answer to an order.

    The same answer again changes nothing. An order that failed can be done later; one that is done
    stays done.

    Args:
        order_id: which order.
        platform_id: who answers; another platform's orders do not exist for it.
        state: done or failed.
        note: up to 300 characters for the people here; kept sealed.
        actor: whose key.
        now: the moment, aware UTC.

    Returns:
        The order as it stands now.

    Raises:
        RecordNotFoundError: no such order of this platform.
        RecordConflictError: it was taken back, or is done already.
        FieldsError: another state, or too long a note.
    """
    _check(state, note)
    rows = Order.objects.filter(pk=order_id, platform_id=platform_id)
    order = rows.select_related("copy", "decision__task").first()
    if order is None:
        raise RecordNotFoundError("there is no such order")
    if order.state == state:
        return order
    open_states = [Order.State.WAITING]
    if state == Order.State.DONE:
        open_states.append(Order.State.FAILED)
    box = seal(note.encode(), context=f"order:{order.pk}") if note else None
    changed = rows.filter(state__in=open_states).update(
        state=state, answered_at=now, answer_box=box
    )
    if not changed:
        raise RecordConflictError(f"this order is {order.state}; it takes no other answer")
    order.refresh_from_db(fields=["state", "answered_at", "answer_box"])
    if state == Order.State.DONE:
        _carry_on(order, actor, now)
    _settle_items(order, actor, now)
    _record(order, actor, now)
    return order


def _check(state: str, note: str) -> None:
    wrong = {}
    if state not in ANSWERS:
        wrong["state"] = "done or failed"
    if len(note) > LONGEST_NOTE:
        wrong["note"] = f"at most {LONGEST_NOTE} characters"
    if wrong:
        raise FieldsError(wrong)


def _carry_on(order: Order, actor: str, now: datetime) -> None:
    """The copy, and the places that lead to it, are as the platform says."""
    newer = Order.objects.filter(
        copy_id=order.copy_id, seq__gt=order.seq, state=Order.State.DONE
    ).exists()
    if newer:
        return  # an answer that comes late does not undo what was ordered after it
    what = Order.What(order.what)
    mark_copies(copy_ids=[order.copy_id], state=_COPY_STATE[what], now=now)
    place_state = _PLACE_STATE.get(what)
    if place_state is None:
        return
    for location in Location.objects.filter(copy_id=order.copy_id).select_related("case"):
        settle_location(location=location, state=place_state, actor=actor, now=now)


def _settle_items(order: Order, actor: str, now: datetime) -> None:
    """An item is not removed while the platform says that it could not remove a copy of it.

    Then it comes to a reviewer again, who orders it anew or decides otherwise.
    """
    if order.decision is None or order.what not in REMOVALS or is_outdated(order):
        return
    has_failed = failed_removals(order).exists()
    state = Item.State.IN_REVIEW if has_failed else Item.State.REMOVED
    if order.state == Order.State.FAILED:
        note = answer_note(order)
        bring_back(decision=order.decision, copy=order.copy, order_id=order.pk, note=note, now=now)
    elif not has_failed:
        orders = Order.objects.filter(decision=order.decision, what__in=REMOVALS)
        let_go(
            order_ids=list(orders.values_list("pk", flat=True)),
            copy_ids=list(orders.values_list("copy_id", flat=True)),
            now=now,
        )
    for item in items_of(order.decision.task):
        settle_item(item=item, state=state, actor=actor, now=now)


def _record(order: Order, actor: str, now: datetime) -> None:
    record_event(
        what="order_answered",
        actor=actor,
        at=now,
        case_id=order.decision.task.case_id if order.decision else None,
        subject=f"order:{order.pk}",
        facts={
            "what": order.what,
            "state": order.state,
            "copy": order.copy_id,
            "number": order.seq,
            "has_note": order.answer_box is not None,
        },
    )
