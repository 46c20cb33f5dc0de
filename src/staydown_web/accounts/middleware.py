"""A session of staff ends eight hours after the sign-in, however much was done in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from staydown_web.accounts.services import is_session_over
from staydown_web.base.clock import utc_now

Handler = Callable[[HttpRequest], HttpResponse]


class SignInEndsMiddleware:
    """Whoever signed in too long ago is signed out; the door is shown to them as to all others."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> None:
        """End the session before a view of staff runs, if its time is over."""
        if not getattr(view_func, "login_required", True) or not request.user.is_authenticated:
            return
        if is_session_over(request.session, now=utc_now()):
            logout(request)
