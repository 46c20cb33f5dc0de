"""Appeals of sites and providers: noted, and answered by two people."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError
from staydown_web.escalation.forms.appeals import AppealForm
from staydown_web.escalation.models import Appeal
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.services.appeals import answer_appeal, record_appeal
from staydown_web.escalation.views.chain import escalation_of
from staydown_web.escalation.views.shared import escalation_page, user_of


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("reviewer")
def appeal(request: HttpRequest, escalation_number: int) -> HttpResponse:
    """Note that somebody says a report is wrong."""
    escalation = escalation_of(escalation_number)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        record_appeal(
            escalation_id=escalation.pk,
            side=form.cleaned_data["side"],
            text=form.cleaned_data["text"],
            user=user_of(request),
            now=utc_now(),
        )
        messages.success(request, _("The appeal is noted. Nothing is signed until two answer it."))
        return redirect("escalation:chain", escalation.number)
    shown = {"escalation": escalation, "domain": domain_of(escalation.site), "form": form}
    status = 400 if form.errors else 200
    return escalation_page(request, "escalation/appeal.html", shown, tab="list", status=status)


@require_POST
@role_required("reviewer")
def answer(request: HttpRequest, appeal_id: UUID) -> HttpResponse:
    """One person's answer to an appeal; the second one that agrees settles it."""
    found = Appeal.objects.select_related("escalation").filter(pk=appeal_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such appeal")
    upholds = request.POST.get("do") == "uphold"
    try:
        settled = answer_appeal(
            appeal_id=appeal_id, upholds=upholds, user=user_of(request), now=utc_now()
        )
    except NotAllowedError:
        messages.warning(request, _("You gave this answer already. Another person must agree."))
    except RecordConflictError:
        messages.warning(request, _("This appeal was answered before."))
    else:
        waits = _("Your answer is kept. Another person must give the same one.")
        done = _("The appeal is answered.")
        messages.success(request, waits if settled.state == Appeal.State.OPEN else done)
    return redirect("escalation:chain", found.escalation.number)
