"""What a platform answers becomes part of the case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from staydown_web.actions.models import Order
from staydown_web.actions.selectors import (
    REMOVALS,
    answer_note,
    failed_removals,
    is_down,
    is_outdated,
    standing,
)
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FieldsError, RecordConflictError, RecordNotFoundError
from staydown_web.base.sealing import seal
from staydown_web.cases.models import Item, Location
from staydown_web.cases.services import settle_item, settle_location
from staydown_web.review.selectors.items import items_of
from staydown_web.review.selectors.keeping import noticed_twins
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
_THERE = (Copy.State.SEEN, Copy.State.HELD, Copy.State.RESTORED)
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
    twins = _carry_on(order, actor, now) if state == Order.State.DONE else []
    for one in (order, *twins):
        _settle_items(one, actor, now, is_done=state == Order.State.DONE)
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


def _carry_on(order: Order, actor: str, now: datetime) -> list[Order]:
    """The copy, and the places that lead to it, are as the platform says.

    Returns:
        Open orders to remove the same content at the same place: it is down for them as well.
    """
    newer = Order.objects.filter(
        copy_id=order.copy_id, seq__gt=order.seq, state=Order.State.DONE
    ).exists()
    if newer:
        return []  # an answer that comes late does not undo what was ordered after it
    what = Order.What(order.what)
    if what == Order.What.HOLD and order.copy.state == Copy.State.REMOVED:
        return []  # removed meanwhile, as for another notice: it is more than hidden
    twins = _twins_to_remove(order)
    with_it = _down_with(order, now) or _shown_with(order)
    copy_ids = [order.copy_id, *(twin.copy_id for twin in twins), *with_it]
    mark_copies(copy_ids=copy_ids, state=_COPY_STATE[what], now=now)
    place_state = _PLACE_STATE.get(what)
    if place_state is not None:
        for location in Location.objects.filter(copy_id__in=copy_ids).select_related("case"):
            settle_location(location=location, state=place_state, actor=actor, now=now)
    return twins


def _twins_to_remove(order: Order) -> list[Order]:
    """Two notices can name one address: each has an order, and the second finds nothing there."""
    if order.what != Order.What.REMOVE:
        return []
    open_ = standing(
        Order.objects.filter(
            what=Order.What.REMOVE, state__in=(Order.State.WAITING, Order.State.FAILED)
        )
    )
    among = Copy.objects.filter(Exists(open_.filter(copy=OuterRef("pk"))))
    twins = noticed_twins(order.copy, among)
    return list(open_.filter(copy__in=twins).select_related("copy", "decision__task"))


def _down_with(order: Order, now: datetime) -> list[UUID]:
    """The same content at the same place, as another notice names it, whatever is decided there.

    What came since is left out: it is there again.
    """
    if order.what != Order.What.REMOVE:
        return []
    newer = Order.objects.filter(
        copy=OuterRef("pk"), seq__gt=order.seq, state=Order.State.DONE, what=Order.What.RESTORE
    )
    among = Copy.objects.filter(~Exists(newer), state__in=_THERE, seen_at__lte=now)
    return [twin.pk for twin in noticed_twins(order.copy, among)]


def _shown_with(order: Order) -> list[UUID]:
    """The same content at the same place that was down by another's order alone is there again."""
    if order.what != Order.What.RESTORE:
        return []
    removals = standing(Order.objects.filter(what=Order.What.REMOVE, copy=OuterRef("pk")))
    failed = Q(Exists(removals.filter(state=Order.State.FAILED)))
    without = Q(~Exists(removals), state=Copy.State.REMOVED)
    among = Copy.objects.filter(failed | without)
    return [twin.pk for twin in noticed_twins(order.copy, among)]


def _settle_items(order: Order, actor: str, now: datetime, *, is_done: bool) -> None:
    """An item is not removed while the platform says that it could not remove a copy of it.

    Then it comes to a reviewer again, who orders it anew or decides otherwise. So does an upload
    that it could not block, but that was never public: of an item it says nothing.
    """
    if order.decision is None or order.what not in REMOVALS or is_outdated(order):
        return
    rows = failed_removals(order).select_related("copy")
    left = [one for one in rows if not is_down(one)]
    failed = [one.copy for one in left if one.what != Order.What.BLOCK]
    if not is_done:
        note = answer_note(order)
        bring_back(decision=order.decision, copy=order.copy, order_id=order.pk, note=note, now=now)
        if order.what == Order.What.BLOCK:
            return
    elif not left:
        orders = Order.objects.filter(decision=order.decision, what__in=REMOVALS)
        ids = list(orders.values_list("pk", flat=True))
        let_go(order_ids=ids, decision=order.decision, now=now)
    for item in items_of(order.decision.task):
        own = _ordered_away(item)
        if not _is_about(order.copy, own):
            continue  # the order for its own address decides
        has_failed = any(_is_about(copy, own) for copy in failed)
        state = Item.State.IN_REVIEW if has_failed else Item.State.REMOVED
        settle_item(item=item, state=state, actor=actor, now=now)


def _is_about(copy: Copy, own: Collection[UUID]) -> bool:
    """Whether a copy decides how an item stands: not that at the address of another notice."""
    return not own or copy.pk in own or copy.source != Copy.Source.NOTICE


def _ordered_away(item: Item) -> set[UUID]:
    """The copies at an item's own addresses that are ordered to be removed."""
    places = Q(item=item) | Q(item__isnull=True)
    own = item.case.locations.filter(places, copy__isnull=False).values("copy")
    removals = standing(Order.objects.filter(copy__in=own, what__in=REMOVALS))
    return set(removals.values_list("copy", flat=True))


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
