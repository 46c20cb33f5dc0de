"""Providers: where each takes reports, found or entered, and what reports to it came to."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RecordConflictError, RecordNotFoundError
from staydown_web.escalation.forms.sites import ContactForm
from staydown_web.escalation.models import Provider, ProviderContact, Report
from staydown_web.escalation.selectors.scorecards import score_of
from staydown_web.escalation.services.contacts import add_contact, change_contact
from staydown_web.escalation.views.chain_rows import refusal_words, report_chip
from staydown_web.escalation.views.shared import escalation_page, user_of

_SHOWN_REPORTS = 50


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("reviewer")
def provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """One provider; a contact is entered here."""
    found = Provider.objects.filter(pk=provider_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such provider")
    form = ContactForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            add_contact(
                provider_id=found.pk, **form.cleaned_data, user=user_of(request), now=utc_now()
            )
        except FieldsError as wrong:
            for name, remedy in wrong.fields.items():
                form.add_error(name, remedy)
        else:
            messages.success(request, _("The contact is kept. New reports go there."))
            return redirect("escalation:provider", found.pk)
    contacts = found.contacts.select_related("entered_by")
    reports = Report.objects.filter(provider=found).select_related("escalation", "provider")
    score = score_of(found)
    shown = {
        "provider": found,
        "score": score,
        "hours": None if score.median_s is None else max(1, -(-score.median_s // 3600)),
        "contacts": [
            (one, refusal_words(one) if one.state != ProviderContact.State.USABLE else "")
            for one in contacts.order_by("state", "rank", "-found_at")
        ],
        "reports": [
            (one, report_chip(one)) for one in reports.order_by("-made_at")[:_SHOWN_REPORTS]
        ],
        "form": form,
    }
    status = 400 if form.errors else 200
    return escalation_page(request, "escalation/provider.html", shown, tab="sites", status=status)


@require_POST
@role_required("reviewer")
def contact(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Use a contact again, or no more."""
    found = ProviderContact.objects.filter(pk=contact_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such contact")
    is_usable = request.POST.get("do") == "use"
    try:
        change_contact(
            contact_id=contact_id, is_usable=is_usable, user=user_of(request), now=utc_now()
        )
    except RecordConflictError:
        messages.warning(request, _("It is so already."))
    else:
        messages.success(
            request,
            _("New reports can go there.") if is_usable else _("No new report goes there."),
        )
    return redirect("escalation:provider", found.provider_id)
