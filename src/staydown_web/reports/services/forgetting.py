"""The words of old decisions are forgotten: reasons and statements."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from staydown_web.actions.models import Parcel
from staydown_web.audit.services import record_event
from staydown_web.base.retention import keeps
from staydown_web.reports.models import Statement
from staydown_web.review.models import Complaint, Decision
from staydown_web.review.selectors.complaining import COMPLAIN_WITHIN

_OPEN = (Complaint.State.OPEN, Complaint.State.DECIDED)
_AT_ONCE = 200


def forget_reasons(now: datetime) -> int:
    """Empty the texts of old decisions, of which no complaint is open or possible; rows stay.

    Returns:
        How many decisions were emptied; 0 where nothing is left to do.
    """
    # To look through all takes its time, in which others must be able to write.
    due = list(_ids(_old(now).order_by("pk"))[:_AT_ONCE])
    return _empty(_old(now).filter(pk__in=due), now) if due else 0


def _old(now: datetime) -> QuerySet[Decision]:
    open_ones = Complaint.objects.filter(state__in=_OPEN).values("decision_id")
    has_text = Q(facts_box__isnull=False) | Q(needs_box__isnull=False) | Q(statements__isnull=False)
    old = Decision.objects.filter(has_text, decided_at__lt=now - keeps("reasons"))
    told = Statement.objects.filter(made_at__gte=now - COMPLAIN_WITHIN).values("decision_id")
    return old.exclude(pk__in=open_ones).exclude(pk__in=told)


def _ids(decisions: QuerySet[Decision]) -> QuerySet[Decision, Any]:
    return decisions.values_list("pk", flat=True).distinct()


@transaction.atomic
def _empty(decisions: QuerySet[Decision], now: datetime) -> int:
    ids = list(_ids(decisions))  # a complaint may have come in
    if not ids:
        return 0
    Decision.objects.filter(pk__in=ids).update(facts_box=None, needs_box=None)
    statements = Statement.objects.filter(decision_id__in=ids)
    sent = [f"statement:{pk}" for pk in statements.values_list("pk", flat=True)]
    Parcel.objects.filter(subject__in=sent).delete()
    statements.delete()
    facts = {"kind": "reasons", "rows": len(ids)}
    record_event(what="rows_forgotten", actor="system", at=now, facts=facts)
    return len(ids)
