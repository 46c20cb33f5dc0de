"""Time limits for staff: all of them, letting one stand still, and as a calendar."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError, RecordNotFoundError
from staydown_web.cases.models import CalendarFeed, Notice
from staydown_web.cases.services import pause_clock, resume_clock
from staydown_web.review import services
from staydown_web.review.models import Task
from staydown_web.review.selectors.calendar import open_limits, staff_calendar, user_of_feed
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.selectors.queue import task_numbered
from staydown_web.review.views.shared import user_of, work_page

_TYPE = "text/calendar; charset=utf-8"


@require_safe
@role_required("reviewer")
def limits(request: HttpRequest) -> HttpResponse:
    """Every time limit that is open."""
    return _page(request)


@require_POST
@role_required("reviewer")
def change_feed(request: HttpRequest) -> HttpResponse:
    """Make a private calendar address, or end the one there is. A new one is shown once."""
    user, now = user_of(request), utc_now()
    if request.POST.get("do") == "end":
        services.end_feed(user=user, now=now)
        messages.success(request, _("The calendar address does not work any more."))
        return redirect("review:limits")
    token = services.make_feed(user=user, now=now)
    return _page(request, address=settings.STAYDOWN_URL + reverse("review:feed", args=[token]))


@require_safe
@role_required("reviewer")
def download(request: HttpRequest) -> HttpResponse:
    """The calendar as a file."""
    return _calendar(staff_calendar(now=utc_now(), language=get_language() or "en"))


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar for a program that subscribes to it: its address is the key."""
    user_of_feed(token)
    return _calendar(staff_calendar(now=utc_now(), language=settings.LANGUAGE_CODE))


@require_POST
@role_required("reviewer")
def change_clock(request: HttpRequest, number: str) -> HttpResponse:
    """Let a time limit stand still for a reason that its law names, or go on."""
    found, user, now = task_numbered(number), user_of(request), utc_now()
    notice = _notice_of(found, request.POST.get("notice", ""))
    if found.taken_by_id not in {None, user.pk}:
        raise RecordConflictError("a colleague works on this")
    change = resume_clock if request.POST.get("do") == "resume" else pause_clock
    change(notice=notice, reason=request.POST.get("reason", ""), actor=f"user:{user.pk}", now=now)
    if change is pause_clock:
        messages.success(request, _("The time stands still. The person sees it on their page."))
    else:
        messages.success(request, _("The time goes on."))
    return redirect("review:task", number=number)


def _page(request: HttpRequest, *, address: str = "") -> HttpResponse:
    user = user_of(request)
    shown = {
        "limits": open_limits(utc_now()),
        "feed": CalendarFeed.objects.filter(user=user).first(),
        "address": address,
    }
    return work_page(request, "review/limits.html", shown, area="queue")


def _notice_of(task: Task, text: str) -> Notice:
    try:
        notice_id = UUID(text)
    except ValueError:
        raise RecordNotFoundError("this task has no such notice") from None
    found = Notice.objects.filter(pk=notice_id, case__in=cases_of(task)).first()
    if found is None:
        raise RecordNotFoundError("this task has no such notice")
    return found


def _calendar(content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=_TYPE)
    response["Content-Disposition"] = 'attachment; filename="time-limits.ics"'
    response["Cache-Control"] = "private, no-store"
    return response
