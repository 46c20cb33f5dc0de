"""Signing a report, taking a signature back, and sending a report back."""

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
from staydown_web.base.errors import NotAllowedError, RecordConflictError
from staydown_web.escalation.forms.signing import DigestForm, SendBackForm
from staydown_web.escalation.models import Report
from staydown_web.escalation.services.signing import (
    send_back,
    sign_report,
    take_by_hand,
    undo_signature,
)
from staydown_web.escalation.views.sent import report_of
from staydown_web.escalation.views.sent_parts import leaving_words, recipient_of, waits_for_mail
from staydown_web.escalation.views.shared import user_of


@require_POST
@role_required("reviewer")
def sign(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Sign the text that was shown; the last signature sends it."""
    report = report_of(report_id)
    form = DigestForm(request.POST)
    if not form.is_valid() or form.cleaned_data["digest"] != report.digest:
        messages.warning(
            request, _("The text has changed since it was shown. Read it again, then sign.")
        )
        return redirect(page_of(report))
    try:
        signed = sign_report(
            report_id=report.pk,
            digest=form.cleaned_data["digest"],
            user=user_of(request),
            now=utc_now(),
        )
    except NotAllowedError:
        messages.warning(request, _("You have signed it already. Another person must sign too."))
    except RecordConflictError:
        messages.warning(
            request,
            _("It was not signed: it does not wait for signatures any more, or it changed."),
        )
    else:
        messages.success(request, _said(signed))
    return redirect(page_of(report))


@require_POST
@role_required("reviewer")
def undo(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Take one's own signature back while it has not left."""
    report = report_of(report_id)
    try:
        undo_signature(report_id=report.pk, user=user_of(request), now=utc_now())
    except RecordConflictError:
        messages.warning(request, _("It leaves already; a signature cannot be taken back now."))
    else:
        messages.success(request, _("Your signature is taken back."))
    return redirect(page_of(report))


@require_POST
@role_required("reviewer")
def back(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Do not let a report leave."""
    report = report_of(report_id)
    form = SendBackForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose why the report does not leave."))
        return redirect(page_of(report) + "#send-back")
    try:
        send_back(
            report_id=report.pk,
            reason=form.cleaned_data["reason"],
            user=user_of(request),
            now=utc_now(),
        )
    except RecordConflictError:
        messages.warning(request, _("It does not wait for signatures any more."))
    else:
        name = recipient_of(report)
        messages.success(request, _("The report to %(name)s does not leave.") % {"name": name})
    if report.escalation is not None:
        return redirect("escalation:chain", report.escalation.number)
    return redirect("escalation:report", report.pk)


@require_POST
@role_required("reviewer")
def by_hand(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """No mail server is set: a person sends it from a mailbox of their own."""
    report = report_of(report_id)
    try:
        take_by_hand(report_id=report.pk, user=user_of(request), now=utc_now())
    except RecordConflictError:
        messages.warning(request, _("It does not wait for a mail server any more."))
        return redirect("escalation:report", report.pk)
    return redirect("escalation:paste", report.pk)


def page_of(report: Report) -> str:
    """Where a report is shown to be signed."""
    if report.escalation is not None:
        address = reverse("escalation:chain", args=[report.escalation.number])
        return f"{address}?report={report.pk}"
    return reverse("escalation:report", args=[report.pk])


def _said(report: Report) -> str:
    name = {"name": recipient_of(report)}
    if report.state == Report.State.SIGNED and waits_for_mail(report):
        return " ".join((_("It is signed."), leaving_words(report)))
    if report.state == Report.State.SIGNED:
        return _("Signed. The report to %(name)s leaves within a minute.") % name
    if report.state == Report.State.TO_PASTE:
        return _("Signed. Now a person pastes the letter to %(name)s into its form.") % name
    return _("Signed. Another person must sign the report to %(name)s too.") % name
