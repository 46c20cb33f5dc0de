"""What a site is for, and whether it is asked to reply: both are asked of a second person."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError
from staydown_web.escalation.forms.sites import KindForm, UnsafeForm
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.services.kinds import set_site_kind, set_unsafe
from staydown_web.escalation.views.shared import escalation_page, user_of
from staydown_web.escalation.views.sites import site_of


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("reviewer")
def kind(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Ask that a site counts as one of another kind."""
    site = site_of(site_id)
    form = KindForm(request.POST if request.method == "POST" else None, initial={"kind": site.kind})
    if request.method == "POST" and form.is_valid():
        good, user = form.cleaned_data, user_of(request)
        try:
            set_site_kind(site_id=site.pk, **good, user=user, now=utc_now())
        except RecordConflictError:
            form.add_error("kind", _("It is so already, or was asked already."))
        else:
            messages.success(request, _("Asked. It takes effect when another person grants it."))
            return redirect("escalation:site", site.pk)
    shown = {"site": site, "domain": domain_of(site), "form": form}
    status = 400 if form.errors else 200
    page = "escalation/site_kind.html"
    return escalation_page(request, page, shown, tab="sites", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("reviewer")
def unsafe(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Ask that a site is not invited to reply, or is again."""
    site = site_of(site_id)
    form = UnsafeForm(
        request.POST if request.method == "POST" else None,
        initial={"unsafe_reason": site.unsafe_reason},
    )
    if request.method == "POST" and form.is_valid():
        good, user = form.cleaned_data, user_of(request)
        try:
            set_unsafe(site_id=site.pk, **good, user=user, now=utc_now())
        except RecordConflictError:
            form.add_error("unsafe_reason", _("It is so already, or was asked already."))
        else:
            messages.success(request, _("Asked. It takes effect when another person grants it."))
            return redirect("escalation:site", site.pk)
    shown = {"site": site, "domain": domain_of(site), "form": form}
    status = 400 if form.errors else 200
    page = "escalation/site_unsafe.html"
    return escalation_page(request, page, shown, tab="sites", status=status)
