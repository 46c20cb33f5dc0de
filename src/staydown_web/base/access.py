"""Who may open what: roles, and the address a request comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from ipaddress import IPv6Address
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import resolve
from django.utils.http import url_has_allowed_host_and_scheme

from staydown_web.base.errors import NotAllowedError

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

RANKS = {"reviewer": 1, "lead": 2, "admin": 3}
"""Each role holds the rights of the ones before it. A caseworker has no rank: see ADR-0059."""
CASEWORKER = "caseworker"


def has_rank(user: Any, role: str) -> bool:
    """Whether somebody signed in holds a role or one above it."""
    return bool(
        getattr(user, "is_authenticated", False)
        and user.is_active
        and RANKS.get(getattr(user, "role", ""), 0) >= RANKS[role]
    )


def role_required(role: str) -> Callable[[View[P]], View[P]]:
    """Let in who holds the role or one above it; a signed-in other gets ``not_allowed``.

    Signing in and the second factor are asked for by ``base.middleware`` before a view runs.

    Args:
        role: reviewer, lead or admin; a member of ``accounts.User.Role`` will do.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not has_rank(request.user, str(role)):
                raise NotAllowedError("your role does not open this page; ask an administrator")
            return view(request, *args, **kwargs)

        guarded.required_role = str(role)  # type: ignore[attr-defined]
        return guarded

    return decorate


def caseworker_required(view: View[P]) -> View[P]:
    """Let in caseworkers of a helpline alone: administrators have no business in its cases."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_caseworker(request.user):
            raise NotAllowedError("this page is for caseworkers of a helpline")
        return view(request, *args, **kwargs)

    guarded.required_role = CASEWORKER  # type: ignore[attr-defined]
    return guarded


def is_caseworker(user: Any) -> bool:
    """Whether somebody signed in works for a helpline."""
    return bool(
        getattr(user, "is_authenticated", False)
        and user.is_active
        and getattr(user, "role", "") == CASEWORKER
        and user.team_id is not None
    )


def client_address(request: HttpRequest) -> str:
    """The address a request comes from; behind a proxy, the one that the proxy saw.

    Of IPv6 the network of 64 bits: whoever has one address of it has all of them.
    """
    return address_of(request.META)


def address_of(meta: Mapping[str, Any]) -> str:
    """The same for a request that is not Django's yet."""
    if settings.SECURE_PROXY_SSL_HEADER:
        forwarded = str(meta.get("HTTP_X_FORWARDED_FOR", ""))
        # The last one is the proxy's own word; those before it are the sender's.
        if last := forwarded.rpartition(",")[2].strip():
            return _household(last)
    return _household(str(meta.get("REMOTE_ADDR", "")))


def _household(address: str) -> str:
    if ":" not in address:
        return address
    try:
        parsed = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"


def sign_in_address(request: HttpRequest) -> str:
    """The door for who sent something without being signed in: it says that nothing was done.

    From there they go on to the page on which they sent it, and not to the address of its button,
    which nobody can open.
    """
    query = urlencode({"next": page_before(request), "lost": 1})
    return f"{resolve_url(settings.LOGIN_URL)}?{query}"


def page_before(request: HttpRequest) -> str:
    """The page of ours with the form that was sent, as far as the browser says or the address."""
    own, before = request.path, urlsplit(request.headers.get("Referer", ""))
    is_ours = before.netloc == request.get_host()
    for path in (before.path if is_ours else "", own.rstrip("/").rpartition("/")[0] + "/"):
        if path.startswith("/staff/") and path != own and _is_there(path):
            return path
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def _is_there(path: str) -> bool:
    try:
        resolve(path)
    except Http404:
        return False
    return True


def onward_address(request: HttpRequest, otherwise: str) -> str:
    """Where a form or link says to go on, if that is a page of ours.

    Args:
        request: with ``next`` in its form or address.
        otherwise: the name or address of another page.
    """
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else resolve_url(otherwise)
