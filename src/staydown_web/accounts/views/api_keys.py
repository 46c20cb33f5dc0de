"""Keys of platforms' programs, for administrators."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from staydown_web.accounts.forms import KeyForm
from staydown_web.accounts.models import ApiKey, User
from staydown_web.accounts.selectors import default_platform, scopes_in_words
from staydown_web.accounts.services import keys as key_services
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(User.Role.ADMIN)
def keys(request: HttpRequest) -> HttpResponse:
    """All keys, and a form for a new one; the key itself is shown once."""
    user, raw, made = cast("User", request.user), "", None
    scopes = scopes_in_words()
    first = {"platform": default_platform(), "scopes": [scopes[0][0]]}
    form = KeyForm(request.POST or None, initial=first, scopes=scopes)
    if request.method == "POST" and form.is_valid():
        made, raw = key_services.create_api_key(
            **form.cleaned_data, actor=f"user:{user.pk}", now=utc_now()
        )
        form = KeyForm(initial=first, scopes=scopes)
    shown = {
        "keys": ApiKey.objects.select_related("platform").order_by("revoked_at", "-created_at"),
        "form": form,
        "raw": raw,
        "made": made,
        "area": "keys",
    }
    return render(request, "accounts/keys.html", shown)


@require_POST
@role_required(User.Role.ADMIN)
def revoke_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Make a key useless at once."""
    user = cast("User", request.user)
    key_services.revoke_api_key(key_id=key_id, actor=f"user:{user.pk}", now=utc_now())
    messages.success(request, _("The key is revoked: the next call with it is refused."))
    return redirect("accounts:keys")
