"""What a helpline does for its client: ask for another look, go on watching, take the record.

Each needs access to the case and an authority that holds today, and is an event with who did it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from staydown_web.base.access import caseworker_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.cases.models import Access
from staydown_web.cases.selectors.helplines import label_of
from staydown_web.cases.services import (
    agree_to_partners,
    agree_to_providers,
    end_partners,
    end_providers,
    keep_threatened,
)
from staydown_web.cases.services.accesses import note_contact_viewed
from staydown_web.portal.selectors.complaints import Asked, asked_about
from staydown_web.portal.selectors.providers import links_elsewhere, writes_to_sites
from staydown_web.portal.views.caseworker.shared import access_of, check_authority, done, user_of
from staydown_web.reports.selectors.partners import partners_now
from staydown_web.reports.services import make_record
from staydown_web.review.forms import WRITTEN_IN, written_in
from staydown_web.review.models import Complaint
from staydown_web.review.services import file_complaint

BASES = Complaint.Basis


@require_http_methods(["GET", "HEAD", "POST"])
@caseworker_required
def complain(request: HttpRequest, case_number: str, decision_id: UUID) -> HttpResponse:
    """Ask for another look at a decision against the client."""
    access, now = access_of(request, case_number), utc_now()
    check_authority(access)
    decision, asked = asked_about(access.case, decision_id, now)
    if request.method != "POST":
        return _form(request, access, asked)
    try:
        file_complaint(
            decision=decision,
            side=Complaint.Side.NOTIFIER,
            text=request.POST.get("text", ""),
            written_in=written_in(request.POST.get("written_in", "")),
            basis=_basis(request),
            case=access.case,
            actor=f"user:{user_of(request).pk}",
            now=now,
        )
    except FieldsError as error:
        return _form(request, access, asked, error.fields)
    number = access.case.number
    words = _("Another reviewer will look at it.")
    return done(request, words, "portal:helpline_case", case_number=number)


def _form(
    request: HttpRequest, access: Access, asked: Asked, errors: dict[str, str] | None = None
) -> HttpResponse:
    if not asked.is_open:
        raise RecordConflictError("nobody can complain about this decision, or not any more")
    facts: dict[str, Any] = {
        "area": "caseload",
        "case": access.case,
        "label": label_of(access.client),
        "asked": asked,
        "bases": BASES.choices,
        "languages": WRITTEN_IN,
        "language": request.POST.get("written_in", "") if errors else get_language(),
        "errors": errors or {},
        "typed": request.POST.get("text", "")[:4000],
        "basis": request.POST.get("basis", "") if errors else "",
    }
    status = 400 if errors else 200
    return render(request, "portal/caseworker/complain.html", facts, status=status)


def _basis(request: HttpRequest) -> Complaint.Basis:
    chosen = request.POST.get("basis", "")
    return BASES(chosen) if chosen in BASES.values else BASES.OTHER


@require_POST
@caseworker_required
def keep(request: HttpRequest, case_number: str) -> HttpResponse:
    """Go on watching for what was threatened."""
    access = access_of(request, case_number)
    check_authority(access)
    keep_threatened(case=access.case, now=utc_now(), actor=f"user:{user_of(request).pk}")
    words, number = _("We go on watching."), access.case.number
    return done(request, words, "portal:helpline_case", case_number=number)


@require_POST
@caseworker_required
def partners(request: HttpRequest, case_number: str) -> HttpResponse:
    """Partners may look for the pictures too, because the person said so; or no more."""
    access, actor, now = access_of(request, case_number), f"user:{user_of(request).pk}", utc_now()
    check_authority(access)
    if request.POST.get("answer") == "yes":
        if not partners_now():
            raise RecordConflictError("no partner takes fingerprints now")
        agree_to_partners(case=access.case, actor=actor, now=now)
        words = _("The others may now look too.")
    else:
        end_partners(case=access.case, actor=actor, now=now)
        words = _("They are asked to delete the fingerprints.")
    return done(request, words, "portal:helpline_case", case_number=access.case.number)


@require_POST
@caseworker_required
def providers(request: HttpRequest, case_number: str) -> HttpResponse:
    """Other sites may be written to, because the person said so; or no more."""
    access, actor, now = access_of(request, case_number), f"user:{user_of(request).pk}", utc_now()
    check_authority(access)
    if request.POST.get("answer") == "yes":
        if not (writes_to_sites() and links_elsewhere(access.case)):
            raise RecordConflictError("nobody here writes to other sites, or no link is on one")
        agree_to_providers(case=access.case, actor=actor, now=now)
        words = _("These sites are written to.")
    else:
        end_providers(case=access.case, actor=actor, now=now)
        words = _("Nothing more is sent.")
    return done(request, words, "portal:helpline_case", case_number=access.case.number)


@require_POST
@caseworker_required
def record(request: HttpRequest, case_number: str) -> HttpResponse:
    """The record of the case, as the client gets it on her own page."""
    access, user, now = access_of(request, case_number), user_of(request), utc_now()
    check_authority(access)
    with_details = request.POST.get("details") == "1"
    made = make_record(
        case=access.case,
        with_details=with_details,
        language=get_language() or "en",
        now=now,
        actor=f"user:{user.pk}",
    )
    if with_details:
        note_contact_viewed(access=access, user=user, now=now)
    response = HttpResponse(made.data, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="record-{access.case.number}.zip"'
    response["Cache-Control"] = "no-store"
    return response
