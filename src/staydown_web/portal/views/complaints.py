"""Asking for another look: the person from her page, whoever uploaded it from a statement."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from staydown_web.base.access import client_address
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RecordConflictError, RecordNotFoundError
from staydown_web.cases.models import Case
from staydown_web.cases.services.veiling import is_shown_ended
from staydown_web.portal.models import Tally
from staydown_web.portal.selectors import complaints as found
from staydown_web.portal.selectors.suspension import limit_of
from staydown_web.portal.services import count_try
from staydown_web.portal.services.complaining import complain_about_statement
from staydown_web.portal.views.pages import SEND_POLICY, aside, policy, refused
from staydown_web.portal.views.session import with_case
from staydown_web.reports.selectors.statements import said_by, statement_by_token
from staydown_web.review.forms import WRITTEN_IN, written_in
from staydown_web.review.models import Complaint
from staydown_web.review.services import appeal_suspension, file_complaint

BASES: Final = Complaint.Basis


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
@with_case
def complain_case(request: HttpRequest, case: Case, decision_id: UUID) -> HttpResponse:
    """The person asks for another look at a decision against her."""
    now = utc_now()
    if is_shown_ended(case, is_unveiled=case.is_unveiled):
        return redirect("portal:page")
    decision, asked = found.asked_about(case, decision_id, now)
    if not asked.is_open:
        return _sent() if asked.is_waiting else redirect("portal:page")
    facts: dict[str, Any] = {"asked": asked, **aside(request)}
    if request.method != "POST":
        return render(request, "portal/complain_case.html", _form(facts))
    count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
    try:
        file_complaint(
            decision=decision,
            side=Complaint.Side.NOTIFIER,
            text=request.POST.get("text", ""),
            written_in=written_in(request.POST.get("written_in", "")),
            basis=_basis(request),
            case=case,
            now=now,
        )
    except FieldsError as error:
        shown = _form(facts, request, error.fields)
        return refused(request, "portal/complain_case.html", shown)
    return _sent()


def _sent() -> HttpResponse:
    response = redirect("portal:page")
    response.headers["Location"] += "?s=8#said"
    return response


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
def complain(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever uploaded it asks for another look, and reads here what came of it."""
    now = utc_now()
    try:
        statement = statement_by_token(token)
    except RecordNotFoundError:
        return render(request, "portal/complain.html", {"is_gone": True}, status=404)
    facts: dict[str, Any] = {"token": token, "platform": statement.decision.task.platform}
    facts["has_disputes"] = said_by(statement).has_disputes
    if request.method != "POST":
        asked = found.asked_by_uploader(statement, now)
        return render(request, "portal/complain.html", _form({**facts, "asked": asked}))
    count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
    errors: dict[str, str] = {}
    try:
        complain_about_statement(
            statement=statement,
            text=request.POST.get("text", ""),
            written_in=written_in(request.POST.get("written_in", "")),
            basis=_basis(request),
            now=now,
        )
        return redirect("portal:complain", token=token)
    except FieldsError as error:
        errors = error.fields
    except RecordConflictError:
        errors = {"text": _("This was sent before, or its time is over.")}
    shown = _form({**facts, "asked": found.asked_by_uploader(statement, now)}, request, errors)
    return refused(request, "portal/complain.html", shown)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
@with_case
def complain_limit(request: HttpRequest, case: Case) -> HttpResponse:
    """A suspended notifier complains about the suspension; another lead answers."""
    now = utc_now()
    limit = None if is_shown_ended(case, is_unveiled=case.is_unveiled) else limit_of(case)
    if limit is None or not limit.may_complain:
        return redirect("portal:page")
    if request.method != "POST":
        return render(request, "portal/complain_limit.html", {})
    count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
    typed = request.POST.get("text", "")
    try:
        appeal_suspension(suspension=limit.suspension, case=case, text=typed, now=now)
    except FieldsError as error:
        shown = {"errors": error.fields, "typed": typed}
        return refused(request, "portal/complain_limit.html", shown)
    response = redirect("portal:page")
    response.headers["Location"] += "#limit"
    return response


def _basis(request: HttpRequest) -> Complaint.Basis:
    chosen = request.POST.get("basis", "")
    return BASES(chosen) if chosen in BASES.values else BASES.OTHER


def _form(
    facts: dict[str, Any],
    request: HttpRequest | None = None,
    errors: dict[str, str] | None = None,
) -> dict[str, Any]:
    return {
        **facts,
        "bases": BASES.choices,
        "errors": errors or {},
        "typed": request.POST.get("text", "") if request else "",
        "languages": WRITTEN_IN,
        "language": request.POST.get("written_in", "") if request else get_language(),
        # As it was sent: where nothing was chosen, nothing is chosen for them.
        "basis": request.POST.get("basis", "") if request else "",
    }
