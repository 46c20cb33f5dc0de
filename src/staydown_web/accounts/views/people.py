"""Colleagues, for administrators; and each one's own page."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staydown_web.accounts import services
from staydown_web.accounts.forms import ChangeUserForm, InviteForm, PreferencesForm
from staydown_web.accounts.models import User
from staydown_web.accounts.selectors import backup_codes_left, colleague, colleagues
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now


@require_safe
@role_required(User.Role.ADMIN)
def people(request: HttpRequest) -> HttpResponse:
    """Who works here."""
    return _people(request)


@require_POST
@role_required(User.Role.ADMIN)
def invite(request: HttpRequest) -> HttpResponse:
    """Make a link for a new colleague; it is shown once."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _people(request, status=400)
    token = services.invite(
        role=form.cleaned_data["role"], created_by=cast("User", request.user), now=utc_now()
    )
    return _people(request, link=_link(token))


@require_POST
@role_required(User.Role.ADMIN)
def change_user(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Another role, out, in again, or a link to set password and second factor anew."""
    form = ChangeUserForm(request.POST)
    target, actor, now = colleague(user_id), cast("User", request.user), utc_now()
    if not form.is_valid():
        return _people(request, status=400)
    match form.cleaned_data["do"]:
        case "reset":
            token = services.invite(role=target.role, user=target, created_by=actor, now=now)
            return _people(request, link=_link(token), reset_of=target)
        case "disable":
            services.disable_user(user_id=target.pk, actor=actor, now=now)
            messages.success(request, _("%(name)s is let in no more.") % {"name": target.username})
        case "enable":
            services.enable_user(user_id=target.pk, actor=actor, now=now)
            messages.success(request, _("%(name)s is let in again.") % {"name": target.username})
        case _other:
            role = form.cleaned_data["role"] or target.role
            services.change_role(user_id=target.pk, role=role, actor=actor, now=now)
            messages.success(request, _("The role was changed."))
    return redirect("accounts:people")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """One's own page: limits, breaks, spare codes, going out."""
    user = cast("User", request.user)
    first = {
        "exposure_limit": user.exposure_limit,
        "break_every_minutes": user.break_every_minutes,
    }
    form = PreferencesForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        services.save_preferences(user=user, now=utc_now(), **form.cleaned_data)
        messages.success(request, _("Your choices are kept."))
        return redirect("accounts:me")
    shown = {"form": form, "codes_left": backup_codes_left(user), "area": "me"}
    return render(request, "accounts/me.html", shown)


def _people(
    request: HttpRequest, *, link: str = "", reset_of: User | None = None, status: int = 200
) -> HttpResponse:
    shown = {
        "people": colleagues(),
        "roles": User.Role.choices,
        "form": InviteForm(),
        "link": link,
        "reset_of": reset_of,
        "area": "people",
    }
    return render(request, "accounts/people.html", shown, status=status)


def _link(token: str) -> str:
    return f"{settings.STAYDOWN_URL}{resolve_url('accounts:join', token=token)}"
