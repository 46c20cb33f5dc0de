"""Complaints: the list, one of them, its answer, and the undo of an answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.review import services
from staydown_web.review.forms import MessageForm
from staydown_web.review.forms.complaining import AnswerForm
from staydown_web.review.models import Complaint
from staydown_web.review.selectors import complaints as found
from staydown_web.review.selectors.care import has_opened
from staydown_web.review.selectors.foretold import answered_count
from staydown_web.review.selectors.known import known_of
from staydown_web.review.selectors.leaks import Known
from staydown_web.review.selectors.queue import tab_counts
from staydown_web.review.selectors.talking import unread_count
from staydown_web.review.selectors.undoing import Chosen, answer_before
from staydown_web.review.services.terms import Terms
from staydown_web.review.views.shared import user_of, work_page
from staydown_web.review.views.talking import look_at


@require_safe
@role_required("reviewer")
def complaints(request: HttpRequest) -> HttpResponse:
    """What waits for another person, what was answered, what was settled."""
    user, now = user_of(request), utc_now()
    waiting = found.waiting_lines(user, now)
    shown = {
        "waiting": waiting,
        "messages_waiting": unread_count(),
        "statements_waiting": answered_count(),
        "following": found.next_complaint(waiting),
        "decided": found.decided_lines(user, now),
        "settled": found.settled_lines(user, now),
        "counts": tab_counts(),
    }
    return _work_page(request, "review/complaints.html", shown, user)


@require_safe
@role_required("reviewer")
def complaint(request: HttpRequest, complaint_id: UUID) -> HttpResponse:
    """The screen of one. What the complainant wrote is there only when it was asked for."""
    one, user = found.complaint_of_id(complaint_id), user_of(request)
    is_opened = request.GET.get("open") == "1"
    _record_view(one, user, is_opened=is_opened)
    return _page(request, one, user, is_opened=is_opened)


@require_POST
@role_required("reviewer")
def answer(request: HttpRequest, complaint_id: UUID) -> HttpResponse:
    """Answer a complaint; wrong input comes back with what was typed."""
    one, user, now = found.complaint_of_id(complaint_id), user_of(request), utc_now()
    screen = found.complaint_screen(one, user, now, is_opened=False)
    if screen.line.is_for_other:
        return _page(request, one, user, is_opened=False, status=403)  # it says who answers
    known = known_of(one.decision.task)
    opened = has_opened(one.decision.task, user)
    form = AnswerForm(request.POST, grounds=screen.grounds, known=known, has_opened=opened)
    if not form.is_valid():
        is_opened = request.POST.get("opened") == "1"
        return _page(request, one, user, is_opened=is_opened, form=form, status=400)
    cleaned = form.cleaned_data
    services.decide_complaint(
        complaint=one,
        outcome=cleaned["outcome"],
        grounds=cleaned["grounds"],
        facts=cleaned["facts"],
        user=user,
        now=now,
        terms=Terms(
            needs=tuple(cleaned["needs"]),
            why=cleaned["facts"],
            unopened=cleaned["unopened"],
            language=cleaned["facts_language"],
        ),
    )
    return redirect("review:complaints")


@require_POST
@role_required("reviewer")
def undo_answer(request: HttpRequest, complaint_id: UUID) -> HttpResponse:
    """Take an answer back within its minute."""
    one, user = found.complaint_of_id(complaint_id), user_of(request)
    services.undo_complaint(complaint=one, user=user, now=utc_now())
    messages.success(request, _("Your answer is taken back. The complaint waits again."))
    return redirect("review:complaint", complaint_id=one.pk)


def _record_view(one: Complaint, user: User, *, is_opened: bool) -> None:
    record_event(
        what="complaint_opened" if is_opened else "complaint_viewed",
        actor=f"user:{user.pk}",
        at=utc_now(),
        case_id=one.case_id or one.decision.task.case_id,
        subject=f"complaint:{one.pk}",
        facts={"side": one.side},
    )


def _page(
    request: HttpRequest,
    one: Complaint,
    user: User,
    *,
    is_opened: bool,
    form: AnswerForm | None = None,
    status: int = 200,
) -> HttpResponse:
    screen = found.complaint_screen(one, user, utc_now(), is_opened=is_opened)
    now, cases = utc_now(), found.answered_cases(one) if screen.line.is_answered else []
    chosen = None if form else answer_before(one, user, now)
    shown = {
        "screen": screen,
        "claims": [look_at(case.number, request, now) for case in cases],
        "message_form": MessageForm(),
        "complaint": one,
        "task": one.decision.task,
        "form": form or _empty_form(screen, chosen),
        "ticked": _sent(form, "grounds") if form else chosen.grounds if chosen else frozenset(),
        "needs_ticked": _sent(form, "needs") if form else chosen.needs if chosen else frozenset(),
        "is_opened": is_opened,
        "has_opened": has_opened(one.decision.task, user),
    }
    return _work_page(request, "review/complaint.html", shown, user, status=status)


def _empty_form(screen: found.ComplaintScreen, chosen: Chosen | None) -> AnswerForm:
    """The form with what stood in it before an undo; else with nothing."""
    values = chosen.values if chosen else None
    return AnswerForm(grounds=screen.grounds, known=Known(), initial=values)


def _sent(form: AnswerForm, name: str) -> frozenset[str]:
    return frozenset(form.data.getlist(name))  # type: ignore[attr-defined]


def _work_page(
    request: HttpRequest, template: str, shown: dict[str, Any], user: User, status: int = 200
) -> HttpResponse:
    facts = {"answer_toast": found.undoable_answer(user, utc_now()), "toast": None, **shown}
    return work_page(request, template, facts, area="queue", status=status)
