"""A partner doubts what a person here has confirmed: somebody is asked to look once more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown_web.audit.services import record_event
from staydown_web.base.errors import RecordConflictError
from staydown_web.exchanges.models import Doubt, Exchange
from staydown_web.exchanges.selectors import unanswered_doubts

_AT_ONCE = 500


def note_doubts(
    doubted: Collection[UUID],
    *,
    among: Collection[UUID],
    anew: Collection[UUID],
    exchange: Exchange,
    now: datetime,
) -> int:
    """Write down what the partner doubts, in the caller's transaction; what it no longer does goes.

    Args:
        doubted: entries that the partner disputes and a person here has confirmed.
        among: all entries of which something new came.
        anew: entries that a key disputes which did not before: what was answered is asked again.
        exchange: whose list.
        now: the moment, aware UTC.

    Returns:
        How many somebody is asked about anew.
    """
    known: set[UUID] = set()
    every = sorted(among)
    for start in range(0, len(every), _AT_ONCE):
        rows = Doubt.objects.filter(entry__in=every[start : start + _AT_ONCE])
        known.update(rows.values_list("entry_id", flat=True))
    over = sorted(known - set(doubted))
    for start in range(0, len(over), _AT_ONCE):
        Doubt.objects.filter(entry__in=over[start : start + _AT_ONCE]).delete()
    fresh = sorted(set(doubted) - known)
    Doubt.objects.bulk_create(
        [Doubt(exchange=exchange, entry_id=pk, at=now) for pk in fresh], batch_size=_AT_ONCE
    )
    again = _ask_again(sorted(known & set(doubted) & set(anew)), exchange, now)
    if asked := len(fresh) + again:
        subject, facts = f"exchange:{exchange.pk}", {"entries": asked}
        record_event(what="partner_doubts", actor="system", at=now, subject=subject, facts=facts)
    return asked


def _ask_again(entry_ids: Sequence[UUID], exchange: Exchange, now: datetime) -> int:
    """Open what somebody has answered; gives how many."""
    asked = 0
    for start in range(0, len(entry_ids), _AT_ONCE):
        rows = Doubt.objects.filter(entry__in=entry_ids[start : start + _AT_ONCE])
        waiting = list(unanswered_doubts().filter(pk__in=rows).values_list("pk", flat=True))
        asked += rows.exclude(pk__in=waiting).update(exchange=exchange, at=now, looked_at=None)
    return asked


@transaction.atomic
def note_looked(*, doubt_id: int, actor: str, now: datetime) -> None:
    """Somebody looked, and the entry stays as it is.

    Raises:
        RecordConflictError: somebody looked before, or the partner doubts it no more.
    """
    waiting = Doubt.objects.filter(pk=doubt_id, looked_at__isnull=True)
    exchange_id = waiting.values_list("exchange_id", flat=True).first()
    if exchange_id is None or not waiting.update(looked_at=now):
        raise RecordConflictError("this doubt was answered before, or taken back")
    record_event(what="partner_doubt_seen", actor=actor, at=now, subject=f"exchange:{exchange_id}")
