"""Records of cases that leave without the person: one asks, another grants, the first takes."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from staydown_web.accounts.models import User
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordError
from staydown_web.base.sealing import installation_keys
from staydown_web.base.signing import signing_key
from staydown_web.reports.forms.exports import ExportForm
from staydown_web.reports.selectors.exports import exports_of
from staydown_web.reports.services.records import ask_export, export_record


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(User.Role.LEAD)
def records(request: HttpRequest) -> HttpResponse:
    """Ask for a record, and take what was granted."""
    user, now = cast("User", request.user), utc_now()
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ask_export(
                case_number=form.cleaned_data["number"],
                reason=form.cleaned_data["reason"],
                user=user,
                now=now,
            )
        except RecordError:
            form.add_error("number", _("No case with this number can be handed out."))
        else:
            messages.success(request, _("Asked. A second person can now grant it."))
            return redirect("reports:records")
    shown = {
        "form": form,
        "rows": exports_of(user=user, now=now),
        "key": signing_key(installation_keys().folder).fingerprint,
        "area": "audit",
    }
    status = 400 if form.errors else 200
    return render(request, "reports/records.html", shown, status=status)


@require_POST
@role_required(User.Role.LEAD)
def take_record(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """The record, once."""
    made = export_record(
        approval_id=approval_id,
        user=cast("User", request.user),
        language=get_language() or "en",
        now=utc_now(),
    )
    response = HttpResponse(made.data, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="record.zip"'
    return response
