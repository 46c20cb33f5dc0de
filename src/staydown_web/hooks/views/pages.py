"""Hooks, for administrators: what each answers, how often, and how often no check was made."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from staydown_web.accounts.selectors import default_platform
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.hooks import services
from staydown_web.hooks.forms import HookForm
from staydown_web.hooks.models import Hook
from staydown_web.hooks.selectors import hooks_in_order


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("admin")
def hooks(request: HttpRequest) -> HttpResponse:
    """All hooks, and a form for a new one; its secret is shown once."""
    first = {"platform": default_platform()}
    form, made, secret, status = HookForm(request.POST or None, initial=first), None, "", 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                made, secret = services.create_hook(
                    **form.wanted(), actor=_actor(request), now=utc_now()
                )
            except FieldsError as wrong:
                form.add_problems(wrong.fields)
            else:
                form, status = HookForm(initial=first), 200
    shown = {
        "hooks": hooks_in_order(),
        "form": form,
        "made": made,
        "secret": secret,
        "address": address_of(made) if made else "",
        "failures": Hook.Failure.choices,
        "holds": Hook.Hold.choices,
        "area": "hooks",
    }
    return render(request, "hooks/hooks.html", shown, status=status)


@require_POST
@role_required("admin")
def choose(request: HttpRequest, hook_id: UUID) -> HttpResponse:
    """Change what a failure and a hold mean."""
    services.choose_again(
        hook_id=hook_id,
        on_failure=request.POST.get("on_failure", ""),
        on_hold=request.POST.get("on_hold", ""),
        actor=_actor(request),
        now=utc_now(),
    )
    messages.success(request, _("The choice counts from the next second on."))
    return redirect("hooks:hooks")


@require_POST
@role_required("admin")
def end(request: HttpRequest, hook_id: UUID) -> HttpResponse:
    """End a hook."""
    services.end_hook(hook_id=hook_id, actor=_actor(request), now=utc_now())
    messages.success(request, _("The hook is ended: the next call with its secret is refused."))
    return redirect("hooks:hooks")


def address_of(hook: Hook) -> str:
    """Where its caller calls."""
    return f"{settings.STAYDOWN_URL}{reverse('hooks:call', args=[hook.kind])}"


def _actor(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"
