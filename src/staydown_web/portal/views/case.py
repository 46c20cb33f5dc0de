"""The page of a case: opened by number and six words, closed by a press or by time."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from staydown_web.accounts.selectors import default_platform
from staydown_web.base.access import client_address
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import CaseNotOpenedError, FieldsError
from staydown_web.cases.models import Case, Message
from staydown_web.cases.selectors import PersonView, person_view
from staydown_web.cases.selectors.helplines import helplines_of, open_teams
from staydown_web.cases.services import (
    ask_withdrawal,
    keep_threatened,
    open_case,
    read_messages,
    send_message,
)
from staydown_web.portal.models import Tally
from staydown_web.portal.selectors import case_page, clocks, limits, story
from staydown_web.portal.selectors.authorities import authorities_for
from staydown_web.portal.selectors.complaints import asked_by_notifier
from staydown_web.portal.selectors.files import files_of
from staydown_web.portal.selectors.suspension import limit_of
from staydown_web.portal.services import close_page, count_try, open_page
from staydown_web.portal.views.pages import SEND_POLICY, aside, policy
from staydown_web.portal.views.session import COOKIE, forget, only_by_press, remember, with_case
from staydown_web.regimes.selectors import regime
from staydown_web.review.selectors.tellings import asked_of

SAID: Final = {
    "1": gettext_lazy("What you added is there."),
    "2": gettext_lazy("Your message was sent."),
    "3": gettext_lazy("We go on watching."),
    "5": gettext_lazy("The helpline was asked. It sees your case once it has taken it on."),
    "6": gettext_lazy("This helpline sees your case no more."),
    "7": gettext_lazy("Nothing was shared. Choose a helpline and say that you agree."),
    "8": gettext_lazy("Another reviewer will look at it."),
}
"""Digits, so that the address of the page says nothing."""


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
def case(request: HttpRequest) -> HttpResponse:
    """The door: the same answer for an unknown number, wrong words and a pause."""
    if request.method != "POST":
        said = "closed" if request.GET.get("s") == "4" else ""
        return render(request, "portal/case.html", {"said": said, **aside(request)})
    now = utc_now()
    count_try(what=Tally.What.OPEN, address=client_address(request), now=now)
    number = request.POST.get("number", "")
    phrase = request.POST.get("phrase", "")
    try:
        opened = open_case(number=number, phrase=phrase, now=now)
    except CaseNotOpenedError:
        # Both come back, so that one wrong letter can be mended; no cache keeps the page.
        typed = {"number": number[:60], "phrase": phrase[:500]}
        facts = {"wrong": True, **typed, **aside(request)}
        return render(request, "portal/case.html", facts, status=403)
    response = redirect("portal:page")
    remember(response, open_page(case=opened, now=now))
    return response


@login_not_required
@require_safe
@policy(SEND_POLICY)
@with_case
def page(request: HttpRequest, case: Case) -> HttpResponse:
    """The page itself."""
    said = SAID.get(request.GET.get("s", ""), "")
    return _page(request, case, said=str(said))


def _page(request: HttpRequest, case: Case, **more: Any) -> HttpResponse:
    if case.closed_for == Case.ClosedFor.MINOR:
        platform = case.platform or default_platform()
        return render(request, "portal/closed_minor.html", {"platform": platform})
    now = utc_now()
    is_unveiled = case.is_unveiled
    view = person_view(case=case, is_unveiled=is_unveiled, now=now)
    names = case_page.item_names(view.items)
    places = [] if _is_ended(view) else case_page.places_of(view, now=now)
    bars = case_page.chart_of(view.blocked)
    title, lead = case_page.headline(view, places)
    asked = [] if _is_ended(view) else asked_of(case)
    if asked:
        title = _("Please answer, if you do not agree")
        lead = _("A reviewer has decided something. You can answer before it is carried out.")
    elif not _is_ended(view) and limits.waits_for_her(view.clocks):
        title = _("Please answer the reviewer")
        lead = _("The reviewer asked you something. Answer on this page, and the time goes on.")
    facts = {
        "view": view,
        "title": title,
        "lead": lead,
        "asked": asked,
        "limit": None if _is_ended(view) else limit_of(case),
        "again": [] if _is_ended(view) else asked_by_notifier(case, now),
        "is_ended": _is_ended(view),
        "missing": _missing(view),
        "places": places,
        "limits": limits.limits_of(view.clocks),
        "has_calendar": limits.has_calendar(view.clocks),
        "authorities": authorities_for(notice.regime for notice in view.notices),
        "rows": case_page.rows_of(view, names),
        "bars": bars,
        "chart_words": case_page.chart_words(bars) if bars else "",
        "stopped": sum(bar.count for bar in bars),
        "files": files_of(case=case, view=view),
        "story": story.story(case, view, names=names, now=now),
        **({} if _is_ended(view) else {"helplines": helplines_of(case), "teams": open_teams(case)}),
        **aside(request),
        **more,
    }
    if view.valid_at and view.due_at:
        facts["clock"] = clocks.running(since=view.valid_at, until=view.due_at, now=now)
    if not _is_ended(view):
        read_messages(case=case, reader=Message.Sender.PERSON, now=now)
    return render(request, "portal/page.html", facts, status=400 if more.get("errors") else 200)


def _is_ended(view: PersonView) -> bool:
    return view.is_erased or view.state in case_page.ENDED


def _missing(view: PersonView) -> list[dict[str, Any]]:
    if _is_ended(view):
        return []
    return [
        {"title": _(regime(row.regime).short_title), "missing": row.missing}
        for row in view.notices
        if row.valid_at is None and row.missing
    ]


@login_not_required
@only_by_press
@csrf_protect
@policy(SEND_POLICY)
@with_case
def message(request: HttpRequest, case: Case) -> HttpResponse:
    """Write to the reviewer."""
    now = utc_now()
    count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
    text = request.POST.get("text", "")
    if _shows_ended(case):
        return redirect("portal:page")
    try:
        send_message(case=case, sender=Message.Sender.PERSON, text=text, now=now)
    except FieldsError as error:
        return _page(request, case, errors=error.fields, typed=text)
    return _back("2")


@login_not_required
@only_by_press
@csrf_protect
@policy(SEND_POLICY)
@with_case
def withdraw(request: HttpRequest, case: Case) -> HttpResponse:
    """Take the request back; the page looks the same whether a pause was chosen or not."""
    now = utc_now()
    if person_view(case=case, is_unveiled=case.is_unveiled, now=now).can_be_taken_back:
        ask_withdrawal(case=case, now=now)
    return redirect("portal:page")


@login_not_required
@only_by_press
@csrf_protect
@policy(SEND_POLICY)
@with_case
def keep(request: HttpRequest, case: Case) -> HttpResponse:
    """Go on watching for what was threatened."""
    if _shows_ended(case):
        return redirect("portal:page")
    keep_threatened(case=case, now=utc_now())
    return _back("3")


@login_not_required
@only_by_press
@csrf_protect
@policy(SEND_POLICY)
def close(request: HttpRequest) -> HttpResponse:
    """Close the page in this browser."""
    close_page(token=request.COOKIES.get(COOKIE, ""))
    response = _back("4", to="portal:case")
    forget(response)
    return response


def _shows_ended(case: Case) -> bool:
    """Whether this browser is shown an ended case; it may then change nothing either."""
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=utc_now())
    return _is_ended(view)


def _back(said: str, to: str = "portal:page") -> HttpResponse:
    response = redirect(to)
    response.headers["Location"] += f"?s={said}"
    return response
