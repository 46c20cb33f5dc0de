"""The time limit of a case as a calendar file: one moment, one neutral word."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.cases.models import Case, Clock
from staydown_web.cases.selectors import ClockState, person_view
from staydown_web.cases.selectors.calendar import calendar_file, moments_of, neutral_title
from staydown_web.portal.views.session import with_case


@login_not_required
@require_safe
@with_case
def reminder(request: HttpRequest, case: Case) -> HttpResponse:
    """The running time limits that the page shows; none on a page that says it has ended."""
    now = utc_now()
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=now)
    ids = [one.id for one in view.clocks if one.id and one.state is ClockState.RUNNING]
    if not ids:
        raise RecordNotFoundError("no time limit runs; there is nothing to put into a calendar")
    clocks = Clock.objects.filter(pk__in=ids).prefetch_related("pauses")
    moments = moments_of(clocks, title=neutral_title(is_staff=False))
    once = {moment.at: moment for moment in moments}  # one entry for laws that end together
    response = HttpResponse(
        calendar_file(once.values(), now=now), content_type="text/calendar; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="reminder.ics"'
    response["Cache-Control"] = "private, no-store"
    return response
