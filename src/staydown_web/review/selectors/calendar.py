"""All time limits that run, for the staff's page and calendars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import override

from staydown_web.accounts.models import User
from staydown_web.base.access import has_rank
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.sealing import digest_token
from staydown_web.cases.models import CalendarFeed, Clock
from staydown_web.cases.selectors.calendar import calendar_file, moments_of, neutral_title
from staydown_web.cases.selectors.clocks import ClockState
from staydown_web.review.models import OPEN_STATES, Task
from staydown_web.review.selectors.limits import Limit, limits_of_clocks

MOST = 500
TONES = {ClockState.OVER: "heed", ClockState.RUNNING: "now", ClockState.PAUSED: "wait"}


@dataclass(frozen=True, slots=True)
class OpenLimit:
    """One time limit of the page: how it stands, and the task to open for it; empty for none."""

    limit: Limit
    tone: str
    task: str


def open_clocks() -> QuerySet[Clock]:
    """Clocks that have not ended: those that run first, by their moment."""
    return (
        Clock.objects.filter(ended_at__isnull=True)
        .select_related("notice__case")
        .prefetch_related("pauses")
        .order_by(F("paused_at").asc(nulls_first=True), "due_at", "id")
    )


def open_limits(now: datetime) -> list[OpenLimit]:
    """Every time limit that is open, what is over first, then the nearest."""
    limits = limits_of_clocks(open_clocks()[:MOST], now)
    tasks = Task.objects.filter(
        case__number__in={limit.case_number for limit in limits}, state__in=OPEN_STATES
    )
    numbers = dict(tasks.order_by("-made_at").values_list("case__number", "number"))
    return [
        OpenLimit(limit, TONES[limit.state], numbers.get(limit.case_number, "")) for limit in limits
    ]


def staff_calendar(*, now: datetime, language: str) -> bytes:
    """The deadlines of all open time limits as a calendar file."""
    link = settings.STAYDOWN_URL + reverse("review:limits")
    with override(language):
        moments = moments_of(open_clocks()[:MOST], title=neutral_title(is_staff=True))
    return calendar_file(moments, now=now, link=link, reminds=True)


def user_of_feed(token: str) -> User:
    """Whose calendar address this is.

    Raises:
        RecordNotFoundError: nobody's, or of somebody who may not see time limits any more.
    """
    feed = CalendarFeed.objects.select_related("user").filter(digest=digest_token(token)).first()
    if feed is None or not has_rank(feed.user, User.Role.REVIEWER):
        raise RecordNotFoundError("there is no such calendar")
    return feed.user
