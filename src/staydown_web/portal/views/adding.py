"""Adding to a case that is open: the same two pages as for a notice."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from staydown_web.base.access import client_address
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import add_to_case
from staydown_web.portal.forms import read_addition
from staydown_web.portal.models import Tally
from staydown_web.portal.selectors.case_page import ENDED
from staydown_web.portal.selectors.notice import adding_facts
from staydown_web.portal.selectors.texts import notice_texts, send_texts
from staydown_web.portal.services import count_try
from staydown_web.portal.views.notice import notice_context
from staydown_web.portal.views.pages import NOTICE_POLICY, SEND_POLICY, policy
from staydown_web.portal.views.session import with_case


@login_not_required
@require_safe
@policy(NOTICE_POLICY)
@with_case
def add(request: HttpRequest, case: Case) -> HttpResponse:
    """Add links, pictures or missing answers, on a page that can send nothing."""
    if _is_ended(case):
        return redirect("portal:page")
    page: dict[str, Any] = {
        "startUrl": reverse("portal:page"),
        "sendUrl": reverse("portal:add_send"),
        "workerUrl": static("js/fingerprint/worker.js"),
        "texts": notice_texts(),
        **adding_facts(case),
    }
    return render(request, "portal/notice.html", notice_context(page, adding=True))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
@with_case
def add_send(request: HttpRequest, case: Case) -> HttpResponse:
    """Show what is added; on "Send", add it."""
    if _is_ended(case):
        return redirect("portal:page")
    errors: dict[str, str] = {}
    if request.method == "POST":
        now = utc_now()
        count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
        try:
            _token, more = read_addition(request.POST.get("document", ""))
            add_to_case(case=case, urls=more.urls, files=more.files, answers=more.answers, now=now)
        except FieldsError as error:
            errors = error.fields
        else:
            response = redirect("portal:page")
            response.headers["Location"] += "?s=1#said"
            return response
    page = {
        "language": case.language,
        "texts": send_texts(),
        "backUrl": reverse("portal:add"),
        "steps": {"urls": 1, "place": 1, "files": 2},
        **adding_facts(case),
    }
    facts = {"page": page, "errors": errors, "adding": True}
    return render(request, "portal/send.html", facts, status=400 if errors else 200)


def _is_ended(case: Case) -> bool:
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=utc_now())
    return view.is_erased or view.state in ENDED
