"""A platform is told, once, what came of each complaint: the decision stays, or is reversed.

News of complaints comes as events of the audit, each dealt with once in the transaction that moves
this reader's cursor.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from staydown_web.actions.services import send_parcel
from staydown_web.audit.models import Event
from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor
from staydown_web.reports.selectors.complaint_messages import outcome_of
from staydown_web.review.models import Complaint

READER = "complaint_outcomes"
_AT_ONCE = 50
_TOLD_WITHIN = timedelta(days=30)
"""Later nobody is told any more: a service that learns to tell does not begin with old news."""


def tell_outcomes(now: datetime) -> int:
    """Send the outcomes of complaints that were settled since the last run.

    Returns:
        How many were looked at; 0 where there is no news.
    """
    news = events_after(reader=READER, kinds=("complaint_settled",), limit=_AT_ONCE)
    for event in news:
        _deal_with(event, now)
    return len(news)


@transaction.atomic
def _deal_with(event: Event, now: datetime) -> None:
    if not move_cursor(reader=READER, seq=event.seq):
        return  # another worker was quicker
    rows = Complaint.objects.select_related("decision__task__platform", "reversal")
    complaint = rows.filter(pk=event.subject.partition(":")[2]).first()
    if complaint is None or complaint.settled_at is None or event.at < now - _TOLD_WITHIN:
        return  # erased since, or of long ago
    send_parcel(
        platform=complaint.decision.task.platform,
        what="complaint.settled",
        subject=f"complaint:{complaint.pk}",
        data=outcome_of(complaint),
        case_id=complaint.case_id or complaint.decision.task.case_id,
        now=now,
    )
