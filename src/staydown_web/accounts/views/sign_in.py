"""Coming in and going out."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from staydown_web.accounts import services
from staydown_web.accounts.forms import JoinForm, PasswordForm, SignInForm
from staydown_web.accounts.models import Invitation, User
from staydown_web.accounts.selectors import open_invitation
from staydown_web.accounts.services.people import draw_pseudonym
from staydown_web.accounts.views.factor import set_up_address
from staydown_web.base.access import client_address, onward_address
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RateLimitedError

BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password; then the second factor."""
    onward = onward_address(request, settings.LOGIN_REDIRECT_URL)
    if request.user.is_authenticated:
        done = request.user.is_verified()  # type: ignore[attr-defined]
        return redirect(onward if done else _factor_address(onward))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = _checked(request, form)
        if user is not None:
            login(request, user, backend=BACKEND)
            return redirect(_factor_address(onward))
    status = 429 if getattr(form, "is_limited", False) else 200
    shown = {"form": form, "next": onward, "is_lost": bool(request.GET.get("lost"))}
    return render(request, "accounts/sign_in.html", shown, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    messages.success(request, _("You are signed out."))
    return redirect("accounts:login")


sign_out.second_factor_not_required = True  # type: ignore[attr-defined]


@login_not_required
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Open a link that works once: choose a name and a password, then set up the second factor."""
    now, onward = utc_now(), onward_address(request, settings.LOGIN_REDIRECT_URL)
    link = open_invitation(token=token, now=now)
    if link is None:
        return render(request, "accounts/link_used.html", status=404)
    is_new = link.purpose == Invitation.Purpose.JOIN
    first = {"pseudonym": draw_pseudonym()} if is_new and request.method != "POST" else None
    form = (JoinForm if is_new else PasswordForm)(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.accept_invitation(
                token=token,
                name=form.cleaned_data.get("name", ""),
                password=form.cleaned_data["password"],
                pseudonym=form.cleaned_data.get("pseudonym", ""),
                now=now,
            )
        except FieldsError as error:
            for field, text in error.fields.items():
                form.add_error(field, text)
        else:
            login(request, user, backend=BACKEND)
            return redirect(set_up_address(onward))
    shown = {"form": form, "link": link, "is_new": is_new, "next": onward}
    return render(request, "accounts/join.html", shown)


def _checked(request: HttpRequest, form: SignInForm) -> User | None:
    name, address, now = form.cleaned_data["name"], client_address(request), utc_now()
    try:
        user = services.check_password(
            request=request,
            name=name,
            password=form.cleaned_data["password"],
            address=address,
            now=now,
        )
    except RateLimitedError:
        wait_s = max(1, services.sign_in_wait_s(name=name, address=address, now=now))
        form.is_limited = True  # type: ignore[attr-defined]
        form.add_error(None, _wait_words(wait_s))
        return None
    if user is None:
        form.add_error(None, _("This name and password do not fit together. Please try again."))
    return user


def _wait_words(wait_s: int) -> str:
    if wait_s < 60:
        return ngettext(
            "Too many tries. Please wait %(n)d second, then try again.",
            "Too many tries. Please wait %(n)d seconds, then try again.",
            wait_s,
        ) % {"n": wait_s}
    minutes = -(-wait_s // 60)
    return ngettext(
        "Too many tries. Please wait %(n)d minute, then try again.",
        "Too many tries. Please wait %(n)d minutes, then try again.",
        minutes,
    ) % {"n": minutes}


def _factor_address(onward: str) -> str:
    return f"{resolve_url('accounts:second_factor')}?{urlencode({'next': onward})}"
