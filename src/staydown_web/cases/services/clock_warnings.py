"""Warnings before a deadline, and the breach: each noted once, then told to staff in one letter.

What is due is a moment in a row (``Clock.next_at``), moved on by one conditional UPDATE: whoever
moves it warns. So two workers, one that dies, and a run that is made twice warn once. ADR-0050.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from staydown_web.accounts.models import User
from staydown_web.base.mailing import is_ready
from staydown_web.cases.models import Case, Clock, ClockWarning, StaffLetter
from staydown_web.cases.services.clock_marks import OVER, marks_of, next_moment
from staydown_web.cases.services.clocks import breach, note_due, refresh_clocks
from staydown_web.cases.services.events import Events

AT_ONCE = 100
BATCH = timedelta(minutes=15)
"""Warnings of a quarter of an hour share a letter: four an hour are read, forty are not."""


def advance_clocks(now: datetime) -> int:
    """Warn of what comes near and note what is over, some at a time.

    Returns:
        How many clocks were dealt with.
    """
    due = Clock.objects.filter(
        next_at__lte=now, ended_at__isnull=True, paused_at__isnull=True
    ).order_by("next_at", "id")
    ids = list(due.values_list("pk", flat=True)[:AT_ONCE])
    return sum(_advance(clock_id, now) for clock_id in ids)


@transaction.atomic
def _advance(clock_id: UUID, now: datetime) -> int:
    # Locked where the database has row locks: what settles a case waits, and is seen or sees this.
    case = Case.objects.select_for_update().filter(notices__clocks=clock_id).first()
    if case is None:
        return 0
    events = Events(case.pk, "system", now)
    refresh_clocks(case=case, now=now, events=events)
    clock = (
        Clock.objects.select_related("notice__case")
        .filter(pk=clock_id, next_at__lte=now, ended_at__isnull=True, paused_at__isnull=True)
        .first()
    )
    done = _warn(clock, now, events) if clock is not None else 0
    events.record()
    return done


def _warn(clock: Clock, now: datetime, events: Events) -> int:
    """Every mark that has passed, then the breach; moving ``next_at`` on gives the right to."""
    given = set(clock.warnings.values_list("mark", flat=True))
    passed = [mark for mark, at in marks_of(clock) if at <= now and mark not in given]
    open_ = Clock.objects.filter(pk=clock.pk, next_at=clock.next_at, ended_at__isnull=True)
    if not open_.update(next_at=next_moment(clock, {*given, *passed})):
        return 0
    for mark in passed:
        if mark == OVER:
            continue
        ClockWarning.objects.create(clock=clock, mark=mark, made_at=now)
        facts = {"regime": clock.notice.regime, "mark": _fact(mark)}
        events.add("clock_warned", f"clock:{clock.pk}", **facts)
    breach(clock, now=now, events=events)
    note_due(case=clock.notice.case)
    return 1


def _fact(mark: str) -> str:
    """A mark as the audit takes it: facts that are words begin with a letter."""
    return mark if mark[0].isalpha() else f"left-{mark}"


@transaction.atomic
def write_to_staff(now: datetime) -> int:
    """Line up one letter to each lead and administrator about the warnings since the last one.

    Where no mail server is set, or nobody has an address, the queue alone says it.

    Returns:
        How many letters were lined up.
    """
    # A letter from the future is none: the machine's clock was set back since.
    if StaffLetter.objects.filter(made_at__gt=now - BATCH, made_at__lte=now).exists():
        return 0
    warnings = list(ClockWarning.objects.select_for_update().filter(told_at__isnull=True))
    if not warnings:
        return 0
    ClockWarning.objects.filter(pk__in=[one.pk for one in warnings]).update(told_at=now)
    if not is_ready():
        return 0
    made = 0
    for user in staff_to_warn():
        letter = StaffLetter.objects.create(user=user, made_at=now, next_try_at=now)
        letter.warnings.set(warnings)
        made += 1
    return made


def staff_to_warn() -> list[User]:
    """Leads and administrators who have an address."""
    people = User.objects.filter(role__in=[User.Role.LEAD, User.Role.ADMIN], is_active=True)
    return list(people.exclude(email="").order_by("pk"))
