"""The time limits on the person's page, in plain calm words: each law's own, in her time zone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from staydown_web.base.errors import RecordNotFoundError
from staydown_web.cases.selectors import ClockState, ClockView, LocationRow
from staydown_web.portal.selectors.authorities import Authority, authorities_for
from staydown_web.portal.selectors.clocks import in_words
from staydown_web.portal.selectors.notice import names_bound
from staydown_web.regimes.schemas import Regime
from staydown_web.regimes.selectors import act_by_words, ended_on_words, regime, start_note

WAITS_FOR_HER: Final = "waiting_for_notifier"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence; one with a moment ends with it, and the page adds the full stop."""

    words: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """One time limit, ready to be written.

    Attributes:
        law: short title, and whether it is about an addition alone.
        chip: how it stands, in a word or two.
        tone: ``now``, ``done``, ``heed`` or ``wait``.
        icon: of the chip.
        lines: what there is to know, in order.
        is_broken: the website did not keep it.
        authorities: to whom she can complain about that.
        id: of the law, for what a page says once.
        start_note: what it means for her that the law's first day is not confirmed; else empty.
        websites: where several are served: about which of them it is, in words; else empty.
    """

    law: str
    chip: str
    tone: str
    icon: str
    lines: tuple[Line, ...]
    is_broken: bool = False
    authorities: tuple[Authority, ...] = field(default=())
    id: str = ""
    start_note: str = ""
    websites: str = ""


def limits_of(clocks: Sequence[ClockView], places: Sequence[LocationRow] = ()) -> list[TimeLimit]:
    """The time limits of a case, what matters most first.

    Args:
        clocks: of the case.
        places: of the case.
    """
    names = names_bound()
    return [
        replace(_limit(clock), websites=_websites(clock, places, names)) for clock in _shown(clocks)
    ]


def _shown(clocks: Sequence[ClockView]) -> list[ClockView]:
    return [clock for clock in clocks if clock.state is not ClockState.VOID]


def _websites(clock: ClockView, places: Sequence[LocationRow], names: dict[str, str]) -> str:
    """So that a limit that was kept says no more than it is about."""
    if not names:
        return ""
    theirs = dict.fromkeys(one.platform for one in places if one.id in clock.places)
    if theirs:
        return _("For what you reported at %(names)s.") % {"names": ", ".join(theirs)}
    bound = names.get(clock.regime)
    return _("Applies to: %(names)s.") % {"names": bound} if bound else ""


def is_said_above(clocks: Sequence[ClockView], places: Collection[datetime | None]) -> bool:
    """Whether the time for each place says it all: one limit that runs, with nothing to add to it.

    Args:
        clocks: of the case.
        places: by when each website must act of which her page shows the time.
    """
    shown = limits_of(clocks)
    if len(shown) != 1 or not has_calendar(clocks) or not places:
        return False
    says = shown[0]
    is_more = len(says.lines) > 1 or says.is_broken or says.start_note or says.websites
    return not is_more and {line.at for line in says.lines} == set(places)


def has_times(clocks: Sequence[ClockView]) -> bool:
    """Whether any moment is written on a card."""
    return any(line.at for clock in _shown(clocks) for line in _limit(clock).lines)


def has_calendar(clocks: Sequence[ClockView]) -> bool:
    """Whether something runs that can be put into a calendar."""
    return any(clock.state is ClockState.RUNNING for clock in clocks)


def can_be_late(clocks: Sequence[ClockView]) -> bool:
    """Whether a time limit can still be missed: one runs or stands still."""
    return any(clock.state in {ClockState.RUNNING, ClockState.PAUSED} for clock in clocks)


def waits_for_her(clocks: Sequence[ClockView]) -> bool:
    """Whether a time limit stands still until she answers."""
    open_ = [one.reason for clock in clocks for one in clock.pauses if one.ended_at is None]
    return WAITS_FOR_HER in open_


def _limit(clock: ClockView) -> TimeLimit:
    law = _law(clock.regime)
    title = _(law.short_title) if law else _("a law that has changed since")
    chip, tone, icon = _chip(clock.state, law)
    is_broken = clock.state in {ClockState.OVER, ClockState.LATE}
    return TimeLimit(
        law=_("%(law)s: what you added") % {"law": title} if clock.is_of_addition else title,
        chip=chip,
        tone=tone,
        icon=icon,
        lines=(*_added(clock), *_state_lines(clock, law), *_pause_lines(clock, law)),
        is_broken=is_broken,
        authorities=tuple(authorities_for([clock.regime])) if is_broken else (),
        id=clock.regime,
        start_note=start_note(law) if law else "",
    )


def law_of_time(clocks: Sequence[ClockView], due_at: datetime | None) -> Regime | None:
    """The law that sets this time; of several one whose first day is known, if there is one.

    Args:
        clocks: of a case.
        due_at: of some of them.
    """
    laws = [_law(one.regime) for one in clocks if one.due_at == due_at]
    known = [law for law in laws if law and not law.is_start_open]
    return next(iter(known or filter(None, laws)), None)


def _law(id_: str) -> Regime | None:
    try:
        return regime(id_)
    except RecordNotFoundError:
        return None


def _chip(state: ClockState, law: Regime | None) -> tuple[str, str, str]:
    sure = {ClockState.PAUSED, ClockState.WAITING, ClockState.VOID, ClockState.NONE}
    if law and law.is_start_open and state not in sure:
        return (_("Start not confirmed"), "wait", "dot")
    if state is ClockState.WAITING and law and not law.clock.hours:
        return ("", "", "")
    return {
        ClockState.RUNNING: (_("Running"), "now", "half"),
        ClockState.PAUSED: (_("Stands still"), "wait", "dot"),
        ClockState.OVER: (_("Over"), "heed", "look"),
        ClockState.KEPT: (_("In time"), "done", "check"),
        ClockState.LATE: (_("Too late"), "heed", "look"),
        ClockState.WAITING: (_("Not yet"), "wait", "dot"),
    }.get(state, ("", "", ""))


def _added(clock: ClockView) -> list[Line]:
    return [Line(_("For what you added on"), clock.valid_at)] if clock.is_of_addition else []


def _state_lines(clock: ClockView, law: Regime | None) -> list[Line]:
    left = _("When it goes on, %(time)s are left.") % {
        "time": in_words(timedelta(seconds=clock.left_s))
    }
    ended = Line(ended_on_words(law), clock.due_at)
    lines = {
        ClockState.RUNNING: [Line(act_by_words(law), clock.due_at)],
        ClockState.PAUSED: [Line(left)],
        ClockState.OVER: [
            ended,
            Line(_("The website has not told us that everything is done.")),
        ],
        ClockState.KEPT: [Line(_("The website acted or decided on"), clock.ended_at)],
        ClockState.LATE: [ended, Line(_("Everything was settled only on"), clock.ended_at)],
        ClockState.WAITING: _waiting(law),
        ClockState.NONE: [Line(_(law.clock.words))] if law else [],
    }
    return lines.get(clock.state, [])


def _waiting(law: Regime | None) -> list[Line]:
    """Nothing starts under a law that names no number of hours."""
    if law is None or law.clock.hours:
        return [Line(_("It starts when your notice is complete."))]
    return [Line(_("Your notice is not complete under this rule.")), Line(_(law.clock.words))]


def _pause_lines(clock: ClockView, law: Regime | None) -> list[Line]:
    reasons = {one.reason: _(one.words) for one in law.pauses} if law else {}
    lines = []
    for pause in clock.pauses:
        why = reasons.get(pause.reason, "")
        if pause.ended_at is not None:
            stood = in_words(pause.ended_at - pause.began_at)
            lines.append(
                Line(_("It stood still for %(time)s. %(why)s") % {"time": stood, "why": why})
            )
            continue
        lines.append(Line(_("It stands still since"), pause.began_at))
        lines.append(Line(why))
        if pause.reason == WAITS_FOR_HER:
            lines.append(Line(_("Please answer on this page. Then the time goes on.")))
    return [line for line in lines if line.words]
