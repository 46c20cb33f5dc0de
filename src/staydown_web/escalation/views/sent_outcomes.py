"""What came of a report, recorded by a person."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError
from staydown_web.escalation.forms.outcomes import OutcomeForm
from staydown_web.escalation.services.outcomes import record_outcome
from staydown_web.escalation.views.sent import report_facts, report_of
from staydown_web.escalation.views.shared import escalation_page, user_of


@require_POST
@role_required("reviewer")
def outcome(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Record it; a wrong contact is not used again."""
    found = report_of(report_id)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        shown = report_facts(request, found, form=form)
        page = "escalation/report.html"
        return escalation_page(request, page, shown, tab="list", status=400)
    try:
        record_outcome(
            report_id=found.pk,
            outcome=form.cleaned_data["outcome"],
            user=user_of(request),
            now=utc_now(),
        )
    except RecordConflictError:
        messages.warning(request, _("It is recorded so already, or the report has not left."))
    else:
        messages.success(request, _("Recorded."))
    return redirect("escalation:report", found.pk)
