"""Notifiers whose notices were refused as not true: warned, suspended by two people, let go."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from staydown_web.audit.services import record_event
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.sealing import unseal
from staydown_web.cases.models import Case, Suspension
from staydown_web.review import services
from staydown_web.review.forms.suspending import AppealAnswerForm, SuspendForm, WarningForm
from staydown_web.review.selectors import notifiers as found
from staydown_web.review.services.suspending import LEAST_REFUSED
from staydown_web.review.views.shared import user_of, work_page


@require_safe
@role_required("lead")
def notifiers(request: HttpRequest) -> HttpResponse:
    """All warnings and suspensions."""
    shown = {"living": found.living_suspensions(), "ended": found.ended_suspensions()}
    return work_page(request, "review/notifiers.html", shown, area="queue")


@require_safe
@role_required("lead")
def notifier(request: HttpRequest, number: str) -> HttpResponse:
    """Whoever filed one case: what became of their notices, and what holds for them."""
    case, user = _case(number), user_of(request)
    record_event(
        what="notifier_viewed",
        actor=f"user:{user.pk}",
        at=utc_now(),
        case_id=case.pk,
        subject=f"case:{case.pk}",
    )
    return _page(request, case)


@require_POST
@role_required("lead")
def warn(request: HttpRequest, number: str) -> HttpResponse:
    """Warn them."""
    case, form = _case(number), WarningForm(request.POST)
    if not form.is_valid():
        return _page(request, case, warning_form=form)
    services.warn_notifier(
        case=case, text=form.cleaned_data["text"], user=user_of(request), now=utc_now()
    )
    messages.success(request, _("They are warned, on the page of this case."))
    return redirect("review:notifier", number=number)


@require_POST
@role_required("lead")
def change(request: HttpRequest, number: str, suspension_id: UUID) -> HttpResponse:
    """Ask to suspend, lift, or answer their complaint."""
    case, suspension = _case(number), _suspension(suspension_id)
    match request.POST.get("do"):
        case "lift":
            services.lift_suspension(suspension=suspension, user=user_of(request), now=utc_now())
            messages.success(request, _("It has ended. They are told."))
        case "answer":
            return _answer(request, case, suspension, utc_now())
        case _suspend:
            return _ask(request, case, suspension, utc_now())
    return redirect("review:notifier", number=number)


def _ask(request: HttpRequest, case: Case, suspension: Suspension, now: datetime) -> HttpResponse:
    form = SuspendForm(request.POST)
    if not form.is_valid():
        return _page(request, case, suspend_form=form)
    services.ask_suspension(
        suspension=suspension,
        days=form.cleaned_data["days"],
        reason=form.cleaned_data["reason"],
        user=user_of(request),
        now=now,
    )
    messages.success(request, _("A second person can now grant it, under Approvals."))
    return redirect("review:approvals")


def _answer(
    request: HttpRequest, case: Case, suspension: Suspension, now: datetime
) -> HttpResponse:
    form = AppealAnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, case, answer_form=form)
    services.answer_suspension_appeal(
        suspension=suspension,
        is_lifted=form.cleaned_data["outcome"] == "lifted",
        text=form.cleaned_data["text"],
        user=user_of(request),
        now=now,
    )
    messages.success(request, _("Your answer is on the page of their case."))
    return redirect("review:notifier", number=case.number)


def _case(number: str) -> Case:
    case = found.case_numbered(number)
    if case is None:
        raise RecordNotFoundError("no case has this number")
    return case


def _suspension(suspension_id: UUID) -> Suspension:
    rows = Suspension.objects.select_related("case", "team")
    suspension = rows.filter(pk=suspension_id).first()
    if suspension is None:
        raise RecordNotFoundError("there is no such warning")
    return suspension


def _page(request: HttpRequest, case: Case, **wrong: forms.Form) -> HttpResponse:
    who, user = found.notifier_of(case), user_of(request)
    history = found.history_of(who) if who else None
    one = history.suspension if history else None
    shown: dict[str, Any] = {
        "case": case,
        "history": history,
        "one": one,
        "text": _opened(one, "text"),
        "said": _opened(one, "appeal") if request.GET.get("open") == "1" else None,
        "may_warn": history is not None and one is None and len(history.refused) >= LEAST_REFUSED,
        "may_answer": one is not None and user.pk not in {one.asked_by_id, one.granted_by_id},
        "is_asked": one is not None and found.approval_waits(one.pk),
        "least": LEAST_REFUSED,
        "warning_form": WarningForm(),
        "suspend_form": SuspendForm(auto_id="s_%s"),
        "answer_form": AppealAnswerForm(auto_id="a_%s"),
        **wrong,
    }
    status = 400 if wrong else 200
    return work_page(request, "review/notifier.html", shown, area="queue", status=status)


def _opened(one: Suspension | None, what: str) -> str:
    box = getattr(one, f"{what}_box", None)
    if one is None or box is None:
        return ""
    return unseal(box, context=f"suspension-{what}:{one.pk}").decode()
