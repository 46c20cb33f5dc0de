"""On her own page: whether others may look for her pictures too. She can change it at any time."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_protect

from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import agree_to_partners, end_partners
from staydown_web.portal.selectors.case_page import ENDED
from staydown_web.portal.views.pages import SEND_POLICY, policy
from staydown_web.portal.views.session import only_by_press, with_case
from staydown_web.reports.selectors.partners import partners_now


@login_not_required
@only_by_press
@csrf_protect
@policy(SEND_POLICY)
@with_case
def partners(request: HttpRequest, case: Case) -> HttpResponse:
    """Let partners look, or take it back. A page that shows an end changes nothing."""
    now = utc_now()
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=now)
    is_yes = request.POST.get("answer") == "yes"
    if view.is_erased or view.state in ENDED or (is_yes and not partners_now()):
        return redirect("portal:page")
    try:
        (agree_to_partners if is_yes else end_partners)(case=case, now=now)
    except RecordConflictError:
        # Pressed twice, or in two windows: it is as she wants it.
        return redirect("portal:page")
    response = redirect("portal:page")
    response.headers["Location"] += f"?s={'9' if is_yes else '0'}#said"
    return response
