"""On her own page: a helpline may work on the case, and she can end that at any time."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect

from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import person_view
from staydown_web.cases.selectors.helplines import open_teams
from staydown_web.cases.services.accesses import end_sharing, share_case
from staydown_web.portal.selectors.case_page import ENDED
from staydown_web.portal.views.case import show_page
from staydown_web.portal.views.pages import SEND_POLICY, policy
from staydown_web.portal.views.session import only_by_press, with_case


@login_not_required
@only_by_press
@csrf_protect
@policy(SEND_POLICY)
@with_case
def share(request: HttpRequest, case: Case) -> HttpResponse:
    """Share the case with a helpline, or end it. A page that shows an end changes nothing."""
    now = utc_now()
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=now)
    if view.is_erased or view.state in ENDED:
        return redirect("portal:page")
    if request.POST.get("end"):
        end_sharing(case=case, access_id=_id(request.POST["end"]), now=now)
        return _back("6")
    asked = _id(request.POST.get("team", ""))
    team = next((one for one in open_teams(case) if one.pk == asked), None)
    if team is None or "agree" not in request.POST:
        error = _("Nothing was shared. Choose a helpline and say that you agree.")
        where = "agree" if team else "team"
        return show_page(request, case, errors={where: error}, chosen=team)
    share_case(case=case, team=team, now=now)
    return _back("5")


def _id(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        return UUID(int=0)


def _back(said: str) -> HttpResponse:
    response = redirect("portal:page")
    response.headers["Location"] += f"?s={said}#said"
    return response
