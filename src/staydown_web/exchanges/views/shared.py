"""What every page of this room needs."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from staydown_web.accounts.models import User
from staydown_web.base.access import has_rank
from staydown_web.base.clock import utc_now


def user_of(request: HttpRequest) -> User:
    """Who is signed in; the middleware lets nobody else come here."""
    return cast("User", request.user)


def actor_of(request: HttpRequest) -> str:
    """How the audit names who is signed in."""
    return f"user:{user_of(request).pk}"


def sharing_page(
    request: HttpRequest, template: str, shown: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page under the entry "Sharing" of the bar."""
    base = {"area": "sharing", "may_change": has_rank(request.user, "admin"), "now": utc_now()}
    return render(request, template, {**base, **shown}, status=status)
