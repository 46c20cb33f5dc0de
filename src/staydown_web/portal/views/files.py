"""Files that a person takes with her. Their names and addresses say nothing."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_safe

from staydown_web.base.access import client_address
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import person_view
from staydown_web.portal.models import Tally
from staydown_web.portal.selectors import case_page
from staydown_web.portal.selectors.files import offered_at
from staydown_web.portal.services import count_try
from staydown_web.portal.views.pages import SEND_POLICY, policy
from staydown_web.portal.views.session import only_by_press, with_case
from staydown_web.reports.services import file_of, keep_offered, make_record


@login_not_required
@require_safe
@policy(SEND_POLICY)
@with_case
def file(request: HttpRequest, case: Case, place: int) -> HttpResponse:
    """One receipt, signed."""
    now = utc_now()
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=now)
    offered = offered_at(case=case, view=view, number=place)
    kept = keep_offered(case=case, offered=offered, now=now)
    return _download(file_of(kept).data, f"notes-{place}.json", "application/json")


@login_not_required
@only_by_press
@csrf_protect
@policy(SEND_POLICY)
@with_case
def files(request: HttpRequest, case: Case) -> HttpResponse:
    """The record of the whole case, as one ZIP."""
    now = utc_now()
    count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=now)
    if view.is_erased or view.state in case_page.ENDED:
        return redirect("portal:page")
    made = make_record(
        case=case,
        with_details=request.POST.get("details") == "1",
        language=get_language() or "en",
        now=now,
    )
    return _download(made.data, "notes.zip", "application/zip")


def _download(data: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
