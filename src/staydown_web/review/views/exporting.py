"""A bank leaves as a file: asked here, granted by a second person, used by a command."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError
from staydown_web.review.forms import AskForm
from staydown_web.review.selectors.banks import bank_of_slug
from staydown_web.review.selectors.exporting import exports_of
from staydown_web.review.services import approving
from staydown_web.review.views.shared import user_of, work_page


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("lead")
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for an export; below, what was asked, the command of what was granted, and its use."""
    bank, now = bank_of_slug(slug), utc_now()
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            approving.ask_export(bank=bank, reason=reason, user=user_of(request), now=now)
        except RecordConflictError:
            form.add_error(
                None, _("This bank has no confirmed entry yet: the file would be empty.")
            )
        else:
            messages.success(request, _("A second person can now grant it, under Approvals."))
            return redirect("review:export", slug=slug)
    shown = {"bank": bank, "form": form, "exports": exports_of(bank, now)}
    status = 400 if form.errors else 200
    return work_page(request, "review/export.html", shown, area="banks", status=status)
