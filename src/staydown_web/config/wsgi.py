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
_pages = get_wsgi_application()

from staydown_web.config import quick_lane  # noqa: E402 - after Django is set up
from staydown_web.config.api_handler import ApiHandler  # noqa: E402 - after Django is set up

_calls = ApiHandler()
_CALLS = ("/api/", "/h/", "/m/", "/c/", "/hooks/", "/federation/v1/")
"""Addresses that programs call; the rest are pages."""
_API_PAGE = "/api/v1/docs"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request."""
    if quick_lane.takes(environ):
        return quick_lane.answer(environ, start_response)
    path = environ.get("PATH_INFO", "")
    if path.startswith("//"):
        # Clients put an address that ends in a slash before one that begins with one.
        path = environ["PATH_INFO"] = "/" + path.lstrip("/")
    if path.startswith(_CALLS) and path != _API_PAGE:
        return _calls(environ, start_response)
    return _pages(environ, start_response)
