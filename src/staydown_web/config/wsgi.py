"""What the web server calls: pages go through all middleware, API calls through two layers.

A call by a program has no session, no language and no form, and brings its own proof of who it is.
The full stack would cost it more time than the check itself. Source: ADR-0024.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "staydown_web.config.settings")
pages = get_wsgi_application()

from staydown_web.config import quick_lane  # noqa: E402 - after Django is set up
from staydown_web.config.api_handler import ApiHandler  # noqa: E402 - after Django is set up
from staydown_web.config.lanes import Lanes  # noqa: E402 - after Django is set up

_calls = ApiHandler()
_CALLS = ("/api/", "/h/", "/m/", "/c/", "/hooks/", "/federation/v1/")
"""Addresses that programs call; the rest are pages."""
_API_PAGE = "/api/v1/docs"


lanes = Lanes()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request, in its lane."""
    if quick_lane.takes(environ):
        return lanes.through(environ, start_response, quick_lane.answer, is_quick=True)
    path = environ.get("PATH_INFO", "")
    if path.startswith("//"):
        # Clients put an address that ends in a slash before one that begins with one.
        environ["PATH_INFO"] = "/" + path.lstrip("/")
    return lanes.through(environ, start_response, _usual, is_quick=False)


def _usual(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ.get("PATH_INFO", "")
    if path.startswith(_CALLS) and path != _API_PAGE:
        return _calls(environ, start_response)
    return pages(environ, start_response)
