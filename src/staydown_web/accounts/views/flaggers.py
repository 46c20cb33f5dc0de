"""Trusted flaggers, for administrators."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from staydown_web.accounts.forms import ChangeFlaggerForm, FlaggerForm
from staydown_web.accounts.models import User
from staydown_web.accounts.selectors import flaggers as all_flaggers
from staydown_web.accounts.services.flaggers import (
    MadeFlagger,
    add_flagger,
    end_flagger,
    renew_code,
)
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, InputError


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(User.Role.ADMIN)
def flaggers(request: HttpRequest) -> HttpResponse:
    """All trusted flaggers, and a form for another; its code is shown once."""
    form, made = FlaggerForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        actor = cast("User", request.user)
        try:
            made = add_flagger(**form.cleaned_data, actor=actor, now=utc_now())
            form = FlaggerForm()
        except FieldsError as error:
            for field, text in error.fields.items():
                form.add_error(field, text)
    return _page(request, form, made)


@require_POST
@role_required(User.Role.ADMIN)
def change_flagger(request: HttpRequest, flagger_id: UUID) -> HttpResponse:
    """Make a new code, or end the status."""
    form, actor = ChangeFlaggerForm(request.POST), cast("User", request.user)
    if not form.is_valid():
        raise InputError("do: want renew or end")
    if form.cleaned_data["do"] == "renew":
        made = renew_code(flagger_id=flagger_id, actor=actor, now=utc_now())
        return _page(request, FlaggerForm(), made)
    end_flagger(flagger_id=flagger_id, actor=actor, now=utc_now())
    messages.success(request, _("The status has ended. Its code no longer works."))
    return redirect("accounts:flaggers")


def _page(request: HttpRequest, form: FlaggerForm, made: MadeFlagger | None) -> HttpResponse:
    shown = {"rows": all_flaggers(), "form": form, "made": made, "area": "people"}
    return render(request, "accounts/flaggers.html", shown, status=400 if form.errors else 200)
