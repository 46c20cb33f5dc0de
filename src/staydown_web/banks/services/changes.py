"""The one place where changes of banks and entries are written down and made known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown_web.audit.services import NewEvent, record_events
from staydown_web.banks.models import EntryChange
from staydown_web.banks.services.publishing import catch_up
from staydown_web.base.bell import News, ring

_REASON_LENGTH = 200


def note_changes(
    *,
    what: EntryChange.What,
    entries: Sequence[tuple[UUID, UUID]],
    actor: str,
    at: datetime,
    event: str = "",
    case_id: UUID | None = None,
    reason: str = "",
) -> None:
    """Write down a change of entries inside the caller's transaction; processes see it after.

    The audit's event comes first: it holds the chain until the transaction ends, so that changes
    get their numbers in the order in which transactions end, and none is ever seen late.

    Args:
        what: what happened.
        entries: id of each entry, and of its bank.
        actor: who did it.
        at: the moment, aware UTC.
        event: what the audit calls it; ``entry_<what>`` by default.
        case_id: the case it belongs to, for the audit alone.
        reason: in words, for the history of the entry alone.
    """
    name = event or f"entry_{what.value}"
    record_events(
        [NewEvent(name, actor, at, case_id, f"entry:{entry}", None) for entry, _ in entries]
    )
    EntryChange.objects.bulk_create(
        [
            EntryChange(
                entry_id=entry,
                bank_id=bank,
                what=what,
                at=at,
                actor=actor,
                reason=reason[:_REASON_LENGTH],
            )
            for entry, bank in entries
        ],
        batch_size=500,
    )
    publish_after_commit()


def publish_after_commit() -> None:
    """Bring the segments up to date as soon as this transaction is durable, on every machine.

    Where that fails, or the process dies in between, the worker does it half a second later.
    """
    ring(News.CHANGED)
    transaction.on_commit(catch_up, robust=True)
