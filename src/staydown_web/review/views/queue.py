"""The queue, and what is done from it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.views.decorators.http import require_POST, require_safe

from staydown_web.base.access import onward_address, role_required
from staydown_web.base.clock import utc_now
from staydown_web.review import services
from staydown_web.review.selectors.alike import last_alike
from staydown_web.review.selectors.complaints import waiting_count
from staydown_web.review.selectors.foretold import answered_count, unread_statements
from staydown_web.review.selectors.queue import (
    TABS,
    handed_rows,
    queue_page,
    tab_counts,
    task_numbered,
    waiting_rows,
)
from staydown_web.review.selectors.talking import unread_count
from staydown_web.review.views.alike import begin_alike, end_alike, following
from staydown_web.review.views.shared import care_for, user_of, work_page


@require_safe
@role_required("reviewer")
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, nearest deadline first."""
    user, now = user_of(request), utc_now()
    end_alike(request)
    tab = request.GET.get("tab", "all")
    tab = tab if tab in TABS else "all"
    at = request.GET.get("page", "1")
    waiting = waiting_rows(user, now)
    page = queue_page(tab=tab, at=int(at) if at.isdecimal() else 1, user=user, now=now)
    shown = {
        "page": page,
        "tab": tab,
        "counts": tab_counts(),
        "complaints_waiting": waiting_count(),
        "messages_waiting": unread_count(),
        "statements_waiting": answered_count(),
        "unread": unread_statements(now),
        "handed": handed_rows(user, now),
        "waiting": waiting,
        "can_answer": any(row.pauses_until is None for row in waiting),
        "care": care_for(request, now),
        "alike": last_alike(user, now),
    }
    return work_page(request, "review/queue.html", shown, area="queue")


@require_POST
@role_required("reviewer")
def start_next(request: HttpRequest) -> HttpResponse:
    """Take what should be decided next, and open it: in the queue, or of some edited copies."""
    user, now = user_of(request), utc_now()
    skipped = request.POST.get("skip", "")
    after = task_numbered(skipped) if skipped else None
    if after is not None:
        services.free_task(task=after, user=user, now=now)
    if alike := request.POST.get("alike", ""):
        begin_alike(request, alike)
    task = following(request, now, after=after)
    if task is None:
        return redirect("review:queue")
    services.take_task(task=task, user=user, now=now)
    return redirect("review:task", number=task.number)


@require_POST
@role_required("reviewer")
def take(request: HttpRequest, number: str) -> HttpResponse:
    """Put one's name on a task, or take it off again."""
    task, user, now = task_numbered(number), user_of(request), utc_now()
    if request.POST.get("free"):
        services.free_task(task=task, user=user, now=now)
    else:
        services.take_task(task=task, user=user, now=now)
    return redirect(onward_address(request, resolve_url("review:task", number=number)))
