"""One report: exactly what it holds, how it was delivered, and what came back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from staydown_web.audit.models import Event
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.escalation.forms.outcomes import OutcomeForm
from staydown_web.escalation.models import Report
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.views.chain_rows import report_chip
from staydown_web.escalation.views.replies_parts import replies_shown
from staydown_web.escalation.views.sent_log import log_of
from staydown_web.escalation.views.sent_parts import (
    can_by_hand,
    contents_of,
    format_words,
    leaving_words,
    proof_of,
    recipient_of,
    suffix_of,
)
from staydown_web.escalation.views.shared import escalation_page, note_look
from staydown_web.escalation.views.signing_parts import signing_of

_LEFT = (
    Report.State.SIGNED,
    Report.State.SENT,
    Report.State.DELIVERED,
    Report.State.BOUNCED,
    Report.State.DEAD,
)


@require_safe
@role_required("reviewer")
def report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The page of one report."""
    shown = report_facts(request, report_of(report_id))
    return escalation_page(request, "escalation/report.html", shown, tab="list")


@require_safe
@role_required("reviewer")
def download(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Exactly what leaves, as a file whose name says nothing of the case."""
    found = report_of(report_id)
    contents = contents_of(found)
    if contents.is_erased:
        raise RecordNotFoundError("the text of this report was erased with its case")
    note_look(request, found)
    answer = HttpResponse(contents.body.encode(), content_type="application/octet-stream")
    name = f"report-{str(found.pk)[-8:]}.{suffix_of(found, contents)}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def report_of(report_id: UUID) -> Report:
    """A report with its recipient and signatures.

    Raises:
        RecordNotFoundError: there is none.
    """
    rows = Report.objects.select_related("provider", "contact", "case", "site", "escalation")
    found = rows.prefetch_related("signs__user", "replies").filter(pk=report_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such report")
    return found


def report_facts(
    request: HttpRequest, found: Report, *, form: OutcomeForm | None = None
) -> dict[str, Any]:
    """All that the page shows."""
    now = utc_now()
    contents = contents_of(found)
    if not contents.is_erased:
        note_look(request, found)
    events = Event.objects.filter(case_id=found.case_id, subject=f"report:{found.pk}")
    is_draft = found.state == Report.State.DRAFT
    return {
        "report": found,
        "name": recipient_of(found),
        "domain": domain_of(found.site),
        "chip": report_chip(found),
        "contents": contents,
        "format": "" if contents.is_erased else format_words(found, contents),
        "signing": signing_of(found, request.user, now=now) if is_draft else None,
        "signs": sorted(found.signs.all(), key=lambda one: one.at),
        "log": log_of(found, list(events.order_by("seq"))),
        "proof": proof_of(found),
        "replies": replies_shown(found),
        "leaving": leaving_words(found),
        "can_by_hand": can_by_hand(found),
        "has_left": found.state in _LEFT,
        "form": form or OutcomeForm(),
    }
