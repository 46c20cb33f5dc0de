"""One screen a task: what is claimed, what matched and why, and the decision."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staydown_web.accounts.models import User
from staydown_web.audit.services import NewEvent, record_event, record_events
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError, RecordNotFoundError
from staydown_web.cases.models import Case
from staydown_web.review import services
from staydown_web.review.forms import DecisionForm, HandForm, MessageForm
from staydown_web.review.forms.typed import typed_in
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors.addresses import found_in, given_of, kin_of
from staydown_web.review.selectors.care import has_opened
from staydown_web.review.selectors.claims import cases_of, contact_of
from staydown_web.review.selectors.known import known_of
from staydown_web.review.selectors.leaks import Known
from staydown_web.review.selectors.minors import (
    closed_meanwhile,
    closed_with,
    is_closed_since,
)
from staydown_web.review.selectors.notifiers import patterns_of, refusals_of_picture
from staydown_web.review.selectors.queue import task_numbered
from staydown_web.review.selectors.screen import Screen, screen_of
from staydown_web.review.selectors.undoing import Chosen, chosen_before, undoable
from staydown_web.review.views.alike import alike_here, following
from staydown_web.review.views.shared import care_for, user_of, work_page
from staydown_web.review.views.talking import note_read, send_line

STEPS = ("shapes", "softer", "clear")


@require_safe
@role_required("reviewer")
def task(request: HttpRequest, number: str) -> HttpResponse:
    """The screen. Every view of what was claimed is an event."""
    found, user, now = task_numbered(number), user_of(request), utc_now()
    screen = screen_of(found, user, now)
    _record_view(screen, user, now)
    for claim in screen.claims:
        if claim.is_living:  # those of an ended one stand on their own page alone
            note_read(claim, request, now)
    return _page(request, screen, user, now)


@require_POST
@role_required("reviewer")
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Write a decision, then go on to the next task; wrong input comes back with what was typed."""
    found, user, now = task_numbered(number), user_of(request), utc_now()
    screen = screen_of(found, user, now)
    if screen.row.waits_for_other:
        return _page(request, screen, user, now, status=403)  # it says who decides
    form = decision_form(screen, user, request.POST)
    if not may_decide(found, user):
        return _overtaken(request, number, form)
    if not form.is_valid():
        return _page(request, screen, user, now, form=form, status=400)
    try:
        _decide(found, form, user, now)
    except RecordConflictError:
        return _overtaken(request, number, form)
    after = following(request, now)
    if after is None:
        return redirect("review:queue")
    return redirect("review:task", number=after.number)


def _decide(found: Task, form: DecisionForm, user: User, now: datetime) -> None:
    cleaned = form.cleaned_data
    services.decide(
        task=found,
        outcome=cleaned["outcome"],
        grounds=cleaned["grounds"],
        facts=cleaned["facts"],
        user=user,
        now=now,
        confirms_altered=cleaned["confirms_altered"],
        terms=services.Terms(
            restriction=cleaned["restriction"],
            scope=cleaned["scope"],
            ends_on=cleaned["ends_on"],
            needs=tuple(cleaned["needs"]),
            why=cleaned["why"],
            unopened=cleaned["unopened"],
            language=cleaned["facts_language"],
        ),
    )


def _overtaken(request: HttpRequest, number: str, form: DecisionForm) -> HttpResponse:
    """A colleague was quicker: the task as it is now, and what was typed, to be copied."""
    found, user, now = task_numbered(number), user_of(request), utc_now()
    screen = screen_of(found, user, now)
    typed = typed_in(form)
    return _page(request, screen, user, now, status=409, is_overtaken=True, typed=typed)


@require_POST
@role_required("reviewer")
def undo(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Take a decision back within its minute, or while it waits for the person's answer."""
    decision = Decision.objects.select_related("task").filter(pk=decision_id).first()
    if decision is None:
        raise RecordNotFoundError("there is no such decision")
    user, now = user_of(request), utc_now()
    if is_closed_since(decision):
        messages.error(request, closed_meanwhile())
    elif decision.told_at is not None:
        services.take_back_decision(decision=decision, user=user, now=now)
        messages.success(request, _("The decision is taken back. The person is told."))
    else:
        services.undo_decision(decision=decision, user=user, now=now)
        said = _("Your decision is taken back. Everything is as it was.")
        if undoable(user, now) is not None:
            said += " " + _("What can still be undone here is another decision, made before it.")
        messages.success(request, said)
    return redirect("review:task", number=decision.task.number)


@require_POST
@role_required("reviewer")
def hand(request: HttpRequest, number: str) -> HttpResponse:
    """Ask a colleague to look."""
    found, user = task_numbered(number), user_of(request)
    form = HandForm(request.POST, user=user)
    if not form.is_valid():
        messages.error(request, _("Please choose a colleague."))
        return redirect("review:task", number=number)
    services.hand_task(task=found, to=form.cleaned_data["to"], user=user, now=utc_now())
    messages.success(request, _("Your colleague finds it under “Handed to you”."))
    return redirect("review:queue")


@require_POST
@role_required("reviewer")
def write(request: HttpRequest, number: str) -> HttpResponse:
    """Send a line to the person who asked."""
    found, user, now = task_numbered(number), user_of(request), utc_now()
    case = _case_named(found, request.POST.get("case", ""))
    form = MessageForm(request.POST)
    if form.is_valid() and send_line(case, form, user, now):
        messages.success(request, _("Your message is sent."))
        return redirect("review:task", number=number)
    return _page(request, screen_of(found, user, now), user, now, message_form=form, status=400)


@require_POST
@role_required("reviewer")
def contact(request: HttpRequest, number: str) -> HttpResponse:
    """Show how to reach the person, once, on request; that it was shown is an event."""
    found, user, now = task_numbered(number), user_of(request), utc_now()
    case = _case_named(found, request.POST.get("case", ""))
    details = contact_of(case)
    record_event(
        what="contact_viewed",
        actor=f"user:{user.pk}",
        at=now,
        case_id=case.pk,
        subject=f"case:{case.pk}",
    )
    shown = {"task": found, "case": case, "details": details}
    return work_page(request, "review/contact.html", shown, area="queue")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("reviewer")
def minor(request: HttpRequest, number: str) -> HttpResponse:
    """Someone may be under 18: asked once more, then nothing of it stays here.

    The screen of the task asks it; who types the address is led there.
    """
    found, user = task_numbered(number), user_of(request)
    if request.method != "POST":
        return redirect("review:task", number=number)
    cases, left = services.cases_to_close(found), services.cases_left(found)
    shown: dict[str, Any] = {"task": found, "cases": len(cases), "left": len(left)}
    if request.POST.get("sure") != "yes":
        return work_page(request, "review/minor.html", shown, area="queue")
    made = services.close_task_for_minor(task=found, user=user, now=utc_now())
    shown["others"] = list(closed_with(made))
    return work_page(request, "review/minor_closed.html", shown, area="queue")


def _case_named(task: Task, text: str) -> Case:
    """The case of a form, where it is one of the task's."""
    cases = {str(case.pk): case for case in cases_of(task)}
    if text not in cases:
        raise RecordNotFoundError("this task has no such case")
    return cases[text]


def _record_view(screen: Screen, user: User, now: datetime) -> None:
    record_events(
        [
            NewEvent(
                what="case_viewed",
                actor=f"user:{user.pk}",
                at=now,
                case_id=claim.case.pk,
                subject=f"task:{screen.task.pk}",
            )
            for claim in screen.claims
        ]
    )


def is_anothers(found: Task, user: User) -> bool:
    """Whether a colleague has taken it."""
    return found.taken_by_id is not None and found.taken_by_id != user.pk


def may_decide(found: Task, user: User) -> bool:
    """Whether it is open, and nobody else has taken it."""
    return found.state in OPEN_STATES and not is_anothers(found, user)


def decision_form(
    screen: Screen, user: User, data: Any = None, *, chosen: Chosen | None = None
) -> DecisionForm:
    """The form of one task: empty, as it was sent, or as it stood before an undo."""
    return DecisionForm(
        data,
        removal=screen.removal,
        restoring=screen.restoring,
        known=known_of(screen.task) if data is not None else Known(),
        draft=screen.draft,
        today=utc_now().date(),
        has_first=screen.has_first,
        has_opened=has_opened(screen.task, user),
        takes_two=screen.is_like_minors,
        chosen=chosen.values if chosen else None,
    )


def show_again(request: HttpRequest, found: Task, **more: Any) -> HttpResponse:
    """The screen as it was, with what was wrong."""
    user, now = user_of(request), utc_now()
    return _page(request, screen_of(found, user, now), user, now, status=400, **more)


def _page(
    request: HttpRequest,
    screen: Screen,
    user: User,
    now: datetime,
    *,
    form: DecisionForm | None = None,
    message_form: MessageForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    found: Task = screen.task
    is_open = found.state in OPEN_STATES
    others_task = is_anothers(found, user)
    step, anyway = request.GET.get("show", ""), request.GET.get("anyway") == "1"
    care = care_for(request, now)
    chosen = None if form else chosen_before(found, user, now)
    shown = {
        "screen": screen,
        "task": found,
        "form": form or decision_form(screen, user, chosen=chosen),
        "message_form": message_form or MessageForm(),
        "hand_form": HandForm(user=user),
        "care": care,
        "alike": alike_here(request, found, screen.decision, now),
        "has_opened": has_opened(found, user),
        "is_open": is_open,
        "may_decide": may_decide(found, user) and not screen.row.waits_for_other,
        "others_task": others_task,
        "step": step if step in STEPS else "",
        "anyway": anyway,
        "limit_reached": step == "clear" and care.is_at_limit and not anyway,
        "addresses": given_of(found),
        "kin": kin_of(found) if is_open and not screen.copies else [],
        "found_in": [] if is_open else found_in(found),
        "patterns": patterns_of(found),
        "picture_refused": refusals_of_picture(found),
        "ticked": _ticked(screen, form, chosen),
        "needs_ticked": _needs_ticked(form, chosen),
    }
    return work_page(request, "review/task.html", {**shown, **more}, area="queue", status=status)


def _ticked(screen: Screen, form: DecisionForm | None, chosen: Chosen | None) -> Collection[str]:
    """Grounds that are ticked: what was sent, or chosen before an undo, else those likely."""
    if form is not None:
        return set(form.data.getlist("grounds"))  # type: ignore[attr-defined]
    likely = {ground.id for ground in screen.removal if ground.is_likely}
    if chosen is None:
        return likely
    return chosen.grounds | likely if chosen.is_kept else chosen.grounds


def _needs_ticked(form: DecisionForm | None, chosen: Chosen | None) -> Collection[str]:
    if form is not None:
        return set(form.data.getlist("needs"))  # type: ignore[attr-defined]
    return chosen.needs if chosen else frozenset()
