"""The guide of a demonstration, its pictures, and the open doors to the windows of its people.

These addresses do not exist without ``--demo`` (``config.urls``); each view refuses once more.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_otp import login as pass_second_factor
from django_otp.plugins.otp_totp.models import TOTPDevice

from staydown_web.accounts.models import User
from staydown_web.accounts.services import note_session
from staydown_web.audit.services import record_event
from staydown_web.base.clock import utc_now
from staydown_web.base.commands import as_called
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.config.demo.platform.seeds import MEDIA
from staydown_web.config.demo.sample import read_sample
from staydown_web.config.demo.seeding import CASEWORKER, REVIEWER, SECOND, demo_folder

P = ParamSpec("P")
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def demo_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Answer as if the page did not exist, unless this is a demonstration on this machine."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not (settings.STAYDOWN_DEMO and is_from_here(request)):
            raise RecordNotFoundError("there is no such page")
        return view(request, *args, **kwargs)

    return guarded


def is_from_here(request: HttpRequest) -> bool:
    """Whether a request comes from this machine, without a proxy between."""
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        return ipaddress.ip_address(str(request.META.get("REMOTE_ADDR", ""))).is_loopback
    except ValueError:
        return False


@login_not_required
@demo_only
@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """The way through, step by step."""
    origin = settings.STAYDOWN_DEMO_ORIGIN
    context = {
        "platform": origin,
        "post": f"{origin}/p/bridge",
        "clip": f"{origin}/p/pan",
        "sample": read_sample(demo_folder()),
        "verify": as_called("staydown verify FILE --key key.pem", needs_data=False),
    }
    return render(request, "demo/guide.html", context)


@login_not_required
@demo_only
@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """One of the package's own pictures or clips, to keep on the device."""
    if name not in {path.name for path in MEDIA.iterdir() if path.suffix in {".jpg", ".mp4"}}:
        raise RecordNotFoundError("there is no such picture")
    return FileResponse((MEDIA / name).open("rb"), as_attachment=True, filename=name)


@login_not_required
@demo_only
@require_POST
def open_reviewer(request: HttpRequest) -> HttpResponse:
    """Sign in as the demo's reviewer without a password."""
    return _open(request, REVIEWER, "review:queue")


@login_not_required
@demo_only
@require_POST
def open_second(request: HttpRequest) -> HttpResponse:
    """Sign in as the second reviewer, who answers complaints about what the first decided."""
    return _open(request, SECOND, "review:complaints")


@login_not_required
@demo_only
@require_POST
def open_caseworker(request: HttpRequest) -> HttpResponse:
    """Sign in as a caseworker of the demo's helpline."""
    return _open(request, CASEWORKER, "portal:caseload")


def _open(request: HttpRequest, username: str, page: str) -> HttpResponse:
    user = User.objects.get(username=username)
    login(request, user, backend=_BACKEND)
    pass_second_factor(request, TOTPDevice.objects.get(user=user))
    if request.session.session_key is None:  # it was another person's, and was emptied
        request.session.create()
    now = utc_now()
    note_session(
        user=user,
        session_key=cast("str", request.session.session_key),
        agent=request.headers.get("User-Agent", ""),
        now=now,
    )
    record_event(
        what="user_signed_in",
        actor=f"user:{user.pk}",
        at=now,
        subject=f"user:{user.pk}",
        facts={"by": "demo"},
    )
    return redirect(page)
