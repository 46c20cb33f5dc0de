"""What goes to the Transparency Database, for leads: what waits, and what a person must look at."""

from __future__ import annotations

from typing import cast
from uuid import UUID

import orjson
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from staydown_web.accounts.models import User
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.reports.forms.public_facts import PublicFactsForm
from staydown_web.reports.models import Submission
from staydown_web.reports.selectors.entry_rules import problems_in
from staydown_web.reports.selectors.payloads import payload_of, submissions_to_look_at
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.selectors.submission_states import listed, next_try, state_rows
from staydown_web.reports.services.database_calls import is_on
from staydown_web.reports.services.stating import change_public_facts
from staydown_web.reports.services.submitting import send_again
from staydown_web.review.selectors.known import known_of
from staydown_web.review.views.shared import work_page


@require_safe
@role_required(User.Role.LEAD)
def submissions(request: HttpRequest) -> HttpResponse:
    """How many entries stand where, and those that wait for a person."""
    shown = {
        "is_on": is_on(),
        "address": settings.STAYDOWN_TRANSPARENCY_URL,
        "next_try": next_try() if is_on() else None,
        "states": state_rows(),
        "rows": listed(submissions_to_look_at().exclude(why__in=("outside_eea", "minor"))[:100]),
    }
    return work_page(request, "reports/submissions.html", shown, area="submissions")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(User.Role.LEAD)
def submission(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """One entry: its facts in other words, and sent again."""
    rows = Submission.objects.select_related("statement__decision__task__platform")
    found = rows.filter(pk=submission_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such entry")
    said, known = said_by(found.statement), known_of(found.statement.decision.task)
    first = {"facts": said.public_facts or said.facts}
    form = PublicFactsForm(request.POST or None, initial=first, known=known)
    if request.method == "POST" and form.is_valid():
        actor, now = f"user:{cast('User', request.user).pk}", utc_now()
        facts = form.cleaned_data["facts"]
        change_public_facts(statement=found.statement, facts=facts, actor=actor, now=now)
        send_again(submission=found, actor=actor, now=now)
        messages.success(request, _("It is sent again."))
        return redirect("reports:submissions")
    payload = payload_of(said, puid=found.puid)
    shown = {
        "row": found,
        "form": form,
        "payload": orjson.dumps(payload, option=orjson.OPT_INDENT_2).decode(),
        "problems": problems_in(payload),
    }
    status = 400 if form.is_bound else 200
    return work_page(request, "reports/submission.html", shown, area="submissions", status=status)
