"""What a machine is for, where there are several: everything, pages and calls, or checks alone.

Machines are alike: each asks the same database and maps the same bank. They differ in which
processes run there, and in what the web server answers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Role(StrEnum):
    """What ``staydown serve`` starts."""

    ALL = "all"
    """Pages, calls and the worker."""
    WEB = "web"
    """Pages and calls; the worker runs elsewhere."""
    CHECKER = "checker"
    """Checks alone: who uploads reaches no page there."""


ROLE_VARIABLE: Final = "STAYDOWN_ROLE"
"""Tells the web server what its machine is for."""

CHECKS: Final = (
    "/api/v1/check",
    "/api/v1/hits",
    "/hooks/",
    "/h/",
    "/m/",
    "/status",
    "/livez",
    "/readyz",
    "/metrics",
)
"""Beginnings of the addresses that a checker answers."""


def in_role(application: Application) -> Application:
    """An application as the role of this process has it."""
    is_checker = os.environ.get(ROLE_VARIABLE) == Role.CHECKER
    return only_checks(application) if is_checker else application


def only_checks(application: Application) -> Application:
    """An application that answers checks alone, as the whole one does."""
    from staydown_web.base.middleware import problem

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = "/" + environ.get("PATH_INFO", "").lstrip("/")
        if path.startswith(CHECKS):
            return application(environ, start_response)
        found = problem(404, "address_unknown", "this machine answers checks alone")
        headers = [*found.items(), ("Content-Length", str(len(found.content)))]
        start_response("404 Not Found", headers)
        return [found.content]

    return answer
