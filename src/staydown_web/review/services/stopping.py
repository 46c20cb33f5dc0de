"""What software stopped because a person had decided on the same before, as a decision of its own.

An uploader who complains about it complains about this one upload: that its match is wrong says
nothing about the copies that the person had seen. ADR-0054.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from staydown_web.audit.services import record_event
from staydown_web.base.ids import new_case_number, new_id
from staydown_web.review.models import Decision, Task
from staydown_web.screening.models import Copy


@transaction.atomic
def decision_for(*, decision: Decision, copy: Copy | None, now: datetime) -> Decision:
    """The decision that a copy's uploader can complain about.

    Args:
        decision: that a statement names.
        copy: whose uploader it is; None where only an address is known.
        now: the moment, aware UTC.

    Returns:
        The same decision where a person looked at this copy for it; else a new one on this copy
        alone, firm since the copy was seen, by software on the strength of the first.
    """
    if copy is None or copy.tasks.exists():
        return decision
    task = Task.objects.create(
        number=new_case_number(),
        source=Task.Source.UPLOAD,
        state=Task.State.DONE,
        platform_id=copy.platform_id,
        group=copy.group,
        made_at=copy.seen_at,
        done_at=copy.seen_at,
    )
    task.copies.add(copy)
    hit = set(copy.hits.values_list("entry_id", flat=True))
    made = Decision.objects.create(
        id=new_id(),
        task=task,
        outcome=decision.outcome,
        grounds=decision.grounds,
        ground_id=decision.ground_id,
        restriction=decision.restriction,
        scope=decision.scope,
        duration=decision.duration,
        automation=Decision.Automation.FULL,
        decided_by_id=decision.decided_by_id,
        decided_at=copy.seen_at,
        firm_at=copy.seen_at,
        made_firm_at=now,
        entries_confirmed=[pk for pk in decision.entries_confirmed if pk in {str(h) for h in hit}],
        before={"state": Task.State.DONE, "copies": {str(copy.pk): copy.state}},
    )
    record_event(
        what="stop_recorded",
        actor="system",
        at=now,
        subject=f"decision:{made.pk}",
        facts={"task": task.pk, "copy": copy.pk, "as": decision.pk},
    )
    return made
