"""Licensed accounts of a platform, for administrators."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from staydown_web.accounts.models import Platform
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RecordNotFoundError
from staydown_web.review import services
from staydown_web.review.forms import LicenceForm
from staydown_web.review.selectors.licences import licences_of
from staydown_web.review.views.shared import user_of, work_page


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("admin")
def licences(request: HttpRequest, platform_id: UUID) -> HttpResponse:
    """The list, and one more on it."""
    platform = _platform(platform_id)
    form = LicenceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_licence(
                platform=platform, **form.cleaned_data, user=user_of(request), now=utc_now()
            )
        except FieldsError:
            form.add_error("account", _("This account is on the list already."))
        else:
            messages.success(request, _("The account is on the list."))
            return redirect("review:licences", platform_id=platform_id)
    status = 400 if form.is_bound else 200
    shown = {"platform": platform, "licences": licences_of(platform), "form": form}
    return work_page(request, "review/licences.html", shown, area="platforms", status=status)


@require_POST
@role_required("admin")
def remove_licence(request: HttpRequest, platform_id: UUID, licence_id: UUID) -> HttpResponse:
    """Take one off the list."""
    services.remove_licence(
        platform=_platform(platform_id), licence_id=licence_id, user=user_of(request), now=utc_now()
    )
    messages.success(request, _("The account is off the list."))
    return redirect("review:licences", platform_id=platform_id)


def _platform(platform_id: UUID) -> Platform:
    found = Platform.objects.filter(pk=platform_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such platform")
    return found
