"""Time limits as a calendar file (iCalendar, RFC 5545): moments and neutral words, nothing else.

No name, platform, law or link to a case is in it: calendars are shown on locked screens, shared
with families and copied to other companies. A number of a case is in the one alone to which a
caseworker subscribes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from staydown_web.base.sealing import lasting_name
from staydown_web.cases.models import Clock

if TYPE_CHECKING:
    from icalendar import Event

_PRODUCT = "-//Staydown//Time limits//EN"
_REFRESH = timedelta(hours=1)
_REMIND = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class CalendarMoment:
    """One moment of a calendar.

    Attributes:
        uid: stable, and says nothing.
        at: aware UTC.
        title: neutral.
        moved: how often it was moved; a calendar takes the entry with the larger number.
    """

    uid: str
    at: datetime
    title: str
    moved: int = 0


def moments_of(clocks: Iterable[Clock], *, title: str) -> list[CalendarMoment]:
    """The deadlines of running clocks; one that stands still has none.

    Args:
        clocks: with ``pauses`` fetched before.
        title: neutral words for each of them.
    """
    return [
        CalendarMoment(
            uid=lasting_name(clock.pk.bytes, purpose="calendar", digits=32),
            at=clock.due_at,
            title=title,
            moved=sum(pause.ended_at is not None for pause in clock.pauses.all()),
        )
        for clock in clocks
        if clock.ended_at is None and clock.paused_at is None
    ]


def calendar_file(
    moments: Iterable[CalendarMoment], *, now: datetime, link: str = "", reminds: bool = False
) -> bytes:
    """A calendar file.

    Args:
        moments: in any order; times are written in UTC, which every calendar shows in its own zone.
        now: the moment, aware UTC.
        link: of every entry; empty for none.
        reminds: whether the calendar rings two hours before.
    """
    from icalendar import Calendar  # few processes ever write one, and all would wait for it

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for moment in sorted(moments, key=lambda one: (one.at, one.uid)):
        calendar.add_component(_event(moment, now, link, reminds=reminds))
    return bytes(calendar.to_ical())


def _event(moment: CalendarMoment, now: datetime, link: str, *, reminds: bool) -> Event:
    from icalendar import Alarm, Event

    event = Event()
    event.add("uid", f"{moment.uid}@staydown")
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("dtstart", moment.at.replace(microsecond=0))
    event.add("summary", moment.title)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    event.add("sequence", moment.moved)
    if link:
        event.add("url", link)
    if reminds:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", moment.title)
        alarm.add("trigger", -_REMIND)
        event.add_component(alarm)
    return event


def neutral_title(*, is_staff: bool) -> str:
    """What an entry is called: a glance at it tells nothing."""
    return _("Time limit") if is_staff else _("Reminder")
