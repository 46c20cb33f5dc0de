"""One's own page: limits, breaks, spare codes, where one is signed in, going out."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from staydown_web.accounts import services
from staydown_web.accounts.forms import EndSessionsForm, PreferencesForm
from staydown_web.accounts.models import SignIn, User
from staydown_web.accounts.selectors import backup_codes_left, open_sessions
from staydown_web.accounts.views.factor import too_soon, wrong_code
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RateLimitedError


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """Show it; keep limits and breaks."""
    user = cast("User", request.user)
    form = PreferencesForm(request.POST or None, initial=_chosen(user))
    if request.method == "POST" and form.is_valid():
        services.save_preferences(user=user, now=utc_now(), **form.cleaned_data)
        messages.success(request, _("Your choices are kept."))
        return redirect("accounts:me")
    return _page(request, form=form)


@sensitive_post_parameters("code")
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End the sessions that were chosen; a code of the second factor says that it is oneself."""
    user, now = cast("User", request.user), utc_now()
    form = EndSessionsForm(request.POST, others=_others(request))
    if form.is_valid():
        try:
            code = form.cleaned_data["code"]
            is_right = services.check_code(user=user, code=code, now=now, what="code_shown_again")
        except RateLimitedError as error:
            form.add_error("code", too_soon(error.retry_after_s))
        else:
            if is_right is not None:
                chosen = form.cleaned_data["sessions"]
                ended = services.end_sessions(user=user, sign_in_ids=chosen, now=now)
                words = ngettext("%(n)d session was ended.", "%(n)d sessions were ended.", ended)
                messages.success(request, words % {"n": ended})
                return redirect("accounts:me")
            form.add_error("code", wrong_code(user))
    return _page(request, sessions_form=form, status=400)


def _page(
    request: HttpRequest,
    *,
    form: PreferencesForm | None = None,
    sessions_form: EndSessionsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = cast("User", request.user)
    others = _others(request)
    shown = {
        "form": form or PreferencesForm(initial=_chosen(user)),
        "sessions_form": sessions_form or EndSessionsForm(others=others),
        "others": others,
        "codes_left": backup_codes_left(user),
        "area": "me",
    }
    return render(request, "accounts/me.html", shown, status=status)


def _chosen(user: User) -> dict[str, int]:
    return {
        "exposure_limit": user.exposure_limit,
        "break_every_minutes": user.break_every_minutes,
    }


def _others(request: HttpRequest) -> list[SignIn]:
    rows = open_sessions(cast("User", request.user), now=utc_now())
    return list(rows.exclude(session_id=request.session.session_key))
