"""Statements that wait for whoever reported it: the list, and one that somebody answered."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError
from staydown_web.review.forms import MessageForm, StatementForm
from staydown_web.review.models import StatementTelling
from staydown_web.review.selectors.complaints import waiting_count
from staydown_web.review.selectors.foretold import (
    Waiting,
    answered_count,
    waiting_of,
    waiting_statements,
)
from staydown_web.review.selectors.known import known_of
from staydown_web.review.selectors.queue import tab_counts
from staydown_web.review.selectors.talking import unread_count
from staydown_web.review.services import clear_statement, drop_statement
from staydown_web.review.views.shared import user_of, work_page
from staydown_web.review.views.talking import look_at


@require_safe
@role_required("reviewer")
def statements(request: HttpRequest) -> HttpResponse:
    """What uploaders are to be told, and for whom it waits."""
    shown = {
        "rows": waiting_statements(),
        "counts": tab_counts(),
        "complaints_waiting": waiting_count(),
        "messages_waiting": unread_count(),
        "statements_waiting": answered_count(),
    }
    return work_page(request, "review/statements.html", shown, area="queue")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("reviewer")
def statement(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """One of them: what was written, and what becomes of it. Who looked is an event."""
    try:
        waiting = waiting_of(decision_id)
    except RecordNotFoundError:
        messages.info(request, _("This statement does not wait any more."))
        return redirect("review:statements")
    if request.method == "POST":
        return _settle(request, waiting)
    return _page(request, waiting, _form(waiting))


def _settle(request: HttpRequest, waiting: Waiting) -> HttpResponse:
    user, now, decision = user_of(request), utc_now(), waiting.decision
    shown_at = parse_shown(request.POST.get("shown_at", ""))
    try:
        if request.POST.get("do") == "drop":
            drop_statement(decision=decision, user=user, shown_at=shown_at, now=now)
            messages.success(request, _("Nobody is told."))
            return redirect("review:statements")
        form = _form(waiting, request)
        if not form.is_valid():
            return _page(request, waiting, form, status=400)
        cleaned = form.cleaned_data
        is_leaving = clear_statement(
            decision=decision,
            facts=cleaned["facts"],
            language=cleaned["facts_language"],
            user=user,
            shown_at=shown_at,
            now=now,
        )
    except (NotAllowedError, RecordConflictError):
        return _refused(request, waiting)
    messages.success(
        request,
        _("The statement goes out now.")
        if is_leaving
        else _("Noted. It still waits for another case behind the same decision."),
    )
    return redirect("review:statements")


def _refused(request: HttpRequest, waiting: Waiting) -> HttpResponse:
    """They wrote again, or a colleague was quicker."""
    if StatementTelling.objects.filter(
        decision=waiting.decision,
        ended_at__isnull=True,
        cleared_at__isnull=True,
        answered_at__isnull=False,
    ).exists():
        messages.error(request, _("Nothing was changed: they wrote again. Please read it first."))
        return redirect("review:statement", decision_id=waiting.decision.pk)
    messages.error(request, _("Nothing was changed: it does not wait for a reviewer now."))
    return redirect("review:statements")


def parse_shown(text: str) -> datetime:
    """The moment that a page carried; long ago where it says none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.min  # noqa: DTZ901 - made aware below
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _form(waiting: Waiting, request: HttpRequest | None = None) -> StatementForm:
    data = request.POST if request else None
    known = known_of(waiting.decision.task)
    written = waiting.decision.facts_language
    first = {"facts": waiting.facts, "facts_language": written}
    return StatementForm(data, known=known, initial=first)


def _page(
    request: HttpRequest, waiting: Waiting, form: StatementForm, status: int = 200
) -> HttpResponse:
    now = utc_now()
    claims = [look_at(row.case.number, request, now) for row in waiting.answered]
    shown = {
        "waiting": waiting,
        "form": form,
        "claims": claims,
        "message_form": MessageForm(),
        "shown_at": now.isoformat(),
        "statement_id": str(waiting.decision.pk),
    }
    return work_page(request, "review/statement.html", shown, area="queue", status=status)
