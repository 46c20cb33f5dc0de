"""Counts and times every request by its lane and status, around all that answers; names nobody."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.http import Http404
from django.urls import resolve

from staydown_web.base.counting import count, observe
from staydown_web.base.tracing import is_tracing, span
from staydown_web.config import lanes, quick_lane

Environ = dict[str, Any]
Start = Callable[..., Any]
Answer = Callable[[Environ, Start], Iterable[bytes]]

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


def counted(answer: Answer, *, lane_of: Callable[[Environ], str]) -> Answer:
    """The same application, counted and, where an operator asked for it, traced.

    Args:
        answer: what answers requests.
        lane_of: which lane a request goes through.
    """

    def through(environ: Environ, start_response: Start) -> Iterable[bytes]:
        began, lane, status = time.perf_counter(), lane_of(environ), "500"

        def start(line: str, headers: Any, *more: Any) -> Any:
            nonlocal status
            status = line[:3]
            return start_response(line, headers, *more)

        try:
            if not is_tracing():
                return answer(environ, start)
            with span("request", lane=lane, **_about(environ)) as made:
                try:
                    return answer(environ, start)
                finally:
                    made.note(status=int(status))
        finally:
            count("requests_total", lane, status)
            observe("request_seconds", time.perf_counter() - began, lane)

    return through


def lane_of(environ: Environ) -> str:
    """Which lane of ours a request goes through."""
    return "check" if quick_lane.takes(environ) else lanes.lane_of(environ)


def _about(environ: Environ) -> dict[str, str]:
    """Method and name of the route: never the address, which names cases."""
    method = str(environ.get("REQUEST_METHOD", ""))
    try:
        route = resolve(str(environ.get("PATH_INFO", ""))).view_name
    except Http404:
        route = "unknown"
    return {"method": method if method in _METHODS else "other", "route": route}
