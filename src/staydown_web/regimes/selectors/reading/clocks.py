"""The parts of a regime file about time."""

from __future__ import annotations

import re
from datetime import timedelta

from staydown_web.regimes.schemas import (
    Clock,
    ClockKind,
    Deadline,
    DueWarning,
    Event,
    Pause,
    Unit,
)
from staydown_web.regimes.selectors.reading.table import Table, each

_MOST_HOURS = 24 * 366
_MOST_AMOUNT = 10_000
_LEFT = re.compile(r"([1-9][0-9]{0,3})([hm])")


def read_clock(table: Table) -> Clock:
    """The deadline for acting."""
    kind = ClockKind(table.among("kind", tuple(ClockKind)))
    hours = table.take("hours", int, 0)
    if (kind is ClockKind.HOURS) != (0 < hours <= _MOST_HOURS):
        raise table.wrong("hours", f"want 1..{_MOST_HOURS} where kind is hours, and none else")
    clock = Clock(
        kind=kind,
        hours=hours,
        source=table.text("source"),
        words=table.text("words"),
        starts=Event(table.among("starts", (Event.VALID.value,))),
    )
    table.end()
    return clock


def read_deadlines(top: Table) -> tuple[Deadline, ...]:
    """Each deadline once."""
    deadlines = each(top.tables("deadlines", may_be_empty=True), _deadline)
    if len({deadline.id for deadline in deadlines}) != len(deadlines):
        raise top.wrong("deadlines", "two have the same id")
    return deadlines


def read_pauses(top: Table) -> tuple[Pause, ...]:
    """Each reason once."""
    pauses = each(top.tables("pauses", may_be_empty=True), _pause)
    if len({pause.reason for pause in pauses}) != len(pauses):
        raise top.wrong("pauses", "two have the same reason")
    return pauses


def read_warnings(top: Table, clock: Clock) -> tuple[DueWarning, ...]:
    """The warnings, the earliest first; each before the deadline and after the start."""
    ids = top.texts("warnings", [])
    if ids and clock.length is None:
        raise top.wrong("warnings", "want none where the clock has no number of hours")
    warnings = tuple(_warning(top, id_) for id_ in ids)
    if clock.length is None:
        return warnings
    before = [warning.before_due(clock.length) for warning in warnings]
    if before != sorted(set(before), reverse=True) or any(b >= clock.length for b in before):
        raise top.wrong("warnings", "want the earliest first, each within the time of the clock")
    return warnings


def _warning(top: Table, id_: str) -> DueWarning:
    if id_ == "half":
        return DueWarning(id_, is_half=True, left=None)
    found = _LEFT.fullmatch(id_)
    if found is None:
        raise top.wrong("warnings", "want half, or hours or minutes before the end, as 12h or 30m")
    amount = int(found[1])
    left = timedelta(hours=amount) if found[2] == "h" else timedelta(minutes=amount)
    return DueWarning(id_, is_half=False, left=left)


def _deadline(table: Table) -> Deadline:
    unit = Unit(table.among("unit", tuple(Unit)))
    amount = table.take("amount", int, 0)
    if (unit is Unit.PROMPT) == (0 < amount <= _MOST_AMOUNT):
        raise table.wrong("amount", f"want 1..{_MOST_AMOUNT}, and none where the unit is prompt")
    return Deadline(
        id=table.text("id"),
        after=Event(table.among("after", tuple(Event))),
        amount=amount,
        unit=unit,
        words=table.text("words"),
        source=table.text("source"),
    )


def _pause(table: Table) -> Pause:
    return Pause(table.text("reason"), table.text("words"), table.text("source"))
