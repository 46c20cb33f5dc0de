"""The team: cases that people shared, and who has what when a colleague is absent."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from staydown_web.accounts.models import User
from staydown_web.accounts.selectors import teammates
from staydown_web.base.access import caseworker_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.cases.models import Access
from staydown_web.cases.selectors import clocks_of
from staydown_web.cases.selectors.helplines import (
    accesses_of_team,
    clients_of,
    label_of,
    offered_access,
)
from staydown_web.cases.services.accesses import decline_case, take_on
from staydown_web.cases.services.handing import reassign
from staydown_web.portal.forms.caseworker import ColleagueForm, TakeOnForm
from staydown_web.portal.selectors.caseload import PAGE, rows_for, shown_states
from staydown_web.portal.selectors.limits import law_of_time
from staydown_web.portal.views.caseworker.shared import (
    add_errors,
    done,
    page_of,
    say_wrong,
    user_of,
)
from staydown_web.regimes.selectors import act_by_words


@require_http_methods(["GET", "HEAD", "POST"])
@caseworker_required
def take(request: HttpRequest, access_id: UUID) -> HttpResponse:
    """Take on a case that a person shared with the helpline, or decline it."""
    user, now = user_of(request), utc_now()
    access = offered_access(user=user, access_id=access_id)
    if request.POST.get("do") == "decline":
        decline_case(access=access, user=user, now=now)
        words = _("The case was not taken on.")
        if access.case.withdrawal_due_at is None:
            words = _("The case was not taken on. The person’s page says so.")  # noqa: RUF001
        return done(request, words, "portal:caseload")
    clients = clients_of(user)
    labels = {client.pk: label_of(client) for client in clients}
    form = TakeOnForm(request.POST or None, clients=clients, labels=labels)
    if request.method == "POST" and form.is_valid():
        try:
            take_on(access=access, user=user, now=now, **form.cleaned_data)
        except FieldsError as error:
            add_errors(form, error)
        else:
            number = access.case.number
            return done(
                request, _("The case is yours now."), "portal:helpline_case", case_number=number
            )
    state = shown_states([access.case])[access.case.pk]
    facts = {"area": "caseload", "access": access, "case": access.case, "form": form}
    facts["state_words"] = state.label
    law = law_of_time(clocks_of(access.case, now=now), access.case.due_at)
    facts["act_by"] = act_by_words(law)
    status = 400 if form.errors else 200
    return render(request, "portal/caseworker/take.html", facts, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@caseworker_required
def team(request: HttpRequest) -> HttpResponse:
    """Who works here; for the lead of the team, who has which case and a way to pass them on."""
    user = user_of(request)
    if request.method == "POST":
        return _reassign(request, user)
    rows = rows_for(user, accesses_of_team(user), now=utc_now()) if user.leads_team else []
    who = request.GET.get("who", "")
    rows = [row for row in rows if not who or str(row.access.holder_id) == who]
    rows = [row for row in rows if not row.is_ended]
    at, pages = page_of(request.GET.get("page", ""), len(rows), size=PAGE)
    facts = {
        "area": "team",
        "team": user.team,
        "mates": teammates(user),
        "who": who,
        "rows": rows[(at - 1) * PAGE : at * PAGE],
        "at": at,
        "pages": pages,
        "kept": urlencode({"who": who}) + "&" if who else "",
        "form": ColleagueForm(user=user, includes_self=True),
    }
    return render(request, "portal/caseworker/team.html", facts)


def _reassign(request: HttpRequest, lead: User) -> HttpResponse:
    accesses: list[Access] = list(
        accesses_of_team(lead).filter(case__number__in=request.POST.getlist("case")[:500])
    )
    form = ColleagueForm(request.POST, user=lead, includes_self=True)
    if not accesses or not form.is_valid():
        say_wrong(request, FieldsError({"case": _("Choose cases and a colleague.")}))
        return redirect("portal:team")
    taker = form.cleaned_data["taker"]
    count = reassign(accesses=accesses, taker=taker, lead=lead, now=utc_now())
    words = ngettext(
        "%(n)d case is with %(name)s now.", "%(n)d cases are with %(name)s now.", count
    )
    return done(request, words % {"n": count, "name": taker.pseudonym}, "portal:team")
