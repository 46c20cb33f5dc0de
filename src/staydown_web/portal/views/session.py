"""The cookie of an open case page: its own name, short-lived, for these pages alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.portal.services import opened_case

COOKIE = "page"
P = ParamSpec("P")
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
    """Give a view the case that this browser has open, or lead to the door."""

    @wraps(view)
    def opened(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        case = opened_case(token=request.COOKIES.get(COOKIE, ""), now=utc_now())
        if case is None:
            response: HttpResponse = redirect("portal:case")
            if COOKIE in request.COOKIES:
                forget(response)
            return response
        return view(request, case, *args, **kwargs)

    return opened
