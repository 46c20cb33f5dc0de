"""Receipts, statements of reasons and outcomes of complaints for programs of a platform."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from staydown_web.accounts.api import KeyAuth, caller_of
from staydown_web.actions.models import Order
from staydown_web.actions.selectors import order_named
from staydown_web.base.clock import utc_now
from staydown_web.reports.models import Document
from staydown_web.reports.schemas import (
    OutcomeList,
    OutcomeQuery,
    Receipt,
    ReceiptQuery,
    StatementList,
    StatementQuery,
)
from staydown_web.reports.selectors.complaint_messages import outcome_of, outcomes_after
from staydown_web.reports.selectors.statement_messages import message_of
from staydown_web.reports.selectors.statements import said_by, statements_after
from staydown_web.reports.services import make_receipt
from staydown_web.screening.schemas import Problem

router = Router(tags=["orders"])


@router.get(
    "/orders/{order_id}/receipt",
    auth=KeyAuth("orders"),
    response={200: Receipt, **dict.fromkeys((400, 401, 403, 404, 422, 429, 503), Problem)},
    summary="A signed receipt of an order and its answer, or of its decision",
)
def receipt(request: HttpRequest, order_id: UUID, asked: Query[ReceiptQuery]) -> Any:
    """What was ordered, when it was delivered and answered, signed by this service.

    With `of=decision`: what a person decided, on which grounds, and since when it holds. Keep the
    bytes as they are: `staydown verify` checks them offline. `GET /key/` is the key.
    """
    order = order_named(order_id=order_id, platform_id=caller_of(request).platform_id)
    if asked.of == "decision":
        made = make_receipt(
            decision=order.decision,
            side=Document.Side.PLATFORM,
            kind=Document.Kind.DECISION_MADE,
            now=utc_now(),
        )
        return HttpResponse(made.data, content_type="application/json")
    is_answered = order.state in {Order.State.DONE, Order.State.FAILED}
    made = make_receipt(
        order=order,
        side=Document.Side.PLATFORM,
        kind=Document.Kind.ORDER_ANSWERED if is_answered else Document.Kind.ORDER_MADE,
        now=utc_now(),
    )
    return HttpResponse(made.data, content_type="application/json")


@router.get(
    "/statements",
    auth=KeyAuth("orders"),
    response={200: StatementList, **dict.fromkeys((400, 401, 403, 404, 422, 429, 503), Problem)},
    summary="Statements of reasons to hand on",
)
def list_statements(request: HttpRequest, asked: Query[StatementQuery]) -> dict[str, Any]:
    """Up to 50 statements after the last one you saw, oldest first; the same as the webhook sends.

    Show the text in your own language to whoever uploaded that content, with the link.
    """
    found = statements_after(platform_id=caller_of(request).platform_id, after=asked.after)
    shown = [
        {
            **message_of(statement, said_by(statement)),
            "state": statement.state,
            "made_at": statement.made_at,
        }
        for statement in found
    ]
    return {"statements": shown, "next": found[-1].pk if found else asked.after}


@router.get(
    "/complaints",
    auth=KeyAuth("orders"),
    response={200: OutcomeList, **dict.fromkeys((400, 401, 403, 404, 422, 429, 503), Problem)},
    summary="What came of complaints about decisions",
)
def list_outcomes(request: HttpRequest, asked: Query[OutcomeQuery]) -> dict[str, Any]:
    """Up to 50 settled complaints after the last one you saw; the same as the webhook sends.

    It says whether the decision stays. What is to be done, if anything, comes as orders.
    """
    found = outcomes_after(platform_id=caller_of(request).platform_id, after=asked.after)
    shown = [outcome_of(complaint) for complaint in found]
    return {"complaints": shown, "next": found[-1].pk if found else asked.after}
