"""What is told of a link: that it changed, and above all that it is back."""

from __future__ import annotations

from datetime import datetime

from staydown_web.audit.services import record_event
from staydown_web.cases.services.staff_letters import alert_staff
from staydown_web.escalation.models import Watch


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
        alert_staff(now)  # the list of escalations says the rest
    record_event(
        what="place_reappeared" if is_back else "place_changed",
        actor="system",
        at=now,
        case_id=watch.location.case_id,
        subject=f"location:{watch.location_id}",
        facts={"site": watch.site_id, "before": before, "state": state},
    )
