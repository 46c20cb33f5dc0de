"""All escalations, those that wait for a person first."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from staydown_web.base.access import role_required
from staydown_web.escalation.selectors.sender import sender_facts
from staydown_web.escalation.selectors.waiting import (
    open_kinships,
    waiting_escalations,
    waiting_rows,
)
from staydown_web.escalation.views.shared import escalation_page

PAGE_ROWS = 50


@require_safe
@role_required("reviewer")
def escalations(request: HttpRequest) -> HttpResponse:
    """Every escalation, and what it waits for."""
    page = Paginator(waiting_escalations(), PAGE_ROWS).get_page(request.GET.get("page"))
    shown = {"page": page, "rows": waiting_rows(page.object_list), "kinships": open_kinships()}
    shown["has_gaps"] = sender_facts() is None
    return escalation_page(request, "escalation/list.html", shown, tab="list")
