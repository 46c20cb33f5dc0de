"""The second look at what a member doubts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from staydown_web.audit.services import record_event
from staydown_web.base.errors import RecordConflictError
from staydown_web.federation.models import FeedEvent, Opinion


@transaction.atomic
def note_looked(*, opinion_id: int, actor: str, now: datetime) -> None:
    """Somebody looked, and the entry stays as it is; a later doubt asks again.

    Raises:
        RecordConflictError: the doubt was taken back, or somebody looked before.
    """
    waiting = Opinion.objects.filter(
        pk=opinion_id, what=FeedEvent.What.DISPUTE, looked_at__isnull=True
    )
    member_id = waiting.values_list("member_id", flat=True).first()
    if member_id is None or not waiting.update(looked_at=now):
        raise RecordConflictError("this doubt was answered before, or taken back")
    record_event(what="member_doubt_seen", actor=actor, at=now, subject=f"member:{member_id}")
