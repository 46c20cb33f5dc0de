"""What is told of a link: that it changed, and above all that it is back."""

from __future__ import annotations

from datetime import datetime, timedelta

from staydown_web.audit.services import record_event
from staydown_web.base.mailing import is_ready
from staydown_web.cases.models import StaffLetter
from staydown_web.cases.services.clock_warnings import staff_to_warn
from staydown_web.escalation.models import Watch

BATCH = timedelta(hours=1)
"""Links that come back together share a letter: a site that is up again brings back all of them."""


def tell_change(*, watch: Watch, before: str, state: str, now: datetime) -> None:
    """Record what is known of a link now; inside the transaction that wrote it.

    A link that is there at the first look is no news. ``place_reappeared`` is a new fact: what
    follows from it, the policy of escalations reads from the event.

    Args:
        watch: with its location.
        before: what was known.
        state: what is known now.
        now: the moment.
    """
    if before == Watch.State.NEW and state == Watch.State.THERE:
        return
    is_back = state == Watch.State.BACK
    if is_back:
        _write_to_staff(now)
    record_event(
        what="place_reappeared" if is_back else "place_changed",
        actor="system",
        at=now,
        case_id=watch.location.case_id,
        subject=f"location:{watch.location_id}",
        facts={"site": watch.site_id, "before": before, "state": state},
    )


def _write_to_staff(now: datetime) -> None:
    """One neutral letter to each lead and administrator; the list of escalations says the rest."""
    if not is_ready():
        return
    for user in staff_to_warn():
        # A letter that still waits, or left within the hour, says it already.
        lately = StaffLetter.objects.filter(user=user, made_at__gt=now - BATCH, made_at__lte=now)
        if not lately.filter(warnings__isnull=True).exists():
            StaffLetter.objects.create(user=user, made_at=now, next_try_at=now)
