"""A clock stands still only for a reason that its law names, and goes on with what was left."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from staydown_web.base.errors import RecordConflictError
from staydown_web.cases.models import Case, Clock, ClockPause, Notice
from staydown_web.cases.services.clocks import end_pause, note_due
from staydown_web.cases.services.contacts import write_news
from staydown_web.cases.services.events import Events
from staydown_web.regimes.selectors import regime

ANSWERED = "waiting_for_notifier"
"""The reason that the person's own answer ends, without anybody's doing."""


@transaction.atomic
def pause_clock(*, notice: Notice, reason: str, actor: str, now: datetime) -> int:
    """Let the running clocks of a notice stand still; the person is told.

    Args:
        notice: valid.
        reason: one that the notice's regime names.
        actor: ``user:<id>`` of who decided it.
        now: the moment, aware UTC.

    Returns:
        How many clocks stand still from now on.

    Raises:
        RecordConflictError: the law does not allow it, or no clock of the notice runs.
    """
    if reason not in {pause.reason for pause in regime(notice.regime).pauses}:
        raise RecordConflictError("this law does not let its time limit stand still for this")
    case = Case.objects.select_for_update().get(pk=notice.case_id)
    events = Events(case.pk, actor, now)
    paused = sum(_pause(clock, reason, now, events) for clock in _open(notice))
    if not paused:
        raise RecordConflictError("no time limit of this notice runs")
    note_due(case=case)
    write_news(case=case, now=now, is_timed=True)
    events.record()
    return paused


@transaction.atomic
def resume_clock(*, notice: Notice, reason: str, actor: str, now: datetime) -> int:
    """Let clocks of a notice that stand still for a reason go on.

    Args:
        notice: whose clocks.
        reason: for which they stand still.
        actor: ``user:<id>`` of who decided it.
        now: the moment, aware UTC.

    Returns:
        How many go on.

    Raises:
        RecordConflictError: none of them stands still for this.
    """
    case = Case.objects.select_for_update().get(pk=notice.case_id)
    events = Events(case.pk, actor, now)
    resumed = _resume(_open(notice), reason, now, events, why="staff")
    if not resumed:
        raise RecordConflictError("no time limit of this notice stands still for this")
    note_due(case=case)
    events.record()
    return resumed


def resume_answered(*, case: Case, now: datetime, events: Events) -> int:
    """Let clocks that waited for the person's answer go on: she has answered.

    Args:
        case: of which a message or an addition came in this transaction.
        now: the moment, aware UTC.
        events: gathers what happened.

    Returns:
        How many go on.
    """
    clocks = list(
        Clock.objects.select_for_update(of=("self",))
        .filter(notice__case=case, ended_at__isnull=True, paused_at__isnull=False)
        .select_related("notice")
    )
    resumed = _resume(clocks, ANSWERED, now, events, why="answered")
    if resumed:
        note_due(case=case)
    return resumed


def _open(notice: Notice) -> list[Clock]:
    clocks = Clock.objects.select_for_update(of=("self",)).filter(
        notice=notice, ended_at__isnull=True
    )
    return list(clocks.select_related("notice").order_by("began_at"))


def _pause(clock: Clock, reason: str, now: datetime, events: Events) -> int:
    changed = Clock.objects.filter(
        pk=clock.pk,
        due_at__gt=now,
        began_at__lte=now,
        ended_at__isnull=True,
        paused_at__isnull=True,
        breached_at__isnull=True,
    ).update(paused_at=now, next_at=None)
    if not changed:
        return 0
    ClockPause.objects.create(clock=clock, reason=reason, began_at=now)
    events.add("clock_paused", f"clock:{clock.pk}", regime=clock.notice.regime, reason=reason)
    return 1


def _resume(clocks: list[Clock], reason: str, now: datetime, events: Events, *, why: str) -> int:
    resumed = 0
    for clock in clocks:
        pause = clock.pauses.filter(ended_at__isnull=True, reason=reason)
        if clock.paused_at is not None and pause.filter(began_at=F("clock__paused_at")).exists():
            resumed += end_pause(clock, now=now, events=events, why=why)
    return resumed
