"""The HTTP API: one ``NinjaAPI`` that every room adds its part to."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from staydown.errors import StaydownError
from staydown_web.base.middleware import problem
from staydown_web.base.statuses import http_status

api = NinjaAPI(
    title="Staydown",
    version="1",
    description="Check uploads, read hits, answer orders. Keys: `Authorization: Bearer KEY`.",
    urls_namespace="api",
    docs_url=None,
)


@api.exception_handler(StaydownError)
def _deliberate(request: HttpRequest, error: StaydownError) -> HttpResponse:
    return problem(http_status(error), error.code, str(error))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    where = [".".join(str(part) for part in row["loc"]) for row in error.errors]
    return problem(422, "request_invalid", "these parts of the request are wrong", fields=where)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, "request_refused", str(error))
