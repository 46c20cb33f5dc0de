"""Entries in lists. That somebody looked at a list is an event."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from staydown_web.audit.services import record_event
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.review.forms.listing import EntriesForm
from staydown_web.review.selectors.banks import bank_of_slug
from staydown_web.review.selectors.entries import entries_page
from staydown_web.review.views.shared import user_of, work_page


@require_safe
@role_required("reviewer")
def entries(request: HttpRequest) -> HttpResponse:
    """Entries of all banks or one, newest first, by state, source and list."""
    form = EntriesForm(request.GET)
    wanted = form.wanted()
    page = entries_page(wanted, request.GET.get("page", "1"))
    bank = bank_of_slug(wanted.bank) if wanted.bank else None
    record_event(
        what="entries_listed",
        actor=f"user:{user_of(request).pk}",
        at=utc_now(),
        subject=f"bank:{bank.pk}" if bank else "",
        facts={"entries": len(page), "page": page.number},
    )
    shown = {"form": form, "page": page, "query": wanted.query, "bank": bank}
    return work_page(request, "review/entries.html", shown, area="banks")
