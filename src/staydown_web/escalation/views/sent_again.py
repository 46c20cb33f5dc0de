"""A report that was given up is tried anew."""

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
from staydown_web.escalation.services.sending.settling import send_again
from staydown_web.escalation.views.shared import user_of


@require_POST
@role_required("reviewer")
def again(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Send it again; what people signed still has to hold."""
    try:
        send_again(report_id=report_id, user=user_of(request), now=utc_now())
    except RecordConflictError:
        messages.warning(request, _("It was not given up; there is nothing to send again."))
    else:
        messages.success(request, _("It is sent again within a minute."))
    return redirect("escalation:report", report_id)
