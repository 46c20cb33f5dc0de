"""A case while a complaint about a decision on it waits, and after. ADR-0054."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from staydown_web.cases.models import Case
from staydown_web.cases.services.events import Events
from staydown_web.cases.services.settling import refresh_state

_ENDED = (Case.State.WITHDRAWN, Case.State.CLOSED)


@transaction.atomic
def begin_appeal(*, case: Case, actor: str, now: datetime) -> bool:
    """Note that a complaint about a decision on this case waits.

    Args:
        case: that lives.
        actor: who complained.
        now: the moment, aware UTC.

    Returns:
        False where one waited before, or the case has ended.
    """
    rows = Case.objects.filter(pk=case.pk, appealed_at__isnull=True).exclude(state__in=_ENDED)
    if not rows.update(appealed_at=now, touched_at=now):
        return False
    _note("appeal_begun", case, actor, now)
    return True


@transaction.atomic
def end_appeal(*, case: Case, actor: str, now: datetime) -> bool:
    """Note that no complaint waits any more: the state follows the items again.

    Returns:
        False where none waited.
    """
    rows = Case.objects.filter(pk=case.pk, appealed_at__isnull=False)
    if not rows.update(appealed_at=None, touched_at=now):
        return False
    _note("appeal_ended", case, actor, now)
    return True


def _note(what: str, case: Case, actor: str, now: datetime) -> None:
    state = refresh_state(case=case)
    events = Events(case.pk, actor, now)
    events.add(what, f"case:{case.pk}", case_state=state)
    events.record()
