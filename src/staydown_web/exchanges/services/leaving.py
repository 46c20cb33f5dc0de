"""Leaving an exchange: nothing of it counts at once, and what is left of it goes piece by piece."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown_web.audit.services import record_event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import set_policy, withdraw_entries
from staydown_web.base.errors import RecordConflictError
from staydown_web.exchanges.models import Contributed, Exchange, Outgoing, Received
from staydown_web.exchanges.selectors import exchange_of

BY_LEAVING = "the exchange was left"
"""Reason in the history of an entry."""
_ENTRIES_AT_ONCE = 500
_ROWS_AT_ONCE = 5_000


@transaction.atomic
def leave_exchange(*, exchange_id: UUID, actor: str, now: datetime) -> None:
    """Leave: nothing of the list counts any more, and its credentials are destroyed.

    The worker withdraws its entries and then forgets the exchange; ``finish_leaving``.

    Raises:
        RecordConflictError: the partner still has entries of ours: those are taken back first,
            which needs the credentials.
        RecordNotFoundError: no such exchange.
    """
    exchange = exchange_of(exchange_id)
    given = Contributed.objects.filter(exchange=exchange).filter(
        state__in=[Contributed.State.DUE, Contributed.State.GIVEN, Contributed.State.ENDING]
    )
    if exchange.contributes or given.exists():
        raise RecordConflictError("first take back what you gave to this partner")
    set_policy(bank=exchange.bank, actor=actor, now=now, is_active=False)
    Exchange.objects.filter(pk=exchange_id).update(
        state=Exchange.State.OFF,
        state_at=now,
        left_at=now,
        secrets_box=None,
        checkpoint_box=None,
        config={},
        claim="",
        claimed_until=None,
        next_try_at=None,
    )
    Outgoing.objects.filter(exchange_id=exchange_id).delete()
    record_event(what="exchange_left", actor=actor, at=now, subject=f"exchange:{exchange_id}")


def finish_leaving(*, now: datetime) -> int:
    """Withdraw some entries of an exchange that was left, or forget it when none is left.

    Returns:
        How many rows were dealt with; 0 where nothing waits.
    """
    left = Exchange.objects.filter(left_at__isnull=False).order_by("left_at").first()
    if left is None:
        return 0
    living = Entry.objects.filter(bank_id=left.bank_id).exclude(state=Entry.State.WITHDRAWN)
    ids = list(living.order_by().values_list("pk", flat=True)[:_ENTRIES_AT_ONCE])
    if ids:
        with transaction.atomic():
            return len(withdraw_entries(entry_ids=ids, actor="system", now=now, reason=BY_LEAVING))
    rows = Received.objects.filter(exchange=left).order_by()
    some = list(rows.values_list("pk", flat=True)[:_ROWS_AT_ONCE])
    if some:
        return int(Received.objects.filter(pk__in=some).delete()[0])
    subject = f"exchange:{left.pk}"
    with transaction.atomic():
        left.delete()
        record_event(what="exchange_forgotten", actor="system", at=now, subject=subject)
    return 1
