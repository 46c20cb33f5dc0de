"""The page of a case: opened by number and six words, closed by a press or by time."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from staydown_web.accounts.selectors import default_platform
from staydown_web.actions.selectors import Stage, hidden_places, removals_of, with_holds
from staydown_web.base.access import client_address
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import CaseNotOpenedError, FieldsError, RateLimitedError
from staydown_web.cases.forms import holds_address
from staydown_web.cases.models import Case, Location, Message
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
from staydown_web.portal.selectors.addresses import addresses_of
from staydown_web.portal.selectors.authorities import authorities_for
from staydown_web.portal.selectors.chart import chart_of, chart_words
from staydown_web.portal.selectors.complaints import asked_by_notifier, told_first
from staydown_web.portal.selectors.files import files_of
from staydown_web.portal.selectors.foretold import before_boxes, before_statements, said_once
from staydown_web.portal.selectors.headline import headline, is_written_to
from staydown_web.portal.selectors.let_go import let_go_names, may_be_kept_down
from staydown_web.portal.selectors.notice import draft_mark
from staydown_web.portal.selectors.partners import partners_of
from staydown_web.portal.selectors.providers import complete_elsewhere, providers_of
from staydown_web.portal.selectors.reach import reach_of
from staydown_web.portal.selectors.suspension import limit_of
from staydown_web.portal.selectors.watching import are_copies_held, new_copies_of
from staydown_web.portal.services import close_page, count_try, open_page
from staydown_web.portal.services.tries import note_wrong_try
from staydown_web.portal.services.waiting import wait_for_whole_step
from staydown_web.portal.views.adding import ADDED, ADDED_KNOWN
from staydown_web.portal.views.pages import SEND_POLICY, aside, policy, refused
from staydown_web.portal.views.session import COOKIE, forget, only_by_press, remember, with_case
from staydown_web.regimes.selectors import act_by_words, regime, start_note
from staydown_web.review.services.foretelling import allow_statement, note_statement_answers
from staydown_web.review.services.hearing import take_back_answered

SENT_WITH_ADDRESS: Final = "20"
SAID: Final = {
    "2": ("write", gettext_lazy("Your message was sent.")),
    SENT_WITH_ADDRESS: (
        "write",
        gettext_lazy(
            "Your message was sent. There is an address in it: in a message, it starts no time "
            "limit. If it leads to a picture or video of you, please add it to your case too."
        ),
    ),
    "3": ("change", gettext_lazy("We go on watching.")),
    "5": (
        "helpline",
        gettext_lazy("The helpline was asked. It sees your case once it has taken it on."),
    ),
    "6": ("helpline", gettext_lazy("This helpline sees your case no more.")),
    "9": ("partners", gettext_lazy("The others may now look for your pictures too.")),
    "4": (
        "providers",
        gettext_lazy("We write to these sites for you. You see here what was sent."),
    ),
    "7": ("providers", gettext_lazy("Nothing more is sent. We cannot call back what was sent.")),
    "0": ("partners", gettext_lazy("They are asked to delete your fingerprints.")),
    "10": (
        "reach",
        gettext_lazy("Your address is saved. One letter asks whether it is yours, if it is new."),
    ),
    # The same words whether or not it waits for others: that they reported it too is not told.
    "11": (
        "top",
        gettext_lazy(
            "For your part, they may be told now. If others are to be heard first, it waits for "
            "them."
        ),
    ),
    "8": ("again", gettext_lazy("Another reviewer will look at it.")),
    **{number: ("top", words) for number, words in ADDED.items()},
}
"""Number -> where on the page it is said, and what. So the address of the page says nothing."""

_MOST_TOKEN: Final = 500


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
def case(request: HttpRequest) -> HttpResponse:
    """The door: one answer for an unknown number, wrong words and a pause; for blanks a request."""
    if request.method != "POST":
        said = "closed" if request.GET.get("s") == "4" else ""
        return render(request, "portal/case.html", {"said": said, **aside(request)})
    now, started = utc_now(), time.monotonic()
    count_try(what=Tally.What.OPEN, address=client_address(request), now=now)
    number = request.POST.get("number", "")
    phrase = request.POST.get("phrase", "")
    # Both come back, so that one wrong letter can be mended; no cache keeps the page.
    facts: dict[str, Any] = {"number": number[:60], "phrase": phrase[:500], **aside(request)}
    if not (number.strip() and phrase.strip()):
        wait_for_whole_step(started)
        facts |= {"is_blank": True, "tries": {"token": request.POST.get("tries", "")[:_MOST_TOKEN]}}
        return render(request, "portal/case.html", facts, status=400)
    try:
        opened = open_case(number=number, phrase=phrase, now=now)
    except CaseNotOpenedError:
        tries = note_wrong_try(token=request.POST.get("tries", ""), number=number, now=now)
        wait_for_whole_step(started)
        facts |= {"wrong": True, "tries": tries}
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
    number = request.GET.get("s", "")
    where, said = SAID.get(number, ("", ""))
    facts = {
        "is_added": number in ADDED,
        "leads_to_add": number == SENT_WITH_ADDRESS,
        "shows_addresses": number in ADDED_KNOWN,
    }
    return show_page(request, case, said=str(said), said_at=where, **facts)


def show_page(request: HttpRequest, case: Case, **more: Any) -> HttpResponse:
    """The page of a case that this browser has open.

    Args:
        request: of the person.
        case: open.
        more: what was done or went wrong: ``said`` and ``said_at``, or ``errors`` and ``typed``.
    """
    if case.closed_for == Case.ClosedFor.MINOR:
        platform = case.platform or default_platform()
        return render(request, "portal/closed_minor.html", {"platform": platform})
    now = utc_now()
    view = person_view(case=case, is_unveiled=case.is_unveiled, now=now)
    facts = {"view": view, "is_ended": _is_ended(view), **aside(request), **more}
    facts["let_go"] = let_go_names(view, case_page.item_names(view.items))
    if _is_ended(view):
        facts |= _ended_facts(case, view, now)
    else:
        facts |= _living_facts(case, view, now)
        read_messages(case=case, reader=Message.Sender.PERSON, now=now)
    if more.get("errors"):
        return refused(request, "portal/page.html", facts, own=reverse("portal:page"))
    return render(request, "portal/page.html", facts)


def _ended_facts(case: Case, view: PersonView, now: datetime) -> dict[str, Any]:
    removals, names = removals_of(case, view.moments), case_page.item_names(view.items)
    title, lead = headline(view, [], removals=removals)
    return {
        "title": title,
        "lead": lead,
        "files": files_of(case=case, view=view, removals=removals),
        "story": story.story(case, view, names=names, removals=removals, now=now),
    }


def _living_facts(case: Case, view: PersonView, now: datetime) -> dict[str, Any]:
    removals = with_holds(case, removals_of(case, view.moments))
    names = case_page.item_names(view.items)
    if removals.stages & {Stage.DECIDED, Stage.ORDERED}:
        removals = replace(removals, hidden=hidden_places(case))
    writes = case.providers_agreed_at is not None
    places = case_page.places_of(view, writes=writes, removals=removals, now=now)
    bars = chart_of(view.blocked)
    asked, again = told_first(case), asked_by_notifier(case, now)
    before, elsewhere = before_statements(case, now), complete_elsewhere(case, now=now)
    reach = reach_of(case, now=now)
    title, lead = headline(
        view,
        places,
        removals=removals,
        is_asked=bool(asked),
        again=again,
        elsewhere=elsewhere,
        is_reached=reach is not None and reach.is_reached,
        is_foretold=any(not one.is_answered for one in before),
        copies=new_copies_of(case),
        are_held=are_copies_held(case, now=now),
    )
    return {
        "title": title,
        "lead": lead,
        "draft_mark": draft_mark(case),
        "asked": asked,
        "before": before,
        "before_boxes": before_boxes(before),
        "before_withdrawal": said_once(before),
        "is_written_to": is_written_to(view),
        "written": sum(one.sender == Message.Sender.PERSON for one in view.messages),
        "limit": limit_of(case),
        "again": again,
        "can_ask_again": any(one.is_open for one in again),
        "missing": [] if elsewhere else _missing(view),
        "is_elsewhere": elsewhere is not None,
        "places": places,
        "is_evidence_there": not places
        or any(place.state != Location.State.REMOVED for place in places),
        **_clock_facts(view, now),
        "limits": limits.limits_of(view.clocks, view.locations)
        if view.way != Case.Way.THREATENED
        else [],
        "is_said_above": limits.is_said_above(
            view.clocks, [place.at for place in places if place.clock]
        ),
        "has_times": limits.has_times(view.clocks),
        "has_calendar": limits.has_calendar(view.clocks),
        "can_be_late": limits.can_be_late(view.clocks),
        "authorities": authorities_for(notice.regime for notice in view.notices),
        "rows": case_page.rows_of(view, names, removals),
        "addresses": addresses_of(view, removals),
        "bars": bars,
        "chart_words": chart_words(bars) if bars else "",
        "stopped": sum(view.blocked.values()),
        "is_ordered": bool(removals.stages & {Stage.DECIDED, Stage.ORDERED}),
        "is_kept_down": bool(bars) or may_be_kept_down(view),
        "files": files_of(case=case, view=view, removals=removals),
        "story": story.story(
            case, view, names=names, removals=removals, now=now, is_asked=bool(asked)
        ),
        "partners": partners_of(case),
        "providers": providers_of(case),
        "reach": reach,
        "helplines": helplines_of(case),
        "teams": open_teams(case),
    }


def _clock_facts(view: PersonView, now: datetime) -> dict[str, Any]:
    law = limits.law_of_time(view.clocks, view.due_at)
    return {
        "clock": _clock(view, now),
        "clock_note": start_note(law) if law else "",
        "act_by": act_by_words(law),
    }


def _clock(view: PersonView, now: datetime) -> clocks.Clock | None:
    """For a notice without an address: the time that runs, not one that was kept or missed."""
    if view.valid_at is None or view.due_at is None or not any(c.is_open for c in view.clocks):
        return None
    return clocks.running(since=view.valid_at, until=view.due_at, now=now)


def _is_ended(view: PersonView) -> bool:
    return view.is_erased or view.state in case_page.ENDED


def _missing(view: PersonView) -> list[dict[str, Any]]:
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
        return show_page(request, case, errors=error.fields, typed=text)
    except RateLimitedError:
        many = _("These are many messages for one day. Please send it tomorrow.")
        return show_page(request, case, errors={"text": many}, typed=text)
    take_back_answered(now)  # at once, so that her page does not go on asking her
    note_statement_answers(now)
    return _back(SENT_WITH_ADDRESS if holds_address(text) else "2")


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
@with_case
def allow(request: HttpRequest, case: Case) -> HttpResponse:
    """The person who uploaded it may be told now: she needs no more time."""
    if _shows_ended(case):
        return redirect("portal:page")
    try:
        decision_id = UUID(request.POST.get("decision", ""))
    except ValueError:
        return redirect("portal:page")
    allow_statement(case=case, decision_id=decision_id, now=utc_now())
    return _back("11")


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
    response.headers["Location"] += f"?s={said}#said"
    return response
