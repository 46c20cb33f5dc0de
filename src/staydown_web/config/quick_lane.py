"""The one call that comes thousands of times a second, without a framework around it.

``POST /api/v1/check`` with a JSON body: headers and body come straight from WSGI, everything that
decides is what the same call does in ``screening.api``. Source: ADR-0024.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db import close_old_connections

from staydown.errors import StaydownError
from staydown_web.base.errors import DatabaseUnreachableError
from staydown_web.base.outages import outage_of
from staydown_web.config.api import problem_of
from staydown_web.screening.api import check_json

log = logging.getLogger("staydown.web")
_PATH = "/api/v1/check"
_JSON = "application/json"
_MOST_BYTES = 1 << 20
"""Longer bodies go the usual way, which knows the limits of forms and files."""
_SAFE = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]

Start = Callable[..., Any]


def takes(environ: dict[str, Any]) -> bool:
    """Whether a request is one for the quick lane."""
    if environ["PATH_INFO"] != _PATH or environ["REQUEST_METHOD"] != "POST":
        return False
    length = environ.get("CONTENT_LENGTH") or ""
    return (
        environ.get("CONTENT_TYPE") == _JSON
        and length.isascii()
        and length.isdigit()
        and int(length) <= _MOST_BYTES
    )


def answer(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    """Answer a check."""
    try:
        body = _check(environ)
    except StaydownError as error:
        response = problem_of(error)
        body = response.content
        status = f"{response.status_code} {HTTPStatus(response.status_code).phrase}"
        start_response(status, [*response.items(), ("Content-Length", str(len(body))), *_SAFE])
        return [body]
    start_response("200 OK", [("Content-Type", _JSON), ("Content-Length", str(len(body))), *_SAFE])
    return [body]


def _check(environ: dict[str, Any]) -> bytes:
    """The answer to a check; asked once more where a connection to the database had broken.

    Raises:
        StaydownError: also where the database or a disk fails.
    """
    given = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    for is_last in (False, True):
        try:
            return check_json(
                given,
                authorization=environ.get("HTTP_AUTHORIZATION", ""),
                idempotency_key=environ.get("HTTP_IDEMPOTENCY_KEY", ""),
            )
        except StaydownError:
            raise
        except BaseException as error:
            # A connection that broke must not be met by the next call.
            close_old_connections()
            outage = outage_of(error)
            # The same content at the same place is one finding, however often it is asked about.
            if isinstance(outage, DatabaseUnreachableError) and not is_last:
                continue
            if outage is not None:
                log.error("error %s", outage.code)  # noqa: TRY400 - a trace could hold what was sent
                raise outage from None
            raise
    raise AssertionError("the last try answers or raises")
