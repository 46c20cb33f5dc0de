"""What came back: marked as read."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.escalation.models import Reply
from staydown_web.escalation.services.receiving import mark_read
from staydown_web.escalation.views.shared import user_of


@require_POST
@role_required("reviewer")
def read(request: HttpRequest, reply_id: UUID) -> HttpResponse:
    """Somebody has read an answer."""
    reply = Reply.objects.filter(pk=reply_id).first()
    if reply is None:
        raise RecordNotFoundError("there is no such reply")
    mark_read(reply_id=reply_id, user=user_of(request), now=utc_now())
    messages.success(request, _("Marked as read. Say below what came of it, if you know."))
    return redirect(reverse("escalation:report", args=[reply.report_id]) + "#came")
