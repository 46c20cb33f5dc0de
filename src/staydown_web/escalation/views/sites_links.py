"""Links on other sites that two people look at before anything about them leaves."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError
from staydown_web.escalation.forms.sightings import SightingForm
from staydown_web.escalation.selectors.sightings import links_to_see, to_see
from staydown_web.escalation.services.sightings import MINOR, record_sighting
from staydown_web.escalation.views.shared import escalation_page, user_of

_A_PAGE = 10


@require_safe
@role_required("reviewer")
def links(request: HttpRequest) -> HttpResponse:
    """What this person can look at, few at a time."""
    rows = links_to_see(user_id=user_of(request).pk, now=utc_now())
    page = Paginator(rows, _A_PAGE).get_page(request.GET.get("page"))
    shown = {
        "page": page,
        "rows": [
            (one, SightingForm(auto_id=f"id-{one.watch.pk}-%s")) for one in to_see(page.object_list)
        ],
    }
    return escalation_page(request, "escalation/links.html", shown, tab="links")


@require_POST
@role_required("reviewer")
def saw(request: HttpRequest, location_id: UUID) -> HttpResponse:
    """Note what this person saw."""
    form = SightingForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose what the link shows."))
        return redirect("escalation:links")
    says = form.cleaned_data["says"]
    try:
        record_sighting(location_id=location_id, says=says, user=user_of(request), now=utc_now())
    except RecordConflictError:
        messages.warning(request, _("It was not kept: the case is over."))
    else:
        minor = _("The case is closed, and nothing of it is kept. Follow your rules for minors.")
        messages.success(request, minor if says == MINOR else _("Kept. Thank you for looking."))
    return redirect("escalation:links")
