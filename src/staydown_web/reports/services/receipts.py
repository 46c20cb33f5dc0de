"""Receipts for both sides: made once, the moment that there is something to attest."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import Q

from staydown_web.actions.models import Order
from staydown_web.audit.models import Event
from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor
from staydown_web.base.errors import RecordNotFoundError, SealError
from staydown_web.base.retention import keeps
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import items_of, person_view
from staydown_web.reports.models import Document
from staydown_web.reports.selectors.documents import moment
from staydown_web.reports.selectors.receipts import (
    Offered,
    addition_offered,
    decided_at,
    decision_facts,
    item_facts,
    notice_offered,
    order_receipt_facts,
    receipts_offered,
)
from staydown_web.reports.selectors.received import ADDS
from staydown_web.reports.services.signing import SignedDocument, file_of, keep_document
from staydown_web.review.models import Decision

READER = "receipts"
_OF_CASE = ("notice_valid", "notice_incomplete", "items_added", "item_settled", "withdrawal_asked")
_OF_ORDER = ("order_made", "order_answered")
_OF_DECISION = ("decision_firm",)
_AT_ONCE = 50


def make_receipt(
    *,
    side: str,
    kind: str,
    now: datetime,
    case: Case | None = None,
    decision: Decision | None = None,
    order: Order | None = None,
) -> SignedDocument:
    """A signed receipt; the same facts give the same receipt again.

    Args:
        side: of ``Document.Side``.
        kind: ``notice_received`` and ``withdrawal_asked`` of a case, ``addition_received`` and
            ``item_decided`` of a case (the last one), ``decision_made`` of a decision,
            ``order_made`` and ``order_answered`` of an order.
        now: the moment to record, aware UTC.
        case: of which it is.
        decision: of which it is.
        order: of which it is.

    Raises:
        RecordNotFoundError: there is nothing of this kind to attest.
        SealError: the case was erased.
    """
    if order is not None and kind in _OF_ORDER:
        return file_of(_keep_order(order, kind, now))
    if decision is not None and kind == Document.Kind.DECISION_MADE:
        return file_of(_keep_decision(decision, side, now))
    if case is not None:
        view = person_view(case=case, is_unveiled=True, now=now)
        offered = [one for one in receipts_offered(case=case, view=view) if one.kind == kind]
        if offered:
            return file_of(keep_offered(case=case, offered=offered[-1], now=now))
    raise RecordNotFoundError("there is nothing of this kind to give a receipt for")


def keep_offered(*, case: Case, offered: Offered, now: datetime) -> Document:
    """Make a receipt that a person's page offers, once for each moment that one attests.

    That she took back her request holds no word of hers and outlives the case's key: the page
    offers it alike where the key is gone and where it is not.
    """
    return keep_document(
        kind=offered.kind,
        side=Document.Side.NOTIFIER,
        facts=offered.facts,
        case=case,
        is_of_case=offered.kind != Document.Kind.WITHDRAWAL_ASKED,
        once=f"{case.pk}:{offered.at.astimezone(UTC).isoformat()}:{offered.item or 0}",
        now=now,
    )


def make_receipts(now: datetime) -> int:
    """Make the receipts that events call for, in the order of the events.

    The same facts give the same receipt, so an event may be dealt with twice, and nobody waits
    while one is signed.

    Returns:
        How many events were dealt with.
    """
    kinds = (*_OF_CASE, *_OF_ORDER, *_OF_DECISION)
    news = events_after(reader=READER, kinds=kinds, limit=_AT_ONCE)
    for event in news:
        _deal_with(event, now)
        move_cursor(reader=READER, seq=event.seq)
    return len(news)


def forget_receipts(now: datetime) -> int:
    """Delete the receipts of cases that were erased, and those whose time is over.

    Returns:
        How many.
    """
    # A case that keeps its notice as proof keeps its key too; only erased ones are here.
    is_dead = Q(is_of_case=True, case__erased_at__isnull=False)
    is_old = Q(is_of_case=False, made_at__lte=now - keeps("receipts"))
    left = Document.objects.filter(is_dead | is_old).exclude(side=Document.Side.SERVICE)
    return int(left.delete()[0])


def _deal_with(event: Event, now: datetime) -> None:
    try:
        if event.what in _OF_CASE:
            _of_case(event, now)
        elif event.what in _OF_ORDER:
            order = _order(event)
            if order is not None:
                _keep_order(order, event.what, now)
        else:
            found = Decision.objects.filter(pk=_subject_id(event)).select_related("task").first()
            if found is not None:
                _keep_decision(found, Document.Side.PLATFORM, now)
    except SealError:
        return  # erased meanwhile: there is nothing left to attest


def _of_case(event: Event, now: datetime) -> None:
    case = Case.objects.filter(pk=event.case_id).first() if event.case_id else None
    if case is None:
        return
    if event.what == "withdrawal_asked":
        asked = {"case": case.number, "asked_at": moment(event.at)}
        offered = Offered(Document.Kind.WITHDRAWAL_ASKED, event.at, asked)
    elif case.erased_at is not None:
        return
    elif event.what == "item_settled":
        item = next((row for row in items_of(case) if str(row.id) == _subject_id(event)), None)
        state = str(event.facts.get("state", ""))
        if item is None or state not in {"removed", "kept"}:
            return
        at = decided_at(event.facts, event.at)
        facts = item_facts(case=case, item=item, state=state, at=at, by=event.at)
        offered = Offered(Document.Kind.ITEM_DECIDED, event.at, facts, item.position)
    elif event.at <= case.filed_at:
        offered = notice_offered(case)
    elif event.what in ADDS:
        offered = addition_offered(case, event.at)
    else:
        return
    keep_offered(case=case, offered=offered, now=now)


def _keep_order(order: Order, kind: str, now: datetime) -> Document:
    return keep_document(
        kind=kind,
        side=Document.Side.PLATFORM,
        facts=order_receipt_facts(order),
        order=order,
        decision=order.decision,
        now=now,
    )


def _keep_decision(decision: Decision, side: str, now: datetime) -> Document:
    return keep_document(
        kind=Document.Kind.DECISION_MADE,
        side=side,
        facts=decision_facts(decision, side=side),
        decision=decision,
        now=now,
    )


def _order(event: Event) -> Order | None:
    rows = Order.objects.select_related("copy", "platform", "decision__task")
    return rows.filter(pk=_subject_id(event)).first()


def _subject_id(event: Event) -> str:
    return event.subject.partition(":")[2]
