"""The second factor: setting it up, and asking for it."""

from __future__ import annotations

import io
from base64 import b32encode
from typing import cast
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as otp_login
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from staydown_web.accounts import services
from staydown_web.accounts.forms import CodeForm
from staydown_web.accounts.models import User
from staydown_web.accounts.selectors import code_wait_s, has_second_factor
from staydown_web.base.access import onward_address
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RateLimitedError


@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for a code; lead those who have no second factor yet to set it up."""
    user = cast("User", request.user)
    onward = onward_address(request, settings.LOGIN_REDIRECT_URL)
    if user.is_verified():  # type: ignore[attr-defined]
        return redirect(onward)
    if not has_second_factor(user):
        return redirect(set_up_address(onward))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        try:
            device = services.check_code(user=user, code=code, now=utc_now())
        except RateLimitedError as error:
            form.add_error("code", too_soon(error.retry_after_s))
        else:
            if device is not None:
                _let_in(request, device)
                return redirect(onward)
            form.add_error("code", wrong_code(user))
    return render(request, "accounts/second_factor.html", {"form": form, "next": onward})


@require_http_methods(["GET", "HEAD", "POST"])
def set_up_factor(request: HttpRequest) -> HttpResponse:
    """Show the key as a drawing and as letters; take the first code; show the spare codes once."""
    user = cast("User", request.user)
    onward = onward_address(request, settings.LOGIN_REDIRECT_URL)
    if has_second_factor(user) and not user.is_verified():  # type: ignore[attr-defined]
        # Whoever knows the password alone must not replace the second factor.
        return redirect("accounts:second_factor")
    device = services.begin_factor(user=user)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        try:
            confirmed = services.confirm_factor(user=user, code=code, now=utc_now())
        except RateLimitedError as error:
            form.add_error("code", too_soon(error.retry_after_s))
        else:
            if confirmed is not None:
                _let_in(request, confirmed[0])
                # Whoever held the old app is out.
                services.end_all_sessions(
                    user_id=user.pk,
                    actor=user,
                    keep=request.session.session_key or "",
                    now=utc_now(),
                )
                return _codes_page(request, confirmed[1], onward)
            form.add_error("code", wrong_code(user))
    key = b32encode(device.bin_key).decode().rstrip("=")
    shown = {
        "form": form,
        "drawing": _drawing(device),
        "key": " ".join(key[at : at + 4] for at in range(0, len(key), 4)),
        "account": user.username,
        "next": onward,
    }
    return render(request, "accounts/set_up_factor.html", shown)


@require_POST
def renew_codes(request: HttpRequest) -> HttpResponse:
    """New spare codes, shown once."""
    codes = services.renew_backup_codes(user=cast("User", request.user), now=utc_now())
    onward = resolve_url(settings.LOGIN_REDIRECT_URL)
    return _codes_page(request, codes, onward, is_renewed=True)


def set_up_address(onward: str) -> str:
    """The page that sets a second factor up, and leads on from there.

    Args:
        onward: a page of ours, of ``onward_address``.
    """
    at = resolve_url("accounts:set_up_factor")
    is_usual = onward == resolve_url(settings.LOGIN_REDIRECT_URL)
    return at if is_usual else f"{at}?{urlencode({'next': onward})}"


for _view in (second_factor, set_up_factor):
    _view.second_factor_not_required = True  # type: ignore[attr-defined]


def _codes_page(
    request: HttpRequest, codes: list[str], onward: str, *, is_renewed: bool = False
) -> HttpResponse:
    shown = {"codes": codes, "is_renewed": is_renewed, "onward": onward}
    return render(request, "accounts/backup_codes.html", shown)


def _drawing(device: TOTPDevice) -> SafeString:
    """The address for the app as a QR code: one path in an SVG, without styles or scripts."""
    buffer = io.BytesIO()
    segno.make(device.config_url, error="m", micro=False).save(
        buffer,
        kind="svg",
        xmldecl=False,
        svgns=False,
        omitsize=True,
        border=3,
        light="#fff",
        dark="#000",
        svgclass="qr",
        lineclass=None,
        title=None,
    )
    return mark_safe(buffer.getvalue().decode())  # noqa: S308 - segno writes numbers alone


def _let_in(request: HttpRequest, device: TOTPDevice | StaticDevice) -> None:
    """Both factors were shown: the session gets a new key, and stands in the list of its owner."""
    otp_login(request, device)
    request.session.cycle_key()
    services.note_session(
        user=cast("User", request.user),
        session_key=cast("str", request.session.session_key),
        agent=request.headers.get("User-Agent", ""),
        now=utc_now(),
    )


def wrong_code(user: User) -> str:
    """What to say after a code that does not fit: with the pause there is now, if any."""
    wait_s = code_wait_s(user=user, now=utc_now())
    if not wait_s:
        return _("This code does not fit. Codes change every 30 seconds: try the one shown now.")
    return ngettext(
        "This code does not fit. Please wait %(n)d second, then try the one shown then.",
        "This code does not fit. Please wait %(n)d seconds, then try the one shown then.",
        wait_s,
    ) % {"n": wait_s}


def too_soon(wait_s: int) -> str:
    """What to say of a code that was not looked at."""
    return ngettext(
        "After a wrong code there is a pause. Please wait %(n)d second, then send your code. "
        "This try was not counted.",
        "After a wrong code there is a pause. Please wait %(n)d seconds, then send your code. "
        "This try was not counted.",
        wait_s,
    ) % {"n": wait_s}
