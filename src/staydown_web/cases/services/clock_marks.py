"""The moments before a deadline at which staff are warned: arithmetic alone, always in UTC."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from staydown_web.cases.models import Clock
from staydown_web.regimes.selectors import regime

OVER = "over"
"""The mark of a time limit that is over."""


def marks_of(clock: Clock) -> list[tuple[str, datetime]]:
    """The marks of a clock and their moments, in order; the last is ``over``, at its due moment.

    Pauses move them all: "half" is when half of the time in which it ran is gone. A mark that would
    lie before the beginning is left out.
    """
    length = timedelta(seconds=clock.length_s)
    warnings = regime(clock.notice.regime).warnings
    found = [(one.id, one.before_due(length)) for one in warnings]
    before = sorted((m for m in found if m[1] < length), key=lambda m: m[1], reverse=True)
    return [*((mark, clock.due_at - left) for mark, left in before), (OVER, clock.due_at)]


def next_moment(clock: Clock, given: Collection[str]) -> datetime | None:
    """When something is to be done about a clock next.

    Args:
        clock: open; one that stands still is never asked.
        given: marks that were warned of.

    Returns:
        None where all marks were given.
    """
    return min((at for mark, at in marks_of(clock) if mark not in given), default=None)
