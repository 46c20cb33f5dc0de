"""Answers in HMA's shapes, and the one door that every call goes through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError

from staydown.errors import StaydownError
from staydown_web.base.errors import HmaRefusedError, RateLimitedError
from staydown_web.base.statuses import http_status
from staydown_web.hma.services import caller_of

_JSON = "application/json"
_REALM = 'Bearer realm="staydown", Basic realm="staydown"'


Call = Callable[..., HttpResponse]
"""Answers one method of an address: takes the request, the caller, and the address's names."""
Way = tuple[Call, tuple[str, ...]]
"""What answers a method, and the scopes of which the caller needs one."""


def door(ways: Mapping[str, Way]) -> Callable[..., HttpResponse]:
    """The view of an address: the caller is checked first, and every error has HMA's shape.

    Args:
        ways: method -> what answers it; HEAD goes with GET.
    """
    allowed = ", ".join(sorted({*ways, *(("HEAD",) if "GET" in ways else ())}))

    def view(request: HttpRequest, **names: Any) -> HttpResponse:
        method = "GET" if request.method == "HEAD" else str(request.method)
        way = ways.get(method)
        if way is None:
            response = message("this address does not take this method", 405)
            response["Allow"] = allowed
            return response
        try:
            return way[0](request, caller_of(request.META, *way[1]), **names)
        except ValidationError as error:
            return _invalid(error)
        except StaydownError as error:
            return _refused(error)

    view.login_required = False  # type: ignore[attr-defined] # a key opens it, not a session
    return cast("Callable[..., HttpResponse]", csrf_exempt(view))


def answer(data: Any, status: int = 200) -> HttpResponse:
    """A JSON answer."""
    response = HttpResponse(orjson.dumps(data), content_type=_JSON, status=status)
    # The layer around all calls leaves the shape of these as it is, errors too.
    response.has_own_shape = True  # type: ignore[attr-defined]
    return response


def message(text: str, status: int) -> HttpResponse:
    """An error, as HMA words them."""
    return answer({"message": text}, status)


def _refused(error: StaydownError) -> HttpResponse:
    status = error.status if isinstance(error, HmaRefusedError) else http_status(error)
    response = message(str(error), status)
    response["Staydown-Code"] = error.code
    if isinstance(error, RateLimitedError):
        response["Retry-After"] = str(max(1, error.retry_after_s))
    elif error.retryable or status == 503:
        response["Retry-After"] = "1"
    if status == 401:
        response["WWW-Authenticate"] = _REALM
    return response


def _invalid(error: ValidationError) -> HttpResponse:
    """What is wrong with parameters, as HMA lists it; what was sent is not sent back."""
    rows = error.errors(include_url=False, include_input=False, include_context=False)
    response = answer(rows, 422)
    response["Staydown-Code"] = "request_invalid"
    return response
