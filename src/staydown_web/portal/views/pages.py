"""What the pages share: their policies, the aside with help lines, the address of leaving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from staydown_web.portal.selectors import helplines

_CLOSED: Final[dict[str, Any]] = {
    "default-src": [NONE],
    "style-src": [SELF],
    "connect-src": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
    "require-trusted-types-for": ["'script'"],
}

NOTICE_POLICY: Final[dict[str, Any]] = {
    **_CLOSED,
    "script-src": [SELF, "'wasm-unsafe-eval'"],
    "img-src": [SELF, "blob:", "data:"],
    "media-src": ["blob:"],
    "worker-src": [SELF],
    "form-action": [NONE],
    "trusted-types": ["staydown-worker"],
}
"""While she works on a notice nothing can leave: no request, no form (ADR-0030)."""

SEND_POLICY: Final[dict[str, Any]] = {
    **_CLOSED,
    "script-src": [SELF],
    "img-src": [SELF, "data:"],
    "form-action": [SELF],
    "trusted-types": [NONE],
}
"""The other pages of the person: forms to ourselves, and no request by a script."""


View = TypeVar("View", bound=Callable[..., HttpResponse])


def policy(directives: dict[str, Any]) -> Callable[[View], View]:
    """Answer with this content security policy instead of the service's usual one."""
    return cast("Callable[[View], View]", csp(directives))


def refused(
    request: HttpRequest, template: str, facts: dict[str, Any], *, own: str = ""
) -> HttpResponse:
    """The page that says why something was not taken, with what was typed.

    It takes an address that a browser can simply open, so that who turns back to it is not asked
    whether to send it again. What was typed since is kept by the browser, and by nobody else.

    Args:
        request: what was sent.
        template: of a page that also answers at its own address.
        facts: of the template, with ``errors``.
        own: address of the page; empty where it was sent there.
    """
    shown = {**facts, "own_address": own or request.path}
    return render(request, template, shown, status=400)


def aside(request: HttpRequest) -> dict[str, Any]:
    """What ``portal/aside.html`` shows: the lines of the country that the browser hints at."""
    code = helplines.country_of(request.headers.get("Accept-Language", ""))
    return {"country": helplines.help_lines(code), "countries": helplines.countries()}


def asked_country(request: HttpRequest) -> str:
    """The country that the reader chose in the list, else the browser's hint."""
    chosen = request.GET.get("c", "")
    if chosen in helplines.COUNTRIES:
        return chosen
    return helplines.country_of(request.headers.get("Accept-Language", ""))
