"""Pages of local copies: who may hold one, how it does, and the way to end it."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staydown_web.accounts.models import User
from staydown_web.accounts.selectors import default_platform
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.replicas.forms import ReplicaForm
from staydown_web.replicas.selectors import all_replicas, replica_named, standing
from staydown_web.replicas.services import ask_replica, end_replica, start_replica


@require_safe
@role_required(User.Role.LEAD)
def replicas(request: HttpRequest) -> HttpResponse:
    """Every agreement on a local copy."""
    return _page(request, "replicas/list.html", {"rows": all_replicas(utc_now())})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(User.Role.LEAD)
def new_replica(request: HttpRequest) -> HttpResponse:
    """Ask for a local copy; two other people have to grant it."""
    form = ReplicaForm(request.POST or None, initial={"platform": default_platform()})
    if request.method == "POST" and form.is_valid():
        try:
            made = ask_replica(**form.cleaned_data, user=_user(request), now=utc_now())
        except FieldsError as error:
            for field in error.fields:
                form.add_error(field, _("Please look at this once more."))
        else:
            messages.success(request, _("Asked. Two other people have to grant it."))
            return redirect("replicas:replica", replica_id=made.pk)
    status = 400 if form.errors else 200
    return _page(request, "replicas/new.html", {"form": form}, status=status)


@require_safe
@role_required(User.Role.LEAD)
def replica(request: HttpRequest, replica_id: UUID) -> HttpResponse:
    """One agreement."""
    return _shown(request, replica_id)


@require_POST
@role_required(User.Role.LEAD)
def start(request: HttpRequest, replica_id: UUID) -> HttpResponse:
    """Begin what two people granted, and show the key of the program once."""
    _replica, raw = start_replica(replica_id=replica_id, user=_user(request), now=utc_now())
    return _shown(request, replica_id, raw)


@require_POST
@role_required(User.Role.LEAD)
def end(request: HttpRequest, replica_id: UUID) -> HttpResponse:
    """End an agreement: the copy is destroyed at its next word with us."""
    end_replica(replica_id=replica_id, user=_user(request), now=utc_now())
    messages.success(
        request, _("Ended. The copy is destroyed as soon as its program asks for changes.")
    )
    return redirect("replicas:replica", replica_id=replica_id)


def _shown(request: HttpRequest, replica_id: UUID, raw: str = "") -> HttpResponse:
    row = standing(replica_named(replica_id), utc_now())
    return _page(request, "replicas/replica.html", {"row": row, "raw": raw})


def _page(
    request: HttpRequest, template: str, shown: dict[str, object], *, status: int = 200
) -> HttpResponse:
    return render(request, template, {**shown, "area": "sharing"}, status=status)


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
