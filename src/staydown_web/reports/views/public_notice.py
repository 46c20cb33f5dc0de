"""How to ask a platform for removal: a page, a page for a frame, and plain text."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from staydown_web.reports.selectors.public_notice import (
    PublicNotice,
    frame_origins,
    public_notice_of,
)

_FRAME_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors {origins}"
)


@login_not_required
@require_safe
def how_to_ask(request: HttpRequest) -> HttpResponse:
    """The page that a platform links to."""
    notice = public_notice_of(request.GET.get("site", ""))
    return render(request, "reports/how_to_ask.html", {"notice": notice})


@login_not_required
@require_safe
@xframe_options_exempt
def how_to_ask_frame(request: HttpRequest) -> HttpResponse:
    """The same for a frame in the platform's own pages, and in no others. No script, no form."""
    with translation.override(_language(request)):
        notice = public_notice_of(request.GET.get("site", ""))
        response = render(request, "reports/how_to_ask_frame.html", {"notice": notice})
    origins = " ".join(["'self'", *frame_origins(notice.platform)])
    response.headers["Content-Security-Policy"] = _FRAME_POLICY.format(origins=origins)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@login_not_required
@require_safe
def how_to_ask_text(request: HttpRequest) -> HttpResponse:
    """The same as plain text, to copy into a page of one's own."""
    with translation.override(_language(request)):
        notice = public_notice_of(request.GET.get("site", ""))
        text = as_text(notice)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def as_text(notice: PublicNotice) -> str:
    """The notice as plain text."""
    text = render_to_string("reports/how_to_ask.txt", {"notice": notice})
    return text.strip() + "\n"


def _language(request: HttpRequest) -> str:
    """The language of the address, because a frame has no cookie; else the browser's."""
    asked = request.GET.get("language", "")
    return asked if asked in dict(settings.LANGUAGES) else translation.get_language() or "en"
