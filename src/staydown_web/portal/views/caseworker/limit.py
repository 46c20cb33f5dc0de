"""A helpline complains about a limit on its notices; another lead answers in its console."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from staydown_web.accounts.selectors import team_of
from staydown_web.base.access import caseworker_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.portal.selectors.suspension import limit_of_team
from staydown_web.portal.views.caseworker.shared import done, say_wrong, user_of
from staydown_web.review.services import appeal_suspension


@require_POST
@caseworker_required
def complain_team_limit(request: HttpRequest) -> HttpResponse:
    """Send the complaint."""
    limit = limit_of_team(team_of(user_of(request)))
    if limit is None:
        raise RecordConflictError("there is no limit on the notices of this helpline")
    text = request.POST.get("text", "")
    try:
        appeal_suspension(suspension=limit.suspension, text=text, now=utc_now())
    except FieldsError as error:
        say_wrong(request, error)
        return redirect("portal:caseload")
    return done(request, _("You complained. Another person will answer here."), "portal:caseload")
