"""``/status``, ``/status/live`` and ``/site-map``: whether we are there, and what there is."""

from __future__ import annotations

import re

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern
from django.views.decorators.http import require_safe

from staydown_web.banks.services import is_ready

ALIVE = "I-AM-ALIVE"
NOT_LOADED = "INDEX-NOT-LOADED"
_TEXT = "text/plain; charset=utf-8"
_CONVERTER = re.compile(r"<str:")


@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers, ready or not."""
    return HttpResponse(ALIVE, content_type=_TEXT)


@login_not_required
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The same for Kubernetes."""
    return HttpResponse("OK", content_type=_TEXT)


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 once the bank is mapped, for Kubernetes."""
    if not is_ready():
        return HttpResponse(NOT_LOADED, content_type=_TEXT, status=503)
    return HttpResponse("READY", content_type=_TEXT)


@login_not_required
@require_safe
def site_map(request: HttpRequest) -> JsonResponse:
    """The addresses of these calls."""
    from staydown_web.hma.urls import urlpatterns

    routes = [_CONVERTER.sub("<", _route(pattern)) for pattern in urlpatterns]
    return JsonResponse(sorted({"/status", *routes}), safe=False)


def _route(pattern: URLPattern) -> str:
    return f"/{pattern.pattern}"
