"""Links out of letters: confirm an address, refuse it, stop a withdrawal."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from staydown_web.base.access import client_address
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError, RecordNotFoundError
from staydown_web.cases.services import (
    case_of_withdrawal,
    confirm_contact,
    refuse_contact,
)
from staydown_web.portal.models import Tally
from staydown_web.portal.services import count_try, stop_withdrawal
from staydown_web.portal.views.pages import SEND_POLICY, policy

_TEMPLATE = "portal/token.html"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A press, not the opening of the link, confirms: programs open links in letters too."""
    facts = {"step": "confirm", "refuse_url": reverse("portal:refuse", args=[token])}
    if request.method != "POST":
        return render(request, _TEMPLATE, facts)
    now = utc_now()
    count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
    try:
        confirm_contact(token=token, now=now)
    except RecordNotFoundError:
        return _gone(request)
    return render(request, _TEMPLATE, {"step": "confirmed"})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
def refuse(request: HttpRequest, token: str) -> HttpResponse:
    """Not theirs, or no letters wanted."""
    if request.method != "POST":
        return render(request, _TEMPLATE, {"step": "refuse"})
    now = utc_now()
    count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
    try:
        refuse_contact(token=token, now=now)
    except RecordNotFoundError:
        return _gone(request)
    return render(request, _TEMPLATE, {"step": "refused"})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
def safe(request: HttpRequest, token: str) -> HttpResponse:
    """A safe contact stops a withdrawal and takes the new words with them."""
    now = utc_now()
    try:
        case = case_of_withdrawal(token=token, now=now)
        if request.method != "POST":
            return render(request, _TEMPLATE, {"step": "stop"})
        count_try(what=Tally.What.WRITE, address=client_address(request), now=now)
        phrase = stop_withdrawal(case=case, actor="contact", now=now)
    except (RecordNotFoundError, RecordConflictError):
        return _gone(request)
    facts = {"step": "stopped", "number": case.number, "phrase": phrase}
    return render(request, _TEMPLATE, facts)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, _TEMPLATE, {"step": "gone"}, status=404)
