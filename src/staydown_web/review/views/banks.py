"""Banks and entries: states and history, and what takes a second person."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import release_entry, settle_entry
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError
from staydown_web.review.forms import LawfulForm, PolicyForm, ReasonForm, RenewalForm
from staydown_web.review.selectors.banks import (
    EntryPage,
    bank_of_slug,
    banks_with_counts,
    entries_of_case,
    entry_page,
    lawful_exceptions,
    quarantined_entries,
    waves,
)
from staydown_web.review.services import approving
from staydown_web.review.views.shared import user_of, work_page
from staydown_web.screening.services import note_flood_seen

_POLICY = ("on_identical", "on_same", "on_part", "on_altered")
_MOST = 20
"""Lines of what is to be looked at; all of them stand in the list of entries."""
_FORMS: dict[str, type[RenewalForm | ReasonForm]] = {"lawful": LawfulForm, "renew": RenewalForm}


@require_safe
@role_required("reviewer")
def banks(request: HttpRequest) -> HttpResponse:
    """All banks with counts, and a search by case number."""
    number = request.GET.get("case", "").strip()
    case, entries = entries_of_case(number) if number else (None, [])
    if case is not None:
        record_event(
            what="entries_listed",
            actor=f"user:{user_of(request).pk}",
            at=utc_now(),
            case_id=case.pk,
            subject=f"case:{case.pk}",
            facts={"entries": len(entries)},
        )
    quarantined, flooding = quarantined_entries(), waves()
    shown = {
        "banks": banks_with_counts(),
        "number": number,
        "case": case,
        "entries": entries,
        "quarantined": quarantined[:_MOST],
        "quarantined_more": max(0, quarantined.count() - _MOST),
        "waves": flooding[:_MOST],
        "waves_more": max(0, flooding.count() - _MOST),
        "exceptions": lawful_exceptions(utc_now()),
    }
    return work_page(request, "review/banks.html", shown, area="banks")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("lead")
def policy(request: HttpRequest, slug: str) -> HttpResponse:
    """What a bank does with each kind of match; a change is asked for here."""
    bank, user = bank_of_slug(slug), user_of(request)
    first = {name: getattr(bank, name) for name in _POLICY}
    form = PolicyForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in _POLICY}
        try:
            approving.ask_policy(
                bank=bank,
                changes=changes,
                reason=form.cleaned_data["reason"],
                user=user,
                now=utc_now(),
            )
        except RecordConflictError:
            form.add_error(None, _("Nothing would change: choose something else than now."))
        else:
            messages.success(request, _("A second person can now grant it, under Approvals."))
            return redirect("review:approvals")
    return work_page(request, "review/policy.html", {"bank": bank, "form": form}, area="banks")


@require_safe
@role_required("reviewer")
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry: state, history, claims, matches. That it was looked at is an event."""
    page = entry_page(entry_id)
    _record_view(page.entry, user_of(request), utc_now())
    return _entry_page(request, page)


@require_POST
@role_required("lead")
def change_entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Doubt it or end that, end a quarantine, note a wave; ask that it goes or is lawful."""
    page, user, now = entry_page(entry_id), user_of(request), utc_now()
    do = request.POST.get("do", "")
    form: Any = _FORMS.get(do, ReasonForm)(request.POST)
    takes_reason = do not in {"release", "seen"}
    if takes_reason and not form.is_valid():
        return _entry_page(request, page, status=400, **{f"{do or 'reason'}_form": form})
    reason = form.cleaned_data["reason"] if takes_reason else ""
    match do:
        case "dispute":
            messages.success(request, _put_in_doubt(page.entry, reason, user, now))
        case "settle":
            settle_entry(entry_id=entry_id, actor=f"user:{user.pk}", now=now, reason=reason)
            messages.success(request, _("The entry counts again."))
        case "release":
            release_entry(entry_id=entry_id, actor=f"user:{user.pk}", now=now)
            messages.success(request, _("The entry counts again."))
        case "seen":
            note_flood_seen(entry_id=entry_id, actor=f"user:{user.pk}", now=now)
            messages.success(request, _("Noted. If it goes on, you are told again."))
        case "lawful":
            _ask_lawful(page, form, user, now)
            messages.success(request, _("A second person can now grant it, under Approvals."))
        case "renew":
            approving.ask_lawful_renewal(
                entry=page.entry, span=form.span, reason=reason, user=user, now=now
            )
            messages.success(request, _("A second person can now grant it, under Approvals."))
        case _withdraw:
            approving.ask_entry_withdrawal(entry=page.entry, reason=reason, user=user, now=now)
            messages.success(request, _("A second person can now grant it, under Approvals."))
    return redirect("review:entry", entry_id=entry_id)


def _put_in_doubt(entry: Entry, reason: str, user: User, now: datetime) -> str:
    """A seed at once; a confirmed entry by a second person. What to say of it."""
    if approving.put_in_doubt(entry=entry, reason=reason, user=user, now=now):
        return _("A second person can now grant it, under Approvals.")
    return _("It stops nothing now; matches are only noted.")


def _ask_lawful(page: EntryPage, form: Any, user: User, now: datetime) -> None:
    copies = {copy.pk: copy for copy in page.accounts}
    copy = copies.get(form.cleaned_data["copy"])
    if copy is None:
        raise RecordConflictError("choose a copy of this entry whose account is known")
    approving.ask_lawful_entry(
        entry=page.entry,
        copy=copy,
        span=form.span,
        reason=form.cleaned_data["reason"],
        user=user,
        now=now,
    )


def _entry_page(
    request: HttpRequest, page: EntryPage, status: int = 200, **forms: Any
) -> HttpResponse:
    shown = {
        "page": page,
        "entry": page.entry,
        "dispute_form": ReasonForm(prefix=None),
        "settle_form": ReasonForm(auto_id="s_%s"),
        "withdraw_form": ReasonForm(auto_id="w_%s"),
        "lawful_form": LawfulForm(auto_id="l_%s"),
        "renew_form": RenewalForm(auto_id="r_%s"),
        **forms,
    }
    return work_page(request, "review/entry.html", shown, area="banks", status=status)


def _record_view(entry: Entry, user: User, now: datetime) -> None:
    record_event(what="entry_viewed", actor=f"user:{user.pk}", at=now, subject=f"entry:{entry.pk}")
