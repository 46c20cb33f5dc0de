"""Stopping an escalation by hand."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError
from staydown_web.escalation.forms.stopping import StopForm
from staydown_web.escalation.models import Report
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.services.stopping import stop_escalation
from staydown_web.escalation.views.chain import escalation_of
from staydown_web.escalation.views.shared import escalation_page, user_of

_UNSENT = (Report.State.DRAFT, Report.State.SIGNED, Report.State.TO_PASTE)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("reviewer")
def stop(request: HttpRequest, escalation_number: int) -> HttpResponse:
    """What stopping does; and, with a reason, stop."""
    escalation = escalation_of(escalation_number)
    form = StopForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            stop_escalation(
                escalation_id=escalation.pk,
                reason=form.cleaned_data["reason"],
                user=user_of(request),
                now=utc_now(),
            )
        except RecordConflictError:
            messages.warning(request, _("It is over already."))
        else:
            messages.success(request, _("Stopped. Nothing more of it leaves."))
        return redirect("escalation:chain", escalation.number)
    shown = {
        "escalation": escalation,
        "domain": domain_of(escalation.site),
        "unsent": escalation.reports.filter(state__in=_UNSENT).count(),
        "sent": escalation.reports.filter(sent_at__isnull=False).count(),
        "is_open": escalation.ended_at is None,
        "form": form,
    }
    status = 400 if form.errors else 200
    return escalation_page(request, "escalation/stop.html", shown, tab="list", status=status)
