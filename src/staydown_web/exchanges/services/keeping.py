"""How long rows of fetches and of the outbox are kept; ``base.retention`` says it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from staydown_web.audit.services import record_event
from staydown_web.base.retention import keeps
from staydown_web.exchanges.models import Outgoing, Run

_AT_ONCE = 500


def forget_old_rows(now: datetime) -> int:
    """Delete what was kept long enough, some of each kind at a time.

    What could not be taken back from a partner is kept until it was.

    Returns:
        How many rows went; 0 where nothing is left to do.
    """
    runs = Run.objects.filter(ended_at__lt=now - keeps("list_fetches"))
    done = Outgoing.objects.exclude(state=Outgoing.State.DUE).filter(
        Q(state=Outgoing.State.SENT) | Q(contributed__isnull=True),
        done_at__lt=now - keeps("partner_words"),
    )
    return _forget("list_fetches", runs, now) + _forget("partner_words", done, now)


@transaction.atomic
def _forget(kind: str, rows: QuerySet[Any], now: datetime) -> int:
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    if ids:
        QuerySet(rows.model).filter(pk__in=ids).delete()
        facts = {"kind": kind, "rows": len(ids)}
        record_event(what="rows_forgotten", actor="system", at=now, facts=facts)
    return len(ids)
