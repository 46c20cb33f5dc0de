"""Asking once more which services a site stands on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError
from staydown_web.escalation.models import Mapping
from staydown_web.escalation.services.remapping import look_again
from staydown_web.escalation.views.chain import escalation_of
from staydown_web.escalation.views.shared import user_of


@require_POST
@role_required("reviewer")
def again(request: HttpRequest, escalation_number: int) -> HttpResponse:
    """Ask for a new map of the site."""
    escalation = escalation_of(escalation_number)
    try:
        asked = look_again(escalation_id=escalation.pk, user=user_of(request), now=utc_now())
    except RecordConflictError:
        messages.warning(request, _("It is over already; nothing more is looked up for it."))
    else:
        fresh = _("It was looked up some minutes ago. Ask again a little later.")
        due = _("Asked. What is found shows here in about a minute.")
        messages.success(request, fresh if asked.state == Mapping.State.DONE else due)
    return redirect("escalation:chain", escalation.number)
