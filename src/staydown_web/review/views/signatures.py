"""The record of what was signed in a case, shown on request; that it was shown is an event."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from staydown_web.audit.services import record_event
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.cases.selectors.signatures import signatures_of
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.selectors.queue import task_numbered
from staydown_web.review.views.shared import user_of, work_page


@require_POST
@role_required("reviewer")
def signatures(request: HttpRequest, number: str) -> HttpResponse:
    """What was shown, when, its digest and how it was signed, for one case of the task."""
    found, user, now = task_numbered(number), user_of(request), utc_now()
    cases = {str(case.pk): case for case in cases_of(found)}
    case = cases.get(request.POST.get("case", ""))
    if case is None:
        raise RecordNotFoundError("this task has no such case")
    rows = signatures_of(case)
    record_event(
        what="signatures_viewed",
        actor=f"user:{user.pk}",
        at=now,
        case_id=case.pk,
        subject=f"case:{case.pk}",
        facts={"signatures": len(rows)},
    )
    shown = {"task": found, "case": case, "rows": rows}
    return work_page(request, "review/signatures.html", shown, area="queue")
