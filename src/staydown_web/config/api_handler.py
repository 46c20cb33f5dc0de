"""How API calls are answered: the same addresses and views as pages, with little around them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from staydown_web.base.errors import OutageError
from staydown_web.base.middleware import problem
from staydown_web.base.outages import answer_patiently
from staydown_web.base.statuses import http_status

log = logging.getLogger("staydown.web")
Handler = Callable[[HttpRequest], HttpResponseBase]

_PROBLEM = "application/problem+json"
_WORDS = {
    400: ("request_refused", "the request cannot be read"),
    404: ("address_unknown", "there is no such address"),
    405: ("method_not_allowed", "this address does not take this method"),
    413: ("content_too_large", "the body is too long; send less at a time"),
    500: ("internal", "a defect of this service; try again, and report it if it stays"),
}


class ApiHandler(WSGIHandler):
    """Django's own handler with two layers instead of fifteen: errors, and headers."""

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002 - as Django
        """Put the layers together."""
        layers: list[Any] = []
        self._view_middleware = self._template_response_middleware = layers
        self._exception_middleware = layers
        views: Any = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined] # not in the stubs
        self._middleware_chain = _with_problems(views)


def _with_problems(views: Handler) -> Handler:
    """Errors become problem details, also those that Django makes; nothing is ever cached.

    An answer that ``has_own_shape`` is left as it is: calls of other programs' interfaces.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = answer_patiently(views, request)
        status = response.status_code
        is_ours = getattr(response, "has_own_shape", False)
        if status >= 400 and not is_ours and response.headers.get("Content-Type") != _PROBLEM:
            response = _problem_of(status, response)
        headers = response.headers
        if isinstance(response, HttpResponse):
            headers["Content-Length"] = str(len(response.content))
        headers["Cache-Control"] = "no-store"
        headers["X-Content-Type-Options"] = "nosniff"
        return response

    return answer


def _problem_of(status: int, response: HttpResponseBase) -> HttpResponse:
    outage: OutageError | None = getattr(response, "outage", None)
    if outage is not None:
        made = problem(http_status(outage), outage.code, str(outage))
        made.headers["Retry-After"] = str(outage.retry_after_s)
        return made
    code, detail = _WORDS.get(status, ("request_refused", "the request cannot be answered"))
    if status >= 500:
        log.error("error %s", code)
    made = problem(status, code, detail)
    if "Allow" in response.headers:
        made.headers["Allow"] = response.headers["Allow"]
    return made
