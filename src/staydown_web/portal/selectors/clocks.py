"""Time in words: what is left, what it took. Days and hours inform; a ticking clock frightens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """How a time limit stands.

    Attributes:
        words: such as "1 day and 7 hours left".
        percent: of the time that has gone, 0..100.
        tone: ``now`` while it runs, ``done`` when it was kept.
    """

    words: str
    percent: int
    tone: str


def running(*, since: datetime, until: datetime, now: datetime) -> Clock:
    """A limit that has not been met yet."""
    left = until - now
    if left <= timedelta(0):
        return Clock(_("The time limit is over"), 100, "now")
    if left < HOUR:
        words = _("Less than an hour left")
    else:
        words = _("%(time)s left") % {"time": in_words(left)}
    return Clock(words, _percent(now - since, until - since), "now")


def met(*, since: datetime, until: datetime | None, at: datetime) -> Clock:
    """A limit that was met; without one, only how long it took."""
    took = max(at - since, timedelta(0))
    words = (
        _("In less than an hour") if took < HOUR else _("After %(time)s") % {"time": in_words(took)}
    )
    return Clock(words, _percent(took, until - since) if until else 100, "done")


def in_words(span: timedelta) -> str:
    """Days and whole hours, such as "1 day and 7 hours"; never less than one hour."""
    hours = max(1, int(span / HOUR))
    days, rest = divmod(hours, 24)
    in_hours = ngettext("%(n)d hour", "%(n)d hours", rest or hours) % {"n": rest or hours}
    if not days:
        return in_hours
    in_days = ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    return _("%(days)s and %(hours)s") % {"days": in_days, "hours": in_hours} if rest else in_days


def _percent(part: timedelta, whole: timedelta) -> int:
    if whole <= timedelta(0):
        return 100
    return min(100, max(0, round(100 * (part / whole))))
