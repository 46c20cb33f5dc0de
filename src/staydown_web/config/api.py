"""The HTTP API: one ``NinjaAPI`` that every room adds its part to."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from staydown.errors import StaydownError
from staydown_web.base.errors import FieldsError, OutageError, RateLimitedError
from staydown_web.base.middleware import answer_outage, problem
from staydown_web.base.outages import outage_of
from staydown_web.base.statuses import http_status

log = logging.getLogger("staydown.web")
ROOMS: Final = ("screening", "actions", "exchanges", "replicas", "reports")
"""Rooms with calls of their own, in the order in which the documentation shows them."""


class ServiceApi(NinjaAPI):
    """The API; its calls ask for keys and not for a session, so the closed door lets them by."""

    @property
    def urls(self) -> Any:
        """What goes into the table of addresses."""
        patterns, app, namespace = super().urls
        for pattern in patterns:
            view: Any = pattern.callback
            view.login_required = False
        return patterns, app, namespace

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The OpenAPI, with errors as the problem details that they are."""
        schema = super().get_openapi_schema(**options)
        for methods in schema["paths"].values():
            for call in methods.values():
                for status, response in call["responses"].items():
                    content = response.get("content", {})
                    if int(status) >= 400 and "application/json" in content:
                        content["application/problem+json"] = content.pop("application/json")
        return schema


api = ServiceApi(
    title="Staydown",
    version="1",
    description="Check uploads, read what was found, answer orders. Keys travel as "
    "`Authorization: Bearer KEY`. Errors are problem details (RFC 9457) with a stable `code`.",
    urls_namespace="api",
    docs_url=None,
)

for _room in ROOMS:
    if find_spec(f"staydown_web.{_room}.api") is not None:
        api.add_router("", import_module(f"staydown_web.{_room}.api").router)


@api.exception_handler(StaydownError)
def _deliberate(request: HttpRequest, error: StaydownError) -> HttpResponse:
    return problem_of(error)


def problem_of(error: StaydownError) -> HttpResponse:
    """A deliberate error as problem details, with what the caller needs to go on."""
    more: dict[str, Any] = {}
    if isinstance(error, FieldsError):
        more["fields"] = error.fields
    status = http_status(error)
    if status == 500:  # what is busy or unreachable for the moment says so elsewhere
        log.error("error %s", error.code)
    response = problem(status, error.code, str(error), **more)
    if isinstance(error, OutageError):
        response["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, RateLimitedError):
        response["Retry-After"] = str(max(1, error.retry_after_s))
    elif error.retryable or response.status_code == 503:
        response["Retry-After"] = "1"
    if response.status_code == 401:
        response["WWW-Authenticate"] = 'Bearer realm="staydown"'
    return response


@api.exception_handler(DatabaseFailure)
@api.exception_handler(OSError)
def _outage(request: HttpRequest, error: Exception) -> HttpResponse:
    outage = outage_of(error)
    if outage is None:
        raise error
    return answer_outage(request, outage)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = {_name(row["loc"]): _remedy(row["type"]) for row in error.errors}
    return problem(422, "request_invalid", "some parts of the request are wrong", fields=fields)


def _name(loc: Iterable[str | int]) -> str:
    """How whoever sent it calls a part: without where it lies and what our function calls it."""
    place, *names = map(str, loc)
    return ".".join(names[1:] if place == "body" and len(names) > 1 else names) or place


def _remedy(kind: str) -> str:
    """What to do about a part of a request; the framework's own words can repeat what was sent."""
    if kind == "missing":
        return "missing"
    return "of a wrong type or range; the OpenAPI says what it may be"


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, "request_refused", str(error))
