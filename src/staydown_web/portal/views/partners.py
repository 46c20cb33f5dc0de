"""On her own page: what she agrees to beyond her notice. She can change it at any time."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_protect

from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import (
    agree_to_partners,
    agree_to_providers,
    end_partners,
    end_providers,
)
from staydown_web.portal.selectors.case_page import ENDED
from staydown_web.portal.selectors.providers import links_elsewhere, writes_to_sites
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
    is_yes = request.POST.get("answer") == "yes"
    has_effect = not is_yes or bool(partners_now())
    change = agree_to_partners if is_yes else end_partners
    return _changed(case, change, said="9" if is_yes else "0", has_effect=has_effect)


@login_not_required
@only_by_press
@csrf_protect
@policy(SEND_POLICY)
@with_case
def providers(request: HttpRequest, case: Case) -> HttpResponse:
    """Let us write to other sites, or take it back. A page that shows an end changes nothing."""
    is_yes = request.POST.get("answer") == "yes"
    has_effect = not is_yes or (writes_to_sites() and links_elsewhere(case) > 0)
    change = agree_to_providers if is_yes else end_providers
    return _changed(case, change, said="4" if is_yes else "7", has_effect=has_effect)


def _changed(
    case: Case, change: Callable[..., None], *, said: str, has_effect: bool
) -> HttpResponse:
    now = utc_now()
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=now)
    if view.is_erased or view.state in ENDED or not has_effect:
        return redirect("portal:page")
    try:
        change(case=case, now=now)
    except RecordConflictError:
        # Pressed twice, or in two windows: it is as she wants it.
        return redirect("portal:page")
    response = redirect("portal:page")
    response.headers["Location"] += f"?s={said}#said"
    return response
