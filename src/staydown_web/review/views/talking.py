"""Messages that people wrote: those to read, and one case's, with or without a task."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
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
from staydown_web.base.errors import FieldsError
from staydown_web.cases.models import Case, Message
from staydown_web.cases.services import read_messages, send_message
from staydown_web.review.forms import MessageForm
from staydown_web.review.selectors.claims import Claimed, claim_of
from staydown_web.review.selectors.complaints import waiting_count
from staydown_web.review.selectors.foretold import answered_count
from staydown_web.review.selectors.queue import tab_counts
from staydown_web.review.selectors.talking import case_numbered, tasks_about, unread_page
from staydown_web.review.views.shared import user_of, work_page

_MOST_TASKS = 50


@require_safe
@role_required("reviewer")
def unread(request: HttpRequest) -> HttpResponse:
    """Cases with messages that nobody here has read; no message is opened."""
    page, rows = unread_page(request.GET.get("page", "1"))
    shown = {
        "page": page,
        "rows": rows,
        "counts": tab_counts(),
        "complaints_waiting": waiting_count(),
        "messages_waiting": page.paginator.count,
        "statements_waiting": answered_count(),
    }
    return work_page(request, "review/messages.html", shown, area="queue")


@require_safe
@role_required("reviewer")
def conversation(request: HttpRequest, case_number: str) -> HttpResponse:
    """The messages of one case. That they were looked at, and read, are events."""
    claim = look_at(case_number, request, utc_now())
    return _page(request, claim, MessageForm())


@require_POST
@role_required("reviewer")
def answer(request: HttpRequest, case_number: str) -> HttpResponse:
    """Send a line to the person, by the rules of the task's screen."""
    user, now = user_of(request), utc_now()
    case, form = case_numbered(case_number), MessageForm(request.POST)
    if form.is_valid() and send_line(case, form, user, now):
        messages.success(request, _("Your message is sent."))
        with suppress(ValueError):
            back = UUID(request.GET.get("statement", ""))
            return redirect("review:statement", decision_id=back)
        return redirect("review:conversation", case_number=case.number)
    return _page(request, look_at(case_number, request, now), form, status=400)


def note_read(claim: Claimed, request: HttpRequest, now: datetime) -> None:
    """Note that a member of staff was shown what waited to be read: where it is new it is open.

    Who asks for the head of a page alone is shown nothing.
    """
    if claim.has_new and request.method != "HEAD":
        reader, actor = Message.Sender.STAFF, f"user:{user_of(request).pk}"
        read_messages(case=claim.case, reader=reader, now=now, actor=actor)


def send_line(case: Case, form: MessageForm, user: User, now: datetime) -> bool:
    """Send what a valid form holds; False where it is refused, which the form then says.

    What came while it was written was not shown yet: it is read on the page that comes next.

    Raises:
        RateLimitedError: too many for one day.
        RecordConflictError: the case has ended.
    """
    sender, actor = Message.Sender.STAFF, f"user:{user.pk}"
    try:
        text = form.cleaned_data["text"]
        send_message(case=case, sender=sender, text=text, now=now, actor=actor)
    except FieldsError as error:
        form.add_error("text", next(iter(error.fields.values())))
        return False
    return True


def look_at(case_number: str, request: HttpRequest, now: datetime) -> Claimed:
    """What a case claims and its messages, with the events that somebody was shown them."""
    claim = claim_of(case_numbered(case_number))
    record_event(
        what="case_viewed",
        actor=f"user:{user_of(request).pk}",
        at=now,
        case_id=claim.case.pk,
        subject=f"case:{claim.case.pk}",
    )
    note_read(claim, request, now)
    return claim


def _page(
    request: HttpRequest, claim: Claimed, form: MessageForm, status: int = 200
) -> HttpResponse:
    shown = {
        "claim": claim,
        "message_form": form,
        "tasks": tasks_about(claim.case)[:_MOST_TASKS],
    }
    return work_page(request, "review/conversation.html", shown, area="queue", status=status)
