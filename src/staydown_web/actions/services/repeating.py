"""A reviewer orders again what the platform could not do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from staydown_web.actions.models import Order
from staydown_web.actions.selectors import order_named, repeatable_removals
from staydown_web.actions.services.ordering import address_orders, order_made, take_numbers
from staydown_web.audit.services import record_events
from staydown_web.base.errors import RecordConflictError
from staydown_web.base.ids import new_id
from staydown_web.review.services.returning import let_go


def order_again(*, order_id: UUID, actor: str, now: datetime) -> int:
    """Order the removals of one decision again that the platform could not do.

    They are new orders with the next ``number``; the failed ones and their answers stay as they
    are. The item stays in review until the platform says that it is done.

    Args:
        order_id: one of them; the others of its decision go with it.
        actor: who asks.
        now: the moment, aware UTC.

    Returns:
        How many orders were made.

    Raises:
        RecordNotFoundError: no such order.
        RecordConflictError: nothing of it failed, or something else was ordered or decided since.
    """
    order = order_named(order_id=order_id)
    try:
        with transaction.atomic():
            return _order_again(order, actor, now)
    except IntegrityError:
        # Somebody was quicker: the number that these would have is taken.
        raise RecordConflictError("a colleague has ordered this again already") from None


def _order_again(order: Order, actor: str, now: datetime) -> int:
    rows = repeatable_removals(order).select_related("copy", "decision__task")
    failed = list(rows.order_by("seq"))
    if not failed:
        raise RecordConflictError(
            "this did not fail, or something else was ordered or decided since"
        )
    last = take_numbers(len(failed))
    again = [
        Order(
            id=new_id(),
            seq=last - len(failed) + 1 + place,
            number=old.number + 1,
            platform_id=old.platform_id,
            copy=old.copy,
            decision=old.decision,
            what=old.what,
            reason=old.reason,
            made_at=now,
        )
        for place, old in enumerate(failed)
    ]
    Order.objects.bulk_create(again)
    address_orders(again, now)
    record_events([order_made(made, actor, now) for made in again])
    if order.decision is not None:  # without one nothing comes back
        let_go(order_ids=[old.pk for old in failed], decision=order.decision, now=now)
    return len(again)
