"""Four steps, each a page of its own; every answer can be changed later."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from staydown.cli.checks import Check, sandbox_check
from staydown.errors import InputError
from staydown_web.accounts.models import ServiceSettings, User
from staydown_web.accounts.selectors import default_platform, free_key_name
from staydown_web.accounts.services.keys import create_api_key
from staydown_web.banks.models import Bank
from staydown_web.banks.services.policy import REPORTED
from staydown_web.base.access import has_rank, is_caseworker, role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.sealing import installation_keys
from staydown_web.base.signing import signing_key
from staydown_web.config import doctor
from staydown_web.config.setup.forms import SiteForm, TryForm, first_answers, laws
from staydown_web.config.setup.services import finish_setup, may_set_policy, policy_of, save_site
from staydown_web.config.setup.trying import try_upload
from staydown_web.regimes.selectors.duties import duties_of

KEY_SCOPES = ("check", "hits", "orders")
STEPS = (_("Keys"), _("Your site"), _("Connect"), _("Try it"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where somebody goes who has signed in: to their cases, the queue, or first to the setup."""
    if is_caseworker(request.user):
        return redirect("portal:caseload")
    is_done = ServiceSettings.objects.filter(setup_done_at__isnull=False).exists()
    if has_rank(request.user, User.Role.ADMIN) and not is_done:
        return redirect("setup:keys")
    return redirect("review:queue")


@require_safe
@role_required(User.Role.ADMIN)
def keys(request: HttpRequest) -> HttpResponse:
    """First step: what the first start made, and what this machine can do."""
    shown = {
        "checks": machine_checks(),
        "keys": settings.STAYDOWN_KEYS,
        "signing_key": signing_key(installation_keys().folder).fingerprint,
    }
    return _page(request, 1, shown)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(User.Role.ADMIN)
def site(request: HttpRequest) -> HttpResponse:
    """Second step: the site, its laws, and what happens to confirmed copies."""
    bank = Bank.objects.filter(slug=REPORTED).first()
    saved = default_platform()
    first = first_answers(saved, policy=policy_of(bank))
    form = SiteForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        save_site(answers=form.cleaned_data, actor=_actor(request), now=utc_now())
        return redirect("setup:connect")
    shown = {
        "form": form,
        "laws": laws(),
        "checks": machine_checks(),
        "sized": saved,
        "duties": duties_of(saved.regimes, size=saved.size) if saved else [],
        "is_policy_open": bank is None or may_set_policy(bank),
    }
    return _page(request, 2, shown, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(User.Role.ADMIN)
def connect(request: HttpRequest) -> HttpResponse:
    """Third step: a key, shown once, and three lines of code."""
    platform, raw = default_platform(), ""
    if platform is None:
        return redirect("setup:site")
    if request.method == "POST":
        raw = create_api_key(
            platform=platform,
            name=free_key_name(platform, gettext("%(site)s: uploads") % {"site": platform.name}),
            scopes=list(KEY_SCOPES),
            per_minute=0,
            actor=_actor(request),
            now=utc_now(),
        )[1]
    shown = {
        "raw": raw,
        "platform": platform,
        "address": settings.STAYDOWN_URL,
        "has_key": platform.keys.filter(revoked_at=None).exists(),
    }
    return _page(request, 3, shown)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(User.Role.ADMIN)
def attempt(request: HttpRequest) -> HttpResponse:
    """Fourth step: a picture through the page, and what the check would answer."""
    if request.method == "POST" and "done" in request.POST:
        finish_setup(actor=_actor(request), now=utc_now())
        return redirect("review:queue")
    form = TryForm(request.POST or None, request.FILES or None)
    tried = None
    if request.method == "POST" and form.is_valid():
        try:
            tried = try_upload(form.cleaned_data["upload"], now=utc_now())
        except InputError as error:
            unread = gettext("This file cannot be read (%(code)s). Try another one.")
            form.add_error("upload", unread % {"code": error.code})
    status = 400 if form.errors else 200
    return _page(request, 4, {"form": form, "tried": tried}, status=status)


def machine_checks() -> list[Check]:
    """What the page says of this machine; nothing here waits for another one."""
    checks = [doctor.keys_check(), doctor.database_check(), sandbox_check(), doctor.disk_check()]
    return [*checks, doctor.worker_check(), doctor.mail_setting_check()]


def _page(
    request: HttpRequest, step: int, shown: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    steps = [
        {"number": number, "name": name, "state": "past" if number < step else ""}
        for number, name in enumerate(STEPS, 1)
    ]
    names = ("keys", "site", "connect", "attempt")
    context = {"steps": steps, "step": step, "title": STEPS[step - 1], "area": "setup", **shown}
    return render(request, f"setup/{names[step - 1]}.html", context, status=status)


def _actor(request: HttpRequest) -> str:
    return f"user:{cast('User', request.user).pk}"
