"""The cookie of an open case page: its own name, short-lived, for these pages alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.portal.services import opened_case
from staydown_web.portal.views.pages import aside

COOKIE = "page"
_MOST = {"text": 4000, "urls": 60_000, "place": 1000, "statement": 4000, "authority": 1000}
"""Characters of what somebody wrote, field by field: about as many as the forms take."""
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
CaseView = Callable[Concatenate[HttpRequest, Case, P], HttpResponse]


def remember(response: HttpResponse, token: str) -> None:
    """Give the browser the token; it goes when the browser closes, or sooner by the server."""
    response.set_cookie(
        COOKIE,
        token,
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def forget(response: HttpResponse) -> None:
    """Take the token away."""
    response.delete_cookie(COOKIE, path="/", samesite="Strict")


def with_case(view: CaseView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Give a view the case that this browser has open, or lead to the door.

    Whoever sends something from a page that was closed meanwhile is told that it was not sent, and
    gets back what they wrote: it may be an answer for which a time runs. So is a browser that has
    no page open, in words that do not say whether there ever was one.
    """

    @wraps(view)
    def opened(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        token = request.COOKIES.get(COOKIE, "")
        case = opened_case(token=token, now=utc_now())
        if case is None:
            response = _not_sent(request) if request.method == "POST" else redirect("portal:case")
            if token:
                forget(response)
            return response
        return view(request, case, *args, **kwargs)

    return opened


def _not_sent(request: HttpRequest) -> HttpResponse:
    parts = [request.POST.get(name, "").strip()[:most] for name, most in _MOST.items()]
    facts = {
        "is_lost": True,
        "was_open": bool(request.COOKIES.get(COOKIE)),
        "written": "\n\n".join(filter(None, parts)),
        **aside(request),
    }
    return render(request, "portal/case.html", facts, status=403)


def only_by_press(view: View[P]) -> View[P]:
    """Lead back who opens by its address what only a button does: to the open page, or the door.

    A browser does so when it reloads, goes back, or restores its windows. Nothing is changed.
    """

    @wraps(view)
    def pressed(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            return _back_to_case(request)
        return view(request, *args, **kwargs)

    return require_http_methods(["GET", "HEAD", "POST"])(pressed)


@with_case
def _back_to_case(request: HttpRequest, case: Case) -> HttpResponse:
    return redirect("portal:page")
