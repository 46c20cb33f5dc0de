"""Platforms, for administrators."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from staydown_web.accounts.models import Platform
from staydown_web.accounts.selectors import default_platform
from staydown_web.accounts.services import save_platform
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.regimes.selectors import regimes
from staydown_web.regimes.selectors.duties import duties_of
from staydown_web.review.forms import PlatformForm
from staydown_web.review.views.shared import user_of, work_page


@require_safe
@role_required("admin")
def platforms(request: HttpRequest) -> HttpResponse:
    """All platforms."""
    chosen = default_platform()
    laws = regimes()
    rows = [
        {
            "platform": platform,
            "laws": [laws[id_].short_title for id_ in platform.regimes if id_ in laws],
            "is_default": chosen is not None and platform.pk == chosen.pk,
        }
        for platform in Platform.objects.order_by("name")
    ]
    return work_page(request, "review/platforms.html", {"rows": rows}, area="platforms")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("admin")
def platform(request: HttpRequest, platform_id: UUID | None = None) -> HttpResponse:
    """Make a platform, or change one."""
    found = Platform.objects.filter(pk=platform_id).first() if platform_id else None
    if platform_id and found is None:
        raise RecordNotFoundError("there is no such platform")
    laws = [(law.id, law.short_title) for law in regimes().values()]
    form = PlatformForm(request.POST or None, initial=_initial(found), laws=laws)
    if request.method == "POST" and form.is_valid():
        actor = f"user:{user_of(request).pk}"
        save_platform(platform_id=platform_id, **form.cleaned_data, actor=actor, now=utc_now())
        messages.success(request, _("The platform is kept."))
        return redirect("review:platforms")
    shown: dict[str, object] = {"form": form, "platform": found, "sized": found}
    if found is not None:
        shown["duties"] = duties_of(found.regimes, size=found.size)
    return work_page(request, "review/platform.html", shown, area="platforms")


def _initial(found: Platform | None) -> dict[str, object]:
    if found is None:
        return {"regimes": ["platform-terms"], "is_default": not Platform.objects.exists()}
    chosen = default_platform()
    return {
        "name": found.name,
        "public_url": found.public_url,
        "media_origins": "\n".join(found.media_origins),
        "legal_email": found.legal_email,
        "minors_contact": found.minors_contact,
        "regimes": found.regimes,
        "size": found.size,
        "is_default": chosen is not None and chosen.pk == found.pk,
    }
