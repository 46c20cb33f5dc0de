"""One step of a ladder is taken: everything is looked at again, then its reports are written."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from staydown_web.audit.services import record_event
from staydown_web.base.errors import RecordConflictError
from staydown_web.escalation.models import Escalation, Watch
from staydown_web.escalation.selectors.policy_grounds import Grounds, grounds_of
from staydown_web.escalation.selectors.policy_links import FRESH
from staydown_web.escalation.services.ladders import Ladder, Step, ladder
from staydown_web.escalation.services.reporting_writing import is_waiting, make_reports
from staydown_web.escalation.services.stopping import end_where_over, stop_escalation
from staydown_web.escalation.services.watching_turns import line_up

LOOK_AGAIN = timedelta(minutes=15)
"""Until then a look that was asked for has been made."""
WAIT = timedelta(hours=6)
"""Where a person is needed first, such as to read an answer."""
_MAY_STEP = (Escalation.State.MAPPING, Escalation.State.RUNNING)


@transaction.atomic
def take_step(*, escalation_id: UUID, now: datetime) -> bool:
    """Take the next step of an escalation, or say until when it waits, or end it.

    Returns:
        False where it is not open any more, or its services are not known yet.
    """
    rows = Escalation.objects.select_for_update(of=("self",)).filter(pk=escalation_id)
    escalation = rows.select_related("case", "site", "mapping").first()
    if escalation is None or escalation.state not in _MAY_STEP or escalation.mapping is None:
        return False
    if end_where_over(escalation=escalation, now=now):
        return True
    pair = (escalation.case_id, escalation.site_id)
    grounds = grounds_of([pair], now=now)[pair]
    if _may_go_on(escalation, grounds, now):
        _go_on(escalation, grounds, now)
    return True


def _go_on(escalation: Escalation, grounds: Grounds, now: datetime) -> None:
    used = ladder(escalation.ladder)
    steps = _next_steps(escalation, used)
    if steps and steps[0].is_in_order and is_waiting(escalation, steps[0], now):
        _wait(escalation, now + WAIT)
        return
    for step in steps:
        made = make_reports(escalation, step, grounds, now=now)
        if made or step.number > escalation.step:
            _note_step(escalation, step, used, made, now)
            return
    # Every step was taken, and in the last one nobody is left to ask.
    _exhaust(escalation, now)


def _exhaust(escalation: Escalation, now: datetime) -> None:
    reason = Escalation.Stopped.EXHAUSTED
    stop_escalation(escalation_id=escalation.pk, reason=reason, now=now)


def _may_go_on(escalation: Escalation, grounds: Grounds, now: datetime) -> bool:
    """Whether nothing has to happen first; else it waits, and what it waits for is asked for."""
    if not may_write(grounds):
        _wait(escalation, now + WAIT)
    elif not grounds.reportable(now):
        ask_look(escalation, now)
        _wait(escalation, now + LOOK_AGAIN)
    else:
        return True
    return False


def may_write(grounds: Grounds) -> bool:
    """Whether nothing of a case or a site keeps reports from being written now."""
    is_asked_back = grounds.case.withdrawal_due_at is not None
    held = is_asked_back or bool(grounds.appeals) or bool(grounds.unread)
    return not held and grounds.is_sender_on


def ask_look(escalation: Escalation, now: datetime, *, older_than: timedelta = FRESH) -> int:
    """Have the links looked at soon whose last look is too old to go on by.

    Returns:
        How many; inside the caller's transaction.
    """
    rows = Watch.objects.filter(location__case=escalation.case_id, site=escalation.site_id)
    old = rows.exclude(looked_at__gt=now - older_than).filter(next_look_at__gt=now)
    asked = Watch.objects.filter(pk__in=list(old.values_list("pk", flat=True))).update(
        next_look_at=now
    )
    if asked:
        line_up(site=escalation.site, case=escalation.case, now=now)
    return asked


def _wait(escalation: Escalation, until: datetime) -> None:
    Escalation.objects.filter(pk=escalation.pk).update(next_step_at=until)


def _next_steps(escalation: Escalation, used: Ladder) -> list[Step]:
    """The steps that may be next: one in order goes on until each of its recipients was asked."""
    current, after = used.step(escalation.step), used.step(escalation.step + 1)
    again = current if current is not None and current.is_in_order else None
    return [step for step in (again, after) if step is not None]


def _note_step(escalation: Escalation, step: Step, used: Ladder, made: int, now: datetime) -> None:
    state = Escalation.State.READY if made else Escalation.State.RUNNING
    after = used.step(step.number + 1)
    # Where nothing could be written, people get the same time to enter a contact.
    next_at = None if made else now + (after.wait if after else step.answer_within)
    changed = Escalation.objects.filter(pk=escalation.pk, state__in=_MAY_STEP).update(
        state=state, step=step.number, next_step_at=next_at
    )
    if not changed:
        raise RecordConflictError("this escalation is not open any more")
    record_event(
        what="escalation_step_made",
        actor="system",
        at=now,
        case_id=escalation.case_id,
        subject=f"escalation:{escalation.pk}",
        facts={"step": step.number, "reports": made, "state": state},
    )
