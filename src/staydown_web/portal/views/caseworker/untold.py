"""Who was not told yet: places marked as told by other means, taken back, answered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from staydown_web.base.access import caseworker_required, onward_address
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.cases.selectors.helplines import accesses_of, places_for, telling_for
from staydown_web.cases.services.telling import last_told, mark_answered, mark_told, undo_told
from staydown_web.portal.forms.caseworker import AnsweredForm, ToldForm
from staydown_web.portal.selectors.caseload import late_places, rows_for, untold_cases
from staydown_web.portal.views.caseworker.shared import add_errors, page_of, say_wrong, user_of

PAGE = 20
MOST_AT_ONCE = 500


@require_safe
@caseworker_required
def untold(request: HttpRequest) -> HttpResponse:
    """The open places, case by case; ``?case=`` keeps to some."""
    form = ToldForm(initial={"on": utc_now().date()})
    return _page(request, form, request.GET.getlist("case"))


def _page(request: HttpRequest, form: ToldForm, numbers: list[str], **more: Any) -> HttpResponse:
    user, now = user_of(request), utc_now()
    accesses = accesses_of(user)
    if numbers:
        accesses = accesses.filter(case__number__in=numbers)
    rows = [row for row in rows_for(user, accesses, now=now) if not row.is_ended]
    late = late_places([row.case.pk for row in rows], now=now)
    open_rows = [row for row in rows if row.untold or row.silent or row.case.pk in late]
    at, pages = page_of(request.GET.get("page", ""), len(open_rows), size=PAGE)
    facts = {
        "area": "untold",
        "cases": untold_cases(open_rows[(at - 1) * PAGE : at * PAGE], late=late, now=now),
        "form": form,
        "at": at,
        "pages": pages,
        "total": len(open_rows),
        "numbers": numbers,
        "kept": "".join(f"case={row.case.number}&" for row in rows) if numbers else "",
        "last": _last(request),
        **more,
    }
    status = 400 if form.errors else 200
    return render(request, "portal/caseworker/untold.html", facts, status=status)


def _last(request: HttpRequest) -> tuple[UUID, str] | None:
    """What was marked last and can still be taken back, where no message above says so."""
    if any(note.extra_tags.startswith("undo-") for note in messages.get_messages(request)):
        return None
    found = last_told(user=user_of(request), now=utc_now())
    return (found[0], _told_words(found[1])) if found else None


def _told_words(count: int) -> str:
    words = ngettext("%(n)d place is marked as told.", "%(n)d places are marked as told.", count)
    return words % {"n": count}


@require_POST
@caseworker_required
def mark(request: HttpRequest) -> HttpResponse:
    """Mark the chosen places as told."""
    form, user = ToldForm(request.POST), user_of(request)
    chosen = places_for(user=user, location_ids=_ids(request.POST.getlist("place")))
    if not chosen:
        messages.warning(request, _("Choose the places that you told."))
        return redirect(onward_address(request, "portal:untold"))
    if form.is_valid():
        try:
            batch, count = mark_told(locations=chosen, told=form.told(), user=user, now=utc_now())
        except FieldsError as error:
            add_errors(form, error)
        else:
            messages.success(request, _told_words(count), extra_tags=f"undo-{batch}")
            return redirect(onward_address(request, "portal:untold"))
    chosen_ids = {place.pk for place in chosen}
    return _page(request, form, request.GET.getlist("case"), chosen=chosen_ids)


@require_POST
@caseworker_required
def undo(request: HttpRequest, batch: UUID) -> HttpResponse:
    """Take back what one press marked."""
    count = undo_told(batch=batch, user=user_of(request), now=utc_now())
    words = ngettext(
        "%(n)d place counts as not told again.", "%(n)d places count as not told again.", count
    )
    messages.success(request, words % {"n": count})
    return redirect(onward_address(request, "portal:untold"))


@require_POST
@caseworker_required
def answered(request: HttpRequest, telling_id: UUID) -> HttpResponse:
    """Note that a place answered."""
    user = user_of(request)
    telling = telling_for(user=user, telling_id=telling_id)
    form = AnsweredForm(request.POST)
    onward = onward_address(
        request, resolve_url("portal:helpline_case", case_number=telling.location.case.number)
    )
    if not form.is_valid():
        say_wrong(request, form)
        return redirect(onward)
    try:
        mark_answered(telling=telling, on=form.cleaned_data["on"], user=user, now=utc_now())
    except FieldsError as error:
        say_wrong(request, error)
    else:
        messages.success(request, _("The answer is noted."))
    return redirect(onward)


def _ids(typed: list[str]) -> list[UUID]:
    found = []
    for text in typed[:MOST_AT_ONCE]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
