"""One case, as the helpline that works on it sees it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staydown_web.actions.selectors import removals_of, with_holds
from staydown_web.base.access import caseworker_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RecordNotFoundError
from staydown_web.cases.forms import MOST_URLS
from staydown_web.cases.models import Access, HandOver, Message
from staydown_web.cases.selectors import (
    case_details,
    messages_of,
    notices_of,
    standing_of,
    timeline,
)
from staydown_web.cases.selectors.helplines import (
    accesses_of,
    authorities_of,
    closed_for_minor,
    label_of,
    note_of,
    offer_for,
)
from staydown_web.cases.services import add_to_case, send_message
from staydown_web.cases.services.accesses import (
    choose_scope,
    give_back,
    note_case_viewed,
    note_contact_viewed,
    note_seen,
)
from staydown_web.cases.services.binding import unbound_at
from staydown_web.cases.services.handing import (
    accept_case,
    decline_hand_over,
    offer_case,
    take_back,
)
from staydown_web.cases.services.opening import clean_number
from staydown_web.cases.services.places import owners, url_of
from staydown_web.portal.forms.caseworker import (
    AnsweredForm,
    ColleagueForm,
    ScopeForm,
    ToldForm,
    WordsForm,
)
from staydown_web.portal.forms.pasted import Pasted, read_pasted
from staydown_web.portal.selectors import case_page
from staydown_web.portal.selectors.caseload import places_of_case, rows_for
from staydown_web.portal.selectors.complaints import asked_by_notifier, told_first
from staydown_web.portal.selectors.foretold import before_statements
from staydown_web.portal.selectors.partners import partners_of
from staydown_web.portal.selectors.place_times import no_time_before
from staydown_web.portal.selectors.providers import providers_of
from staydown_web.portal.services import stop_withdrawal
from staydown_web.portal.views.caseworker.shared import (
    access_of,
    add_errors,
    check_authority,
    done,
    say_wrong,
    user_of,
)
from staydown_web.regimes.selectors import marked, open_time_words, regime


@require_safe
@caseworker_required
def case(request: HttpRequest, case_number: str) -> HttpResponse:
    """Deadlines, places, items, messages; contact details stay closed."""
    try:
        access = access_of(request, case_number)
    except RecordNotFoundError:
        closed = closed_for_minor(user_of(request), now=utc_now())
        if not closed.filter(case__number=clean_number(case_number)).exists():
            raise
        return redirect("portal:caseload")  # where it stands that it was closed
    return _page(request, access)


def _page(request: HttpRequest, access: Access, **more: Any) -> HttpResponse:
    user, now, found = user_of(request), utc_now(), access.case
    (row,) = rows_for(user, accesses_of(user).filter(pk=access.pk), now=now)
    standing = standing_of(found, timeline(found))
    names = case_page.item_names(standing.items)
    removals = with_holds(found, removals_of(found, standing.moments))
    authorities = authorities_of(access.client, today=now.date()) if access.client else []
    offer = access.hand_overs.filter(state=HandOver.State.OFFERED).first()
    facts = {
        "area": "caseload",
        "access": access,
        "case": found,
        "row": row,
        "label": label_of(access.client),
        "may_act": any(one.holds for one in authorities),
        "partners": partners_of(access.case),
        "providers": providers_of(access.case),
        "authority": next((one for one in authorities if one.holds), None),
        "items": case_page.rows_of(standing, names, removals),
        "time_note": "" if all(one.is_sure for one in row.deadlines) else open_time_words(),
        "missing": _missing(access),
        "websites": places_of_case(found, standing=standing, removals=removals, now=now),
        "lines": messages_of(found),
        "asked": told_first(found),
        "before": [] if row.is_ended else before_statements(found, now),
        "again": [] if row.is_ended else asked_by_notifier(found, now),
        "past": _handed(access),
        "offer": offer,
        "words_form": WordsForm(),
        "told_form": ToldForm(initial={"on": now.date()}),
        "answered_form": AnsweredForm(initial={"on": now.date()}),
        "scope_form": ScopeForm(initial={"scope": access.scope}),
        "colleague_form": ColleagueForm(user=user),
        **more,
    }
    note_seen(access=access, now=now)
    note_case_viewed(access=access, user=user, now=now)
    is_wrong = any(form.errors for key, form in facts.items() if key.endswith("_form"))
    status = 400 if is_wrong else 200
    return render(request, "portal/caseworker/case.html", facts, status=status)


def _missing(access: Access) -> list[tuple[str, Any]]:
    return [
        (marked(_(regime(row.regime).short_title), regime(row.regime)), row.missing)
        for row in notices_of(access.case)
        if row.valid_at is None and row.missing
    ]


def _handed(access: Access) -> list[tuple[HandOver, str]]:
    rows = access.hand_overs.select_related("giver", "taker", "by", "access").order_by("made_at")
    return [(row, note_of(row)) for row in rows]


@require_POST
@caseworker_required
def contact(request: HttpRequest, case_number: str) -> HttpResponse:
    """Open the contact details of a case; that they were opened is recorded."""
    access = access_of(request, case_number)
    note_contact_viewed(access=access, user=user_of(request), now=utc_now())
    return _page(request, access, details=case_details(access.case))


@require_POST
@caseworker_required
def message(request: HttpRequest, case_number: str) -> HttpResponse:
    """Write to the reviewers for the client."""
    access, user = access_of(request, case_number), user_of(request)
    check_authority(access)
    form = WordsForm(request.POST)
    if form.is_valid():
        try:
            send_message(
                case=access.case,
                sender=Message.Sender.HELPLINE,
                text=form.cleaned_data["text"],
                now=utc_now(),
                actor=f"user:{user.pk}",
            )
        except FieldsError as error:
            add_errors(form, error)
        else:
            return _back(request, access, _("Your message was sent."))
    return _page(request, access, words_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@caseworker_required
def add(request: HttpRequest, case_number: str) -> HttpResponse:
    """Add a pasted list of addresses: read and sorted first, added with a second press."""
    access, user = access_of(request, case_number), user_of(request)
    check_authority(access)
    found, text = access.case, request.POST.get("urls", "")
    pasted: Pasted | None = None
    if request.method == "POST":
        known = [url_of(place) for place in found.locations.all()]
        room = MOST_URLS - len(known)
        pasted = read_pasted(text, owners=owners(), known=known, room=room)
        is_sure = not pasted.unread or "leave_out" in request.POST
        if request.POST.get("do") == "add" and pasted.urls and is_sure:
            actor = f"user:{user.pk}"
            add_to_case(case=found, urls=pasted.urls, now=utc_now(), actor=actor)
            words = _("%(n)d addresses were added.") % {"n": len(pasted.urls)}
            return _back(request, access, words)
    is_stopped = pasted is not None and request.POST.get("do") == "add"
    facts = {
        "area": "caseload",
        "access": access,
        "case": found,
        "label": label_of(access.client),
        "pasted": pasted,
        "stopped": is_stopped and pasted is not None and bool(pasted.unread),
        "text": text,
        "most": MOST_URLS,
        "unbound": [no_time_before(found, one) for one in unbound_at(found, pasted.urls)]
        if pasted
        else [],
    }
    return render(request, "portal/caseworker/add.html", facts)


@require_POST
@caseworker_required
def hand(request: HttpRequest, case_number: str) -> HttpResponse:
    """Hand over, say who sees it, stop a withdrawal, or give the case back."""
    access, user, now = access_of(request, case_number), user_of(request), utc_now()
    match request.POST.get("do", ""):
        case "offer":
            return _offer(request, access)
        case "scope":
            choose_scope(access=access, scope=request.POST.get("scope", ""), user=user, now=now)
            return _back(request, access, _("Your choice is kept."))
        case "stop":
            check_authority(access)
            phrase = stop_withdrawal(case=access.case, now=now, actor=f"user:{user.pk}")
            access.refresh_from_db()
            return _page(request, access_of(request, case_number), phrase=phrase.split())
        case "give_back":
            give_back(access=access, user=user, now=now)
            return done(request, _("You have given this case back."), "portal:caseload")
        case _other:
            say_wrong(request, FieldsError({"do": _("Nothing was chosen.")}))
            return _page(request, access)


def _offer(request: HttpRequest, access: Access) -> HttpResponse:
    user = user_of(request)
    form = ColleagueForm(request.POST, user=user)
    if form.is_valid():
        try:
            offer_case(access=access, user=user, now=utc_now(), **form.cleaned_data)
        except FieldsError as error:
            add_errors(form, error)
        else:
            words = _("Your colleague is asked. Until they accept, the case stays yours.")
            return _back(request, access, words)
    return _page(request, access, colleague_form=form)


@require_POST
@caseworker_required
def answer(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Accept, decline or take back an offer."""
    user, now = user_of(request), utc_now()
    offer = offer_for(user=user, hand_over_id=offer_id)
    number = offer.access.case.number
    match request.POST.get("do", ""):
        case "accept":
            accept_case(hand_over=offer, user=user, now=now)
            words = _("The case is yours now.")
            return done(request, words, "portal:helpline_case", case_number=number)
        case "decline":
            decline_hand_over(hand_over=offer, user=user, now=now)
            return done(request, _("Your colleague keeps the case."), "portal:caseload")
        case "back":
            take_back(hand_over=offer, user=user, now=now)
            words = _("The offer is taken back. The case stays yours.")
            return done(request, words, "portal:helpline_case", case_number=number)
        case _other:
            return redirect("portal:caseload")


def _back(request: HttpRequest, access: Access, words: str) -> HttpResponse:
    number = access.case.number
    return done(request, words, "portal:helpline_case", case_number=number)
