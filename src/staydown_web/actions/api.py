"""Orders by polling, for platforms without a public endpoint; and the answers of all of them."""

from __future__ import annotations

import threading
import time
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from staydown_web.accounts.api import KeyAuth, caller_of
from staydown_web.actions.models import Order
from staydown_web.actions.schemas import (
    OrderAnswer,
    OrderList,
    OrderQuery,
    ShownOrder,
)
from staydown_web.actions.selectors import order_facts, order_named, orders_after
from staydown_web.actions.services import answer_order, note_seen
from staydown_web.base.clock import utc_now
from staydown_web.screening.schemas import Problem

WAITING_AT_ONCE = 3
"""Calls that may wait in one process: each keeps one of its threads, and uploads need the rest."""
_LOOK_EVERY_S = 0.5

router = Router(tags=["orders"])
_waiting = threading.BoundedSemaphore(WAITING_AT_ONCE)
_REFUSED = dict.fromkeys((400, 401, 403, 404, 422, 429, 503), Problem)


@router.get(
    "/orders",
    auth=KeyAuth("orders"),
    response={200: OrderList, **_REFUSED},
    summary="What is to be done",
)
def list_orders(
    request: HttpRequest,
    response: HttpResponse,
    asked: Query[OrderQuery],
) -> dict[str, Any]:
    """Up to 100 orders after the last one you saw, oldest first.

    With ``wait`` the call stays open until there is one. When too many calls wait already, it
    answers at once with none, and ``Retry-After`` says when to ask again.
    """
    platform_id = caller_of(request).platform_id
    found = orders_after(
        platform_id=platform_id, after=asked.after, only_waiting=asked.only_waiting
    )
    if not found and asked.wait:
        found, has_waited = _wait_for(platform_id, asked)
        if not has_waited:
            response["Retry-After"] = "2"
    note_seen(order_ids=[order.pk for order in found if order.seen_at is None], now=utc_now())
    # Read again: an order that was taken back in this moment was not seen.
    living = {
        pk
        for (pk,) in Order.objects.filter(pk__in=[o.pk for o in found])
        .exclude(state=Order.State.CANCELLED)
        .values_list("pk")
    }
    shown = [order_facts(order) for order in found if order.pk in living]
    return {"orders": shown, "next": found[-1].seq if found else asked.after}


@router.get(
    "/orders/{order_id}",
    auth=KeyAuth("orders"),
    response={200: ShownOrder, **_REFUSED},
    summary="One order",
)
def show_order(request: HttpRequest, order_id: UUID) -> dict[str, Any]:
    """One of your orders as it stands."""
    order = order_named(order_id=order_id, platform_id=caller_of(request).platform_id)
    return order_facts(order)


@router.post(
    "/orders/{order_id}/answer",
    auth=KeyAuth("orders"),
    response={200: ShownOrder, 409: Problem, **_REFUSED},
    summary="Say what became of an order",
)
def answer(request: HttpRequest, order_id: UUID, body: OrderAnswer) -> dict[str, Any]:
    """Done, or failed with a reason. The same answer again changes nothing."""
    caller = caller_of(request)
    order = answer_order(
        order_id=order_id,
        platform_id=caller.platform_id,
        state=body.state,
        note=body.note,
        actor=caller.actor,
        now=utc_now(),
    )
    return order_facts(order)


def _wait_for(platform_id: UUID, asked: OrderQuery) -> tuple[list[Order], bool]:
    """Orders as soon as there are any, and whether there was room to wait."""
    if not _waiting.acquire(blocking=False):
        return [], False
    try:
        end = time.monotonic() + asked.wait
        while time.monotonic() < end:
            time.sleep(_LOOK_EVERY_S)
            found = orders_after(
                platform_id=platform_id, after=asked.after, only_waiting=asked.only_waiting
            )
            if found:
                return found, True
        return [], True
    finally:
        _waiting.release()
