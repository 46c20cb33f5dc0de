"""A person asks for a new map of a site; open escalations go on by the newest that is done."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.errors import RecordConflictError, RecordNotFoundError
from staydown_web.escalation.models import Escalation, Mapping
from staydown_web.escalation.selectors.policy_grounds import OPEN
from staydown_web.escalation.services.mapping import ask_mapping

AT_ONCE = 100


@transaction.atomic
def look_again(*, escalation_id: UUID, user: User, now: datetime) -> Mapping:
    """Ask for a new map; one that was made minutes ago is given instead.

    Raises:
        RecordConflictError: the escalation is over.
        RecordNotFoundError: no such escalation.
    """
    escalation = Escalation.objects.select_related("site").filter(pk=escalation_id).first()
    if escalation is None:
        raise RecordNotFoundError("there is no such escalation")
    if escalation.state not in OPEN:
        raise RecordConflictError("this escalation is over")
    asked = ask_mapping(site=escalation.site, now=now, because="person_asked")
    record_event(
        what="map_asked",
        actor=f"user:{user.pk}",
        at=now,
        case_id=escalation.case_id,
        subject=f"escalation:{escalation.pk}",
        facts={"mapping": asked.pk},
    )
    return asked


def take_new_maps(now: datetime) -> int:
    """Let open escalations go on by the newest map of their site.

    Returns:
        How many took another one.
    """
    newest = Mapping.objects.filter(site=OuterRef("site"), state=Mapping.State.DONE)
    newest = newest.order_by("-done_at", "-pk")
    rows = Escalation.objects.filter(state__in=OPEN, mapping__state=Mapping.State.DONE).annotate(
        newest=Subquery(newest.values("pk")[:1]), made_at=Subquery(newest.values("done_at")[:1])
    )
    rows = rows.filter(made_at__gt=F("mapping__done_at")).order_by("pk")
    found = list(rows.values_list("pk", "case_id", "mapping_id", "newest")[:AT_ONCE])
    return sum(_take(*one, now) for one in found)


@transaction.atomic
def _take(escalation_id: UUID, case_id: UUID, old: UUID, new: UUID, now: datetime) -> int:
    rows = Escalation.objects.filter(pk=escalation_id, mapping=old, state__in=OPEN)
    if not rows.update(mapping=new):
        return 0
    record_event(
        what="map_taken",
        actor="system",
        at=now,
        case_id=case_id,
        subject=f"escalation:{escalation_id}",
        facts={"mapping": new, "before": old},
    )
    return 1
