"""A signed letter is pasted into its recipient's form, by hand, and somebody says so."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.cases.services.places import url_of
from staydown_web.escalation.forms.first import PastedForm
from staydown_web.escalation.models import Report, ReportPlace
from staydown_web.escalation.selectors.first import PURPOSES, channel_of_report
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.services.first import mark_pasted
from staydown_web.escalation.services.signing import BY_MAIL
from staydown_web.escalation.views.first_words import asks_words, caution_words, name_of
from staydown_web.escalation.views.sent import report_of
from staydown_web.escalation.views.sent_parts import contents_of, mail_parts, recipient_of
from staydown_web.escalation.views.shared import escalation_page, user_of


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("reviewer")
def paste(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The rows to copy, one by one; and “I have sent it”."""
    report = report_of(report_id)
    is_first = report.purpose in PURPOSES
    if report.state != Report.State.TO_PASTE:
        messages.warning(request, _("It does not wait to be pasted any more."))
        return redirect("escalation:first_notice" if is_first else "escalation:report", report.pk)
    now = utc_now()
    form = PastedForm(request.POST or None, initial={"at": now})
    if request.method == "POST" and form.is_valid():
        try:
            mark_pasted(report_id=report.pk, **form.cleaned_data, user=user_of(request), now=now)
        except FieldsError as wrong:
            form.add_wrong(dict(wrong.fields))
        except RecordConflictError:
            messages.warning(request, _("It does not wait to be pasted any more."))
            return redirect("escalation:report", report.pk)
        else:
            messages.success(request, _("Recorded as delivered. Its time runs from then."))
            target = "escalation:first_notice" if is_first else "escalation:report"
            return redirect(target, report.pk)
    channel = channel_of_report(report) if is_first else None
    contents = contents_of(report)
    shown = {
        "report": report,
        "is_first": is_first,
        "name": name_of(report) if is_first else recipient_of(report),
        "domain": domain_of(report.site),
        "contents": contents,
        "is_by_mail": report.format in BY_MAIL,
        "was_tried": bool(report.tries),
        "parts": mail_parts(contents) if report.format in BY_MAIL else contents.fields,
        "is_page": contents.address.startswith("https://"),
        "channel": channel,
        "asks": asks_words(channel) if channel else [],
        "cautions": caution_words(channel) if channel else [],
        "links": [url_of(one.location) for one in _places(report)],
        "form": form,
    }
    status = 400 if form.errors else 200
    return escalation_page(
        request, "escalation/first_paste.html", shown, tab="first", status=status
    )


def _places(report: Report) -> QuerySet[ReportPlace]:
    return report.places.select_related("location").order_by("location__position")
