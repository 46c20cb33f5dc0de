"""What every request goes through: privacy headers, the closed door, errors as pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from staydown.errors import StaydownError
from staydown_web.base.access import sign_in_address
from staydown_web.base.errors import OutageError, RateLimitedError
from staydown_web.base.outages import answer_patiently, outage_of
from staydown_web.base.places import place_of
from staydown_web.base.statuses import http_status

Handler = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger("staydown.web")
_READING = ("GET", "HEAD", "OPTIONS")
_EXPECTED = (Http404, PermissionDenied, SuspiciousOperation, BadRequest)
"""Django's own ways to say 404, 403 and 400."""


class PrivacyHeadersMiddleware:
    """No page of ours is kept by a cache, and none may use the device's sensors."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault(
            "Permissions-Policy",
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        patch_vary_headers(response, ["Cookie"])
        return response


class StaffOnlyMiddleware(LoginRequiredMiddleware):
    """Closed by default: a view is open only where it is marked with ``login_not_required``.

    Staff are let in with their second factor alone; ``accounts`` sends them to set it up.
    """

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> Any:
        """Send away who is not signed in, or not with a second factor."""
        if not getattr(view_func, "login_required", True):
            return None
        sent = super().process_view(request, view_func, view_args, view_kwargs)
        if sent is not None:
            return sent
        if getattr(view_func, "second_factor_not_required", False):
            return None
        if not request.user.is_verified():  # type: ignore[union-attr]
            return self.handle_no_permission(request, view_func)
        return None

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        """Lead to the door, and say so where something was sent: it was not carried out."""
        if request.method in _READING:
            return super().handle_no_permission(request, view_func)
        return HttpResponseRedirect(sign_in_address(request))


class ErrorPagesMiddleware:
    """Deliberate errors become pages or problem details; the code is logged, never the content."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; what only a button does is answered by a page with a way back."""
        response = cast("HttpResponse", answer_patiently(self.get_response, request))
        if response.status_code != 405 or request.path.startswith("/api/"):
            return response
        page = page_of_errors(request)
        shown = render(request, page, {"code": "", "status": 405}, status=405)
        shown["Allow"] = response["Allow"]
        return shown

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a deliberate error; note where any other came from, and leave it to Django."""
        outage = outage_of(error)
        if outage is not None:
            if outage is not error:
                log.warning("%s at %s", type(error).__name__, place_of(error))
            return answer_outage(request, outage)
        if not isinstance(error, StaydownError):
            if not isinstance(error, _EXPECTED):
                # Its message can hold a person's words, so only its kind and place are kept.
                log.error("defect %s at %s", type(error).__name__, place_of(error))
            return None
        status = http_status(error)
        log.log(logging.ERROR if status >= 500 else logging.INFO, "error %s", error.code)
        if request.path.startswith("/api/"):
            return problem(status, error.code, str(error))
        shown = {"code": error.code, "status": status}
        response = render(request, page_of_errors(request), shown, status=status)
        if isinstance(error, RateLimitedError):
            response["Retry-After"] = str(max(1, error.retry_after_s))
        return response


def answer_outage(request: HttpRequest, outage: OutageError) -> HttpResponse:
    """Say that the service cannot do it just now, and when to come back.

    The page asks no database: it names no user and no case.
    """
    log.error("error %s", outage.code)
    status = http_status(outage)
    if request.path.startswith("/api/"):
        response: HttpResponse = problem(status, outage.code, str(outage))
    else:
        shown = {
            "code": outage.code,
            "status": status,
            "is_staff": request.path.startswith("/staff/"),
        }
        response = render(request, "unavailable.html", shown, status=status)
    response["Retry-After"] = str(outage.retry_after_s)
    response.outage = outage  # type: ignore[attr-defined] # read by who may answer once more
    return response


def page_of_errors(request: HttpRequest) -> str:
    """The template that says to this visitor that something is not there or did not work."""
    is_staff = request.path.startswith("/staff/") and request.user.is_authenticated
    return "work_error.html" if is_staff else "error.html"


def problem(status: int, code: str, detail: str, **more: Any) -> JsonResponse:
    """An error as RFC 9457 problem details."""
    body = {"type": f"about:blank#{code}", "title": code.replace("_", " "), "status": status}
    return JsonResponse(
        {**body, "code": code, "detail": detail, **more},
        status=status,
        content_type="application/problem+json",
    )
