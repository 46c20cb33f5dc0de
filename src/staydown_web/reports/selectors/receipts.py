"""What receipts say: facts out of the records, and for a person no more than her page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation

from staydown_web.actions.models import Delivery, Order
from staydown_web.actions.selectors import order_facts
from staydown_web.cases.models import Case, Item
from staydown_web.cases.selectors import ItemRow, PersonView
from staydown_web.reports.models import Document
from staydown_web.reports.selectors.documents import moment
from staydown_web.reports.selectors.received import (
    ADDS,
    addition_facts,
    file_rows,
    notice_facts,
)
from staydown_web.review.models import Decision
from staydown_web.review.selectors.grounds import ground_words

_SETTLED = frozenset({Item.State.REMOVED, Item.State.KEPT})


@dataclass(frozen=True, slots=True)
class Offered:
    """A receipt that a person can have now.

    Attributes:
        kind: of ``Document.Kind``.
        at: of what it attests.
        facts: what it says.
        item: position of the picture or video, or None.
        is_decision: it attests what a person decided; else what was the case.
    """

    kind: str
    at: datetime
    facts: dict[str, Any]
    item: int | None = None
    is_decision: bool = False


def receipts_offered(*, case: Case, view: PersonView) -> list[Offered]:
    """The receipts of a case that its page offers, oldest first.

    A page that says that the request was taken back offers the same, whether it was or only
    seems so: that it was asked, and when.
    """
    if view.withdrawn_at is not None:
        facts = {"case": view.number, "asked_at": moment(view.withdrawn_at)}
        return [Offered(Document.Kind.WITHDRAWAL_ASKED, view.withdrawn_at, facts)]
    if view.is_erased:
        return []
    items = {str(item.id): item for item in view.items}
    offered = [notice_offered(case)]
    added: set[datetime] = set()
    for told in view.moments:
        if told.what in ADDS and told.at > view.filed_at and told.at not in added:
            added.add(told.at)
            offered.append(addition_offered(case, told.at))
        item = items.get(told.subject.removeprefix("item:"))
        state = told.facts.get("state", "")
        if told.what == "item_settled" and item is not None and state in _SETTLED:
            at = decided_at(told.facts, told.at)
            facts = item_facts(case=case, item=item, state=state, at=at, by=told.at)
            is_decision = bool(told.facts.get("answered_at"))
            offered.append(
                Offered(Document.Kind.ITEM_DECIDED, told.at, facts, item.position, is_decision)
            )
    return offered


def notice_offered(case: Case) -> Offered:
    """The receipt of the notice: what was received when it was filed, and nothing later."""
    return Offered(Document.Kind.NOTICE_RECEIVED, case.filed_at, notice_facts(case))


def addition_offered(case: Case, at: datetime) -> Offered:
    """The receipt of what was added at one moment."""
    return Offered(Document.Kind.ADDITION_RECEIVED, at, addition_facts(case, at))


def grounds_in_words(decision: Decision) -> list[str]:
    """The grounds of a decision in English."""
    with translation.override("en"):
        return ground_words([str(ground) for ground in decision.grounds])


def decided_at(facts: Mapping[str, Any], at: datetime) -> datetime:
    """When what an event ``item_settled`` tells was decided: before it, where it waited for her.

    Args:
        facts: of the event.
        at: of the event; it counts where nobody decided, or the event does not say when.
    """
    answered = facts.get("answered_at")
    return datetime.fromisoformat(answered) if answered else at


def item_facts(
    *, case: Case, item: ItemRow, state: str, at: datetime, by: datetime
) -> dict[str, Any]:
    """What became of one picture or video, and when that was decided.

    Args:
        case: hers.
        item: of the case.
        state: what became of it.
        at: when that was decided.
        by: when it was told: files that came later are not in it.
    """
    return {
        "case": case.number,
        "item": item.position,
        "content": item.content_kind,
        "outcome": state,
        "decided_at": moment(at),
        "files": [
            row["commitment"] for row in file_rows(case.pk, item, is_told=lambda came: came <= by)
        ],
    }


def decision_facts(decision: Decision, *, side: str) -> dict[str, Any]:
    """What was decided; for whoever uploaded it nothing that leads to a notice."""
    facts: dict[str, Any] = {
        "decision": str(decision.pk),
        "outcome": decision.outcome,
        "grounds": [str(ground) for ground in decision.grounds],
        "grounds_in_words": grounds_in_words(decision),
        "restriction": decision.restriction,
        "scope": decision.scope,
        "duration": decision.duration,
        "automation": decision.automation,
        "decided_at": moment(decision.decided_at),
        "firm_at": moment(decision.made_firm_at),
        "taken_back_at": moment(decision.undone_at),
    }
    if side == Document.Side.PLATFORM:
        facts["task"] = decision.task.number
    return facts


def order_receipt_facts(order: Order) -> dict[str, Any]:
    """What was ordered, how it reached the platform, and what it answered."""
    shown = order_facts(order)
    sent = order.deliveries.filter(state=Delivery.State.SENT).order_by("done_at")
    return {
        "order": shown["id"],
        "number": shown["seq"],
        "platform": order.platform.name,
        "what": shown["what"],
        "state": shown["state"],
        "reason": shown["reason"],
        "content_ref": shown["content_ref"],
        "check": shown["check_id"],
        "decision": str(order.decision_id) if order.decision_id else None,
        "made_at": moment(order.made_at),
        "first_seen_at": moment(order.seen_at),
        "delivered": [
            {"message": str(delivery.pk), "at": moment(delivery.done_at)} for delivery in sent
        ],
        "answered_at": moment(order.answered_at),
    }
