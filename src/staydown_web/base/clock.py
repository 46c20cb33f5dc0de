"""The one place that reads the clock. Services take ``now``; views and tasks get it here."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

STEP = timedelta(minutes=2)
"""No clock of a machine that is kept in time drifts this far between two looks."""
DOUBT = timedelta(minutes=15)
"""A clock that was set is set again within this, or is right. Source: ADR-0049."""


def utc_now() -> datetime:
    """The moment, timezone-aware, in UTC."""
    return datetime.now(UTC)


def running_s() -> float:
    """Seconds since the machine started, sleep included; nobody can set it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class StepWatch:
    """Notices that the machine's clock was set, and says for a while that it is not to be trusted.

    What is final, such as a breach, must not follow from a date that somebody mistyped. It compares
    the date with the seconds since the start of the machine; a change that was made while no
    process ran cannot be noticed.
    """

    def __init__(self) -> None:
        self._last: tuple[datetime, float] | None = None
        self._doubted_s: float | None = None

    def is_steady(self, now: datetime, *, at_s: float) -> bool:
        """Whether the date can be acted on.

        Args:
            now: the date, aware.
            at_s: of ``running_s``, at the same moment.

        Returns:
            False from when the date jumped, either way, until a quarter of an hour later.
        """
        if self._last is not None:
            went = timedelta(seconds=at_s - self._last[1])
            if abs((now - self._last[0]) - went) > STEP:
                self._doubted_s = at_s
        self._last = (now, at_s)
        if self._doubted_s is not None and at_s - self._doubted_s >= DOUBT.total_seconds():
            self._doubted_s = None
        return self._doubted_s is None
