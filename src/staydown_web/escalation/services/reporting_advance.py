"""Escalations go on: reports are signed and leave, time goes by, the next step is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from staydown_web.audit.models import Event
from staydown_web.escalation.chain import Source
from staydown_web.escalation.models import Escalation, Report, Service, Watch
from staydown_web.escalation.selectors.policy_grounds import grounds_of
from staydown_web.escalation.selectors.policy_links import FRESH
from staydown_web.escalation.selectors.policy_steps import CORRECTION
from staydown_web.escalation.services.ladders import ladder
from staydown_web.escalation.services.reporting_steps import (
    ask_look,
    may_write,
    take_step,
)
from staydown_web.escalation.services.reporting_writing import make_reports
from staydown_web.escalation.services.stopping import UNSENT, end_gone
from staydown_web.escalation.services.stopping_news import cancel_stale

AT_ONCE = 50
EARLY = timedelta(hours=4)
"""So long before a look is too old the next one is asked for."""
LATELY = timedelta(hours=1)
_MOST_EVENTS = 500
_MISSED = ("report_cancelled", "report_sent_back", "outcome_recorded")
_Do = Callable[[Escalation, datetime], int]
_STEPPING = (Escalation.State.READY, Escalation.State.RUNNING)


def advance_escalations(now: datetime) -> int:
    """Bring open escalations on, some at a time: end, write anew, wait, take the next step.

    Returns:
        How much was done.
    """
    _keep_fresh(now)
    done = end_gone(now)
    cancelled = cancel_stale(now)
    renewed = _each(_unfinished(now), _renew, now)
    return done + cancelled + renewed + _each(_settled(), _wait_for_answers, now) + _steps(now)


def _steps(now: datetime) -> int:
    due = Escalation.objects.filter(state=Escalation.State.RUNNING, next_step_at__lte=now)
    ids = due.order_by("next_step_at", "number").values_list("pk", flat=True)[:AT_ONCE]
    return sum(take_step(escalation_id=escalation_id, now=now) for escalation_id in list(ids))


def _keep_fresh(now: datetime) -> None:
    """Have links looked at before the last look is too old to sign by."""
    old = Watch.objects.filter(
        location__case=OuterRef("case"),
        site=OuterRef("site"),
        looked_at__lt=now - FRESH + EARLY,
        next_look_at__gt=now,
    )
    rows = Escalation.objects.filter(Exists(old), state=Escalation.State.READY)
    for escalation in rows.select_related("case", "site").order_by("opened_at")[:AT_ONCE]:
        with transaction.atomic():
            ask_look(escalation, now, older_than=FRESH - EARLY)


def _unfinished(now: datetime) -> Sequence[UUID]:
    """Open escalations in which something has changed lately for which a report can be written.

    A draft was cancelled, a contact was wrong, a report was sent back, or staff entered a contact.
    """
    lately = now - LATELY
    events = Event.objects.filter(what__in=_MISSED, at__gt=lately, at__lte=now)
    ids = [UUID(subject.removeprefix("report:")) for subject in _subjects(events)]
    entered = Service.objects.filter(
        mapping=OuterRef("mapping"),
        provider__contacts__source=Source.STAFF,
        provider__contacts__found_at__gt=lately,
    )
    rows = Escalation.objects.filter(Q(reports__in=ids) | Exists(entered), state__in=_STEPPING)
    return list(rows.distinct().order_by("opened_at").values_list("pk", flat=True)[:AT_ONCE])


def _subjects(events: QuerySet[Event]) -> list[str]:
    return list(events.order_by("-seq").values_list("subject", flat=True)[:_MOST_EVENTS])


def _settled() -> Sequence[UUID]:
    """Those of whose reports none waits for a person or for leaving any more."""
    waiting = Report.objects.filter(escalation=OuterRef("pk"), state__in=UNSENT)
    rows = Escalation.objects.filter(
        ~Exists(waiting.exclude(channel=CORRECTION)), state=Escalation.State.READY
    )
    return list(rows.order_by("opened_at").values_list("pk", flat=True)[:AT_ONCE])


def _each(ids: Sequence[UUID], do: _Do, now: datetime) -> int:
    return sum(_one(escalation_id, do, now) for escalation_id in ids)


@transaction.atomic
def _one(escalation_id: UUID, do: _Do, now: datetime) -> int:
    rows = Escalation.objects.select_for_update(of=("self",)).filter(pk=escalation_id)
    escalation = rows.select_related("case", "site", "mapping").first()
    return do(escalation, now) if escalation is not None else 0


def _renew(escalation: Escalation, now: datetime) -> int:
    """Write the reports of the steps so far that are missing, with the links that are left."""
    if escalation.state not in _STEPPING:
        return 0
    pair = (escalation.case_id, escalation.site_id)
    grounds = grounds_of([pair], now=now)[pair]
    if not may_write(grounds):
        return 0
    steps = ladder(escalation.ladder).steps[: escalation.step]
    made = sum(make_reports(escalation, step, grounds, now=now) for step in steps)
    if made:
        rows = Escalation.objects.filter(pk=escalation.pk, state__in=_STEPPING)
        rows.update(state=Escalation.State.READY, next_step_at=None)
    return made


def _wait_for_answers(escalation: Escalation, now: datetime) -> int:
    """Every report of the step has left or will not: say when the next step is due."""
    used = ladder(escalation.ladder)
    step, after = used.step(escalation.step), used.step(escalation.step + 1)
    sent = escalation.reports.filter(Q(step=escalation.step) & ~Q(channel=CORRECTION))
    moments = [one.sent_at for one in sent if one.sent_at is not None]
    last = max(moments, default=now)
    if step is None:
        next_at = now
    elif after is None or step.is_in_order:
        next_at = last + step.answer_within
    else:
        next_at = last + after.wait
    waiting = Escalation.objects.filter(pk=escalation.pk, state=Escalation.State.READY)
    return waiting.update(state=Escalation.State.RUNNING, next_step_at=next_at)
