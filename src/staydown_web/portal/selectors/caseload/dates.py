"""The time limits of a caseworker's own cases as a calendar: numbers at most, never a name."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from staydown_web.accounts.models import User
from staydown_web.base.access import is_caseworker
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.sealing import digest_token, lasting_name
from staydown_web.cases.models import CalendarFeed
from staydown_web.cases.selectors.calendar import CalendarMoment, calendar_file, neutral_title
from staydown_web.cases.selectors.helplines import accesses_of
from staydown_web.portal.selectors.caseload.rows import rows_for


def caseload_calendar(*, user: User, now: datetime, language: str, is_numbered: bool) -> bytes:
    """Every moment to come of the cases that a caseworker has, over all websites.

    Args:
        user: the caseworker; of cases that a colleague has, nothing is in it.
        now: the moment, aware UTC.
        language: of the neutral words.
        is_numbered: with the number of the case beside the words, for a calendar that stays the
            caseworker's own.

    Cost: as ``rows_for``.
    """
    rows = rows_for(user, accesses_of(user).filter(holder=user), now=now)
    with override(language):
        title = neutral_title(is_staff=True)
    moments = [
        CalendarMoment(
            uid=lasting_name(row.case.pk.bytes + one.kind.encode(), purpose="calendar", digits=32),
            at=one.at,
            title=f"{title} {row.case.number}" if is_numbered else title,
        )
        for row in rows
        for one in row.deadlines
        if not one.is_late
    ]
    link = settings.STAYDOWN_URL + reverse("portal:caseload")
    return calendar_file(moments, now=now, link=link, reminds=True)


def caseworker_of_feed(token: str) -> User:
    """Whose calendar address this is.

    Raises:
        RecordNotFoundError: nobody's, or of somebody who works for no helpline any more.
    """
    rows = CalendarFeed.objects.select_related("user__team")
    feed = rows.filter(digest=digest_token(token)).first()
    if feed is None or not is_caseworker(feed.user):
        raise RecordNotFoundError("there is no such calendar")
    return feed.user
