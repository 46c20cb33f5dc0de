"""Colleagues, for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from staydown_web.accounts import services
from staydown_web.accounts.forms import (
    ChangeUserForm,
    InviteForm,
    OpenTeamForm,
    TeamForm,
)
from staydown_web.accounts.models import User
from staydown_web.accounts.selectors import colleague, colleagues, teams
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RecordConflictError


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
        return _people(request, form=form, status=400)
    actor = cast("User", request.user)
    token = services.invite(created_by=actor, now=utc_now(), **form.cleaned_data)
    return _people(request, link=_link(token))


@require_POST
@role_required(User.Role.ADMIN)
def add_team(request: HttpRequest) -> HttpResponse:
    """Add a helpline."""
    form = TeamForm(request.POST)
    if form.is_valid():
        try:
            name, actor = form.cleaned_data["name"], cast("User", request.user)
            services.make_team(name=name, actor=actor, now=utc_now())
        except FieldsError as error:
            form.add_error("name", error.fields["name"])
        else:
            messages.success(request, _("The helpline was added. Now invite its caseworkers."))
            return redirect("accounts:people")
    return _people(request, team_form=form, status=400)


@require_POST
@role_required(User.Role.ADMIN)
def change_team(request: HttpRequest, team_id: UUID) -> HttpResponse:
    """Open a helpline to people who share their case, or close it to new ones."""
    form = OpenTeamForm(request.POST)
    takes_cases = form.is_valid() and form.cleaned_data["takes_cases"]
    actor = cast("User", request.user)
    services.open_team(team_id=team_id, takes_cases=takes_cases, actor=actor, now=utc_now())
    messages.success(request, _("Your choice is kept."))
    return redirect("accounts:people")


@require_POST
@role_required(User.Role.ADMIN)
def change_user(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Another role, out, in again, signed out, or a link for a new password and second factor."""
    form = ChangeUserForm(request.POST)
    target, actor, now = colleague(user_id), cast("User", request.user), utc_now()
    if not form.is_valid():
        return _people(request, status=400)
    try:
        return _change(request, form, target, actor, now)
    except RecordConflictError:
        return _people(request, last_admin=target, status=409)


def _change(
    request: HttpRequest, form: ChangeUserForm, target: User, actor: User, now: datetime
) -> HttpResponse:
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
        case "sign_out":
            services.end_all_sessions(user_id=target.pk, actor=actor, now=now)
            messages.success(
                request, _("%(name)s is signed out everywhere.") % {"name": target.username}
            )
        case "team_lead":
            leads = form.cleaned_data["leads_team"]
            services.change_team_lead(user_id=target.pk, leads_team=leads, actor=actor, now=now)
            messages.success(request, _("Your choice is kept."))
        case _other:
            role = form.cleaned_data["role"] or target.role
            services.change_role(user_id=target.pk, role=role, actor=actor, now=now)
            messages.success(request, _("The role was changed."))
    return redirect("accounts:people")


def _people(
    request: HttpRequest,
    *,
    link: str = "",
    reset_of: User | None = None,
    form: InviteForm | None = None,
    team_form: TeamForm | None = None,
    last_admin: User | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = {
        "people": colleagues(),
        "roles": [pair for pair in User.Role.choices if pair[0] != User.Role.CASEWORKER],
        "teams": teams(),
        "form": form or InviteForm(),
        "team_form": team_form or TeamForm(auto_id="team-%s"),
        "link": link,
        "reset_of": reset_of,
        "last_admin": last_admin,
        "area": "people",
    }
    return render(request, "accounts/people.html", shown, status=status)


def _link(token: str) -> str:
    return f"{settings.STAYDOWN_URL}{resolve_url('accounts:join', token=token)}"
