"""Requests that take two people."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from staydown_web.accounts.models import Approval
from staydown_web.accounts.selectors import has_role
from staydown_web.accounts.services import refuse_approval
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import NotAllowedError, RecordNotFoundError
from staydown_web.review.selectors.approvals import answered_requests, waiting_requests
from staydown_web.review.services import approving
from staydown_web.review.views.shared import user_of, work_page


@require_safe
@role_required("reviewer")
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, and what was answered."""
    shown = {"waiting": waiting_requests(utc_now()), "answered": answered_requests()}
    return work_page(request, "review/approvals.html", shown, area="approvals")


@require_POST
@role_required("reviewer")
def answer(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Grant (lead reviewers), refuse (lead reviewers), or take one's own request back."""
    user, now = user_of(request), utc_now()
    if request.POST.get("do") == "refuse":
        _may_refuse(request, approval_id)
        refuse_approval(approval_id=approval_id, user=user, now=now)
        messages.success(request, _("Refused. Nothing was changed."))
    else:
        if not has_role(user, "lead"):
            raise NotAllowedError("a lead reviewer answers requests")
        granted = approving.grant(approval_id=approval_id, user=user, now=now)
        is_done = granted.state == Approval.State.DONE
        waits = _("Granted. Whoever asked can use it now.")
        messages.success(request, _("Granted. It is carried out.") if is_done else waits)
    return redirect("review:approvals")


def _may_refuse(request: HttpRequest, approval_id: UUID) -> None:
    asked = Approval.objects.filter(pk=approval_id).first()
    if asked is None:
        raise RecordNotFoundError("there is no such request")
    if asked.asked_by_id != user_of(request).pk and not has_role(request.user, "lead"):
        raise NotAllowedError("a lead reviewer answers requests")
