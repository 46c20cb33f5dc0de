"""What a platform shows to everybody, for administrators: what to publish, and what to copy."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from staydown_web.accounts.models import Platform, User
from staydown_web.accounts.selectors import default_platform
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.reports.forms import PublicPagesForm
from staydown_web.reports.selectors.public_notice import frame_origins, public_notice_of
from staydown_web.reports.selectors.transparency import Report
from staydown_web.reports.services import choose_pages, pages_of
from staydown_web.reports.views.public_notice import as_text


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(User.Role.ADMIN)
def public_pages(request: HttpRequest) -> HttpResponse:
    """Choose what is public, and take the links and snippets."""
    platform = _platform(request.GET.get("site", ""))
    pages = pages_of(platform)
    first = {
        "is_report_public": pages.is_report_public,
        "unit": pages.unit,
        "contact": pages.contact,
    }
    form = PublicPagesForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        choose_pages(
            platform=platform,
            **form.cleaned_data,
            actor=f"user:{cast('User', request.user).pk}",
            now=utc_now(),
        )
        messages.success(request, _("The public pages are kept."))
        return redirect(f"{reverse('reports:public_pages')}?site={platform.slug}")
    link = _full("reports:how_to_ask", platform)
    shown = {
        "form": form,
        "platform": platform,
        "platforms": Platform.objects.order_by("name"),
        "periods": pages.periods.count(),
        "first_on": Report(pages, [], None).first_on,
        "link": link,
        "report_link": _full("reports:transparency", platform),
        "link_html": f'<a href="{escape(link)}">{escape(_("Remove an intimate image"))}</a>',
        "frame_html": _frame(platform),
        "text_link": _full("reports:how_to_ask_text", platform),
        "text": as_text(public_notice_of(platform.slug)),
        "origins": frame_origins(platform),
        "area": "public",
    }
    return render(request, "reports/public_pages.html", shown, status=400 if form.errors else 200)


def _frame(platform: Platform) -> str:
    address = _full("reports:how_to_ask_frame", platform)
    title = escape(_("How to ask for removal"))
    return (
        f'<iframe src="{escape(address)}" title="{title}" width="100%" height="1800" '
        'loading="lazy" referrerpolicy="no-referrer"></iframe>'
    )


def _platform(slug: str) -> Platform:
    found = Platform.objects.filter(slug=slug).first() if slug else default_platform()
    if found is None:
        raise RecordNotFoundError("there is no such platform; add one first")
    return found


def _full(name: str, platform: Platform) -> str:
    return f"{settings.STAYDOWN_URL}{reverse(name)}?site={platform.slug}"
