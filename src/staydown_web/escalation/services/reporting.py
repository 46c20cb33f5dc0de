"""Reports come to be as drafts: when a site's services are known, and at each step of a ladder."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from staydown_web.escalation.models import Escalation, Mapping
from staydown_web.escalation.services.reporting_new import body_digest, box_of, new_report
from staydown_web.escalation.services.reporting_steps import take_step

__all__ = ["body_digest", "box_of", "make_ready_reports", "new_report"]

AT_ONCE = 20
"""Escalations of one run: a dozen reports each."""


def make_ready_reports(now: datetime) -> int:
    """Write the reports of the first step, where the services of a site are known.

    Returns:
        How many escalations were dealt with.
    """
    waiting = Escalation.objects.filter(
        state=Escalation.State.MAPPING, mapping__state=Mapping.State.DONE
    ).exclude(next_step_at__gt=now)
    ids = list(waiting.order_by("deadline_at", "number").values_list("pk", flat=True)[:AT_ONCE])
    return sum(_first_step(escalation_id, now) for escalation_id in ids)


def _first_step(escalation_id: UUID, now: datetime) -> int:
    return int(take_step(escalation_id=escalation_id, now=now))
