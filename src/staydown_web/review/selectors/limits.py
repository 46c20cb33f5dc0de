"""The time limits behind a task, in words for staff: each law's own, what let it stand still."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import formats
from django.utils.translation import gettext as _

from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case, Clock, Notice
from staydown_web.cases.selectors.clocks import ClockState, ClockView, view_of
from staydown_web.cases.services.binding import binds
from staydown_web.cases.services.clock_marks import OVER
from staydown_web.cases.services.clocks import concerns, covers
from staydown_web.regimes.schemas import Regime
from staydown_web.regimes.selectors import open_start_words, regimes
from staydown_web.review.models import Task
from staydown_web.review.selectors import words
from staydown_web.review.selectors.items import items_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A reason for which a reviewer may let a clock stand still, as its law says it."""

    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class Limit:
    """One time limit of one notice.

    Attributes:
        notice_id: of the notice.
        case_number: whose.
        law: short title.
        state: of ``ClockState``.
        says: how it stands, with moments in UTC.
        more: that the law's first day is not confirmed, for what the limit is, where that was added
            later, and what let it stand still, line by line.
        choices: for which it may be let stand still now; empty where its law names none.
        pause: the reason for which it stands still now; empty where it runs.
        is_of_others: it is about other items of the case alone, not about what is looked at.
    """

    notice_id: UUID
    case_number: str
    law: str
    state: ClockState
    says: str
    more: tuple[str, ...]
    choices: tuple[Choice, ...]
    pause: str
    is_of_others: bool = False


def limits_of(
    cases: Iterable[Case],
    now: datetime,
    *,
    items: Collection[UUID] = (),
    platform: Platform | None = None,
) -> list[Limit]:
    """The time limits of these cases, the nearest first; over ones before all.

    Args:
        cases: with ``notices__clocks__pauses`` fetched before.
        now: the moment, aware UTC.
        items: what is looked at; the limits that are about other items alone come last.
        platform: on which it is; the limits of laws that do not bind it are left out.
    """
    clocks = [
        (case, notice, clock)
        for case in cases
        for notice in case.notices.all()
        if platform is None or binds(platform, notice.regime)
        for clock in notice.clocks.all()
    ]
    others = {clock.pk for _case, _notice, clock in clocks if items and not concerns(clock, items)}
    return _ranked(clocks, now, others)


def due_of(task: Task, cases: Iterable[Case]) -> datetime | None:
    """What is due next of what a task decides; None where nothing runs.

    Where no time limit was ever about it, what is due next in its cases. A time limit that was met
    for it is over for it, though it runs on for other items. A law that does not bind its platform
    sets it no time.
    """
    items = [item.pk for item in items_of(task)]
    moments = []
    for case in cases:
        if case.due_at is None:
            continue
        clocks = list(Clock.objects.filter(notice__case=case).select_related("notice__case"))
        running = [one for one in clocks if one.ended_at is None and one.paused_at is None]
        theirs = [clock for clock in running if binds(task.platform, clock.notice.regime)]
        if running and not theirs:
            continue
        about = [clock.due_at for clock in theirs if concerns(clock, items)]
        if about or not any(covers(clock, items) for clock in clocks):
            moments.append(min(about or [clock.due_at for clock in theirs], default=case.due_at))
    return min(moments, default=None)


def limits_of_clocks(clocks: Iterable[Clock], now: datetime) -> list[Limit]:
    """The same for clocks, with ``notice__case`` and ``pauses`` fetched before."""
    return _ranked([(clock.notice.case, clock.notice, clock) for clock in clocks], now)


def _ranked(
    clocks: Iterable[tuple[Case, Notice, Clock]], now: datetime, others: Collection[UUID] = ()
) -> list[Limit]:
    views = [
        (clock.pk in others, case, notice, view_of(clock, regime=notice.regime, now=now))
        for case, notice, clock in clocks
    ]
    views.sort(key=lambda one: (one[0], not one[3].is_open, one[3].due_at or now))
    return [
        replace(_limit(case, notice, view), is_of_others=is_of_others)
        for is_of_others, case, notice, view in views
    ]


def mark_words(clocks: Iterable[Clock], now: datetime) -> str:
    """The latest warning that a running clock gave, in words; empty for none.

    Args:
        clocks: open ones, with ``warnings`` fetched before.
        now: the moment, aware UTC.
    """
    given = [one for clock in clocks if clock.ended_at is None for one in clock.warnings.all()]
    if not given:
        return ""
    last = max(given, key=lambda one: (one.mark == OVER, one.made_at))
    if last.mark == OVER:
        return _("The time limit is over")
    if last.mark == "half":
        return _("Half of the time is gone")
    amount, unit = int(last.mark[:-1]), last.mark[-1]
    span = timedelta(hours=amount) if unit == "h" else timedelta(minutes=amount)
    return _("Less than %(span)s left") % {"span": words.span_in_words(span)}


def stands_still(clocks: Iterable[Clock]) -> bool:
    """Whether every open clock stands still."""
    open_ = [clock for clock in clocks if clock.ended_at is None]
    return bool(open_) and all(clock.paused_at is not None for clock in open_)


def share_gone(clocks: Iterable[Clock], now: datetime) -> int:
    """How much is gone of the time limit that is due next, 0..100; 0 where none is open."""
    open_ = [clock for clock in clocks if clock.ended_at is None]
    nearest = min(open_, key=lambda clock: clock.due_at, default=None)
    return view_of(nearest, regime="", now=now).percent if nearest else 0


def at_in_words(at: datetime) -> str:
    """A moment with its time zone, such as ``28 Nov 2026, 09:00 UTC``."""
    return f"{formats.date_format(at, 'j M Y')}, {at:%H:%M} UTC"


def _limit(case: Case, notice: Notice, view: ClockView) -> Limit:
    law = regimes().get(notice.regime)
    now_paused = next((one.reason for one in view.pauses if one.ended_at is None), "")
    may_pause = law is not None and view.state is ClockState.RUNNING
    return Limit(
        notice_id=notice.pk,
        case_number=case.number,
        law=_(law.short_title) if law else notice.regime,
        state=view.state,
        says=_says(view),
        more=(*_caveat(law), *_addition(view), *_pauses(view, law)),
        choices=tuple(Choice(one.reason, _(one.words)) for one in law.pauses)
        if law is not None and may_pause
        else (),
        pause=now_paused,
    )


def _caveat(law: Regime | None) -> list[str]:
    words = open_start_words(law) if law else ""
    return [words] if words else []


def _addition(view: ClockView) -> list[str]:
    if not view.is_of_addition or view.valid_at is None:
        return []
    return [_("For what was added on %(moment)s") % {"moment": at_in_words(view.valid_at)}]


def _says(view: ClockView) -> str:
    due = at_in_words(view.due_at) if view.due_at else ""
    match view.state:
        case ClockState.RUNNING:
            return _("The website must act by %(at)s") % {"at": due}
        case ClockState.PAUSED:
            left = words.span_in_words(timedelta(seconds=view.left_s))
            return _("Stands still; %(left)s are left when it goes on") % {"left": left}
        case ClockState.OVER:
            return _("Over since %(at)s; recorded") % {"at": due}
        case ClockState.KEPT:
            return _("Done in time, %(at)s") % {"at": _ended(view)}
        case ClockState.LATE:
            return _("Done late, %(at)s; the time limit was %(due)s") % {
                "at": _ended(view),
                "due": due,
            }
        case _other:
            return _("The case ended, %(at)s") % {"at": _ended(view)}


def _ended(view: ClockView) -> str:
    return at_in_words(view.ended_at) if view.ended_at else ""


def _pauses(view: ClockView, law: Regime | None) -> Iterable[str]:
    reasons = {one.reason: _(one.words) for one in law.pauses} if law else {}
    for pause in view.pauses:
        why = reasons.get(pause.reason, pause.reason)
        if pause.ended_at is None:
            yield _("Stands still since %(at)s: %(why)s") % {
                "at": at_in_words(pause.began_at),
                "why": why,
            }
        else:
            yield _("Stood still from %(at)s until %(until)s: %(why)s") % {
                "at": at_in_words(pause.began_at),
                "until": at_in_words(pause.ended_at),
                "why": why,
            }
