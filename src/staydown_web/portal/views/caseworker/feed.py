"""The time limits of a caseworker's cases as a calendar: once as a file, or to subscribe to."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from staydown_web.base.access import caseworker_required
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import CalendarFeed
from staydown_web.portal.selectors.caseload.dates import caseload_calendar, caseworker_of_feed
from staydown_web.portal.views.caseworker.shared import done, user_of
from staydown_web.review.services import end_feed, make_feed

_TYPE = "text/calendar; charset=utf-8"


@require_http_methods(["GET", "HEAD", "POST"])
@caseworker_required
def change_feed(request: HttpRequest) -> HttpResponse:
    """Make a private calendar address, or end the one there is. A new one is shown once."""
    user, now, address = user_of(request), utc_now(), ""
    if request.method == "POST":
        if request.POST.get("do") == "end":
            end_feed(user=user, now=now)
            words = _("The calendar address does not work any more.")
            return done(request, words, "portal:change_helpline_feed")
        token = make_feed(user=user, now=now)
        address = settings.STAYDOWN_URL + reverse("portal:helpline_feed", args=[token])
    facts = {
        "area": "caseload",
        "feed": CalendarFeed.objects.filter(user=user).first(),
        "address": address,
    }
    response = render(request, "portal/caseworker/feed.html", facts)
    if address:
        response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@caseworker_required
def download(request: HttpRequest) -> HttpResponse:
    """The moments of the caseworker's own cases as a file: neutral words, no number."""
    content = caseload_calendar(
        user=user_of(request), now=utc_now(), language=get_language() or "en", is_numbered=False
    )
    return _calendar(content)


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar for a program that subscribes to it: its address is the key."""
    user = caseworker_of_feed(token)
    content = caseload_calendar(
        user=user, now=utc_now(), language=settings.LANGUAGE_CODE, is_numbered=True
    )
    return _calendar(content)


def _calendar(content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=_TYPE)
    response["Content-Disposition"] = 'attachment; filename="time-limits.ics"'
    response["Cache-Control"] = "private, no-store"
    return response
