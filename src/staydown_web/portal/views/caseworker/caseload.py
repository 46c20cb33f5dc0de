"""The list of cases, what is done with several at once, and the list as a file."""

from __future__ import annotations

import csv
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from staydown_web.base.access import caseworker_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, StaydownError
from staydown_web.cases.models import Access, Message
from staydown_web.cases.selectors.helplines import (
    accesses_of,
    closed_for_minor,
    may_act,
    note_of,
    offered_to,
    offers_to,
)
from staydown_web.cases.services import send_message
from staydown_web.cases.services.accesses import note_listed
from staydown_web.portal.forms.caseworker import WordsForm
from staydown_web.portal.selectors.caseload import Row, listing, rows_for
from staydown_web.portal.selectors.suspension import limit_of_team
from staydown_web.portal.views.caseworker.shared import done, not_done, say_wrong, user_of

MOST_AT_ONCE = 300
COLUMNS = (
    "number",
    "state",
    "website",
    "filed_on",
    "due_at",
    "is_late",
    "places",
    "places_not_told",
    "places_silent",
    "has_this_case",
)


@require_safe
@caseworker_required
def caseload(request: HttpRequest) -> HttpResponse:
    """All cases of the caseworker, the nearest deadline first."""
    return _page(request)


def _page(request: HttpRequest, **more: Any) -> HttpResponse:
    user, now = user_of(request), utc_now()
    rows = rows_for(user, accesses_of(user), now=now)
    asked = request.GET
    shown = listing(
        rows, tab=asked.get("tab", ""), query=asked.get("q", ""), page=asked.get("page", "")
    )
    facts = {
        "area": "caseload",
        "page": shown,
        "offered": offered_to(user),
        "closed": closed_for_minor(user, now=now),
        "offers": [(offer, note_of(offer)) for offer in offers_to(user)],
        "words_form": WordsForm(),
        "has_any": bool(rows),
        "limit": limit_of_team(user.team),
        **more,
    }
    status = 400 if more.get("errors") else 200
    return render(request, "portal/caseworker/caseload.html", facts, status=status)


@require_POST
@caseworker_required
def bulk(request: HttpRequest) -> HttpResponse:
    """Something for several cases: look at who was not told, or write to the reviewers."""
    chosen = _chosen(request)
    if not chosen:
        return done(request, not_done(), "portal:caseload")
    if request.POST.get("do") == "untold":
        response = redirect("portal:untold")
        numbers = "&".join(f"case={access.case.number}" for access in chosen)
        response.headers["Location"] += f"?{numbers}"
        return response
    form = WordsForm(request.POST)
    if not form.is_valid():
        say_wrong(request, form)
        return redirect("portal:caseload")
    return _write(request, chosen, form.cleaned_data["text"])


def _write(request: HttpRequest, chosen: list[Access], text: str) -> HttpResponse:
    user, now, sent, not_sent = user_of(request), utc_now(), 0, []
    for access in chosen:
        try:
            if not may_act(access, today=now.date()):
                not_sent.append(access.case.number)
                continue
            sender, actor = Message.Sender.HELPLINE, f"user:{user.pk}"
            send_message(case=access.case, sender=sender, text=text, now=now, actor=actor)
            sent += 1
        except FieldsError as error:
            say_wrong(request, error)
            return redirect("portal:caseload")
        except StaydownError:  # this case has ended, or had too many messages today
            not_sent.append(access.case.number)
    if not_sent:
        words = _("Not sent in: %(numbers)s. The case has ended, or no authority holds.")
        say_wrong(request, FieldsError({"text": words % {"numbers": ", ".join(not_sent)}}))
    words = ngettext(
        "Your message was sent in %(n)d case.", "Your message was sent in %(n)d cases.", sent
    )
    return done(request, words % {"n": sent}, "portal:caseload")


@require_POST
@caseworker_required
def export(request: HttpRequest) -> HttpResponse:
    """The caseworker's own list as a file: numbers, states and days, and nothing personal."""
    user, now = user_of(request), utc_now()
    rows = rows_for(user, accesses_of(user), now=now)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="list-{now.date()}.csv"'
    table = csv.writer(response)
    table.writerow(COLUMNS)
    for row in rows:
        case = row.case
        table.writerow(
            [
                case.number,
                row.state,
                _plain(case.platform.name if case.platform else ""),
                case.filed_at.date().isoformat(),
                case.due_at.isoformat(timespec="minutes") if case.due_at else "",
                _late(row),
                row.places,
                row.untold,
                row.silent,
                _plain(row.holder),
            ]
        )
    note_listed(user=user, count=len(rows), now=now)
    return response


def _late(row: Row) -> str:
    """``unclear`` where a time is over that binds nobody if its law has not begun."""
    if row.is_surely_late:
        return "yes"
    return "unclear" if row.is_late else "no"


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def _chosen(request: HttpRequest) -> list[Access]:
    numbers = request.POST.getlist("case")[:MOST_AT_ONCE]
    return list(accesses_of(user_of(request)).filter(case__number__in=numbers))
