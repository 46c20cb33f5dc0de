"""What is held about a case, for the person whose it is: a page and a file."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from staydown_web.accounts.selectors import default_platform
from staydown_web.actions.selectors import removals_of, with_holds
from staydown_web.base.access import client_address
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import PersonView, person_view
from staydown_web.portal.models import Tally
from staydown_web.portal.selectors import case_page, story
from staydown_web.portal.selectors.held import as_file, fingerprints_of, held_of
from staydown_web.portal.selectors.held_facts import Section
from staydown_web.portal.services import count_try
from staydown_web.portal.views.pages import SEND_POLICY, policy
from staydown_web.portal.views.session import with_case


@login_not_required
@require_safe
@policy(SEND_POLICY)
@with_case
def held(request: HttpRequest, case: Case) -> HttpResponse:
    """All of it, to read or to print."""
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=utc_now())
    facts = {
        "sections": _sections(case, view),
        "is_living": _is_living(view),
        "platform": case.platform or default_platform(),
    }
    return render(request, "portal/held.html", facts)


@login_not_required
@require_POST
@csrf_protect
@policy(SEND_POLICY)
@with_case
def held_file(request: HttpRequest, case: Case) -> HttpResponse:
    """All of it as one JSON file, with the fingerprints where that was asked for."""
    now = utc_now()
    count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=now)
    data = as_file(_sections(case, view), now=now)
    if request.POST.get("fingerprints") == "1" and _is_living(view):
        data["fingerprint_values"] = list(fingerprints_of(case, now=now))
    response = JsonResponse(data, json_dumps_params={"indent": 1, "ensure_ascii": False})
    response.headers["Content-Disposition"] = 'attachment; filename="page.json"'
    return response


def _sections(case: Case, view: PersonView) -> list[Section]:
    now = utc_now()
    names = case_page.item_names(view.items)
    removals = with_holds(case, removals_of(case, view.moments))
    told = story.story(case, view, names=names, removals=removals, now=now)
    return held_of(case, view, told, removals)


def _is_living(view: PersonView) -> bool:
    return not view.is_erased and view.state not in case_page.ENDED
