"""The first page, the way for those under 18, and the pages that only inform."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from staydown_web.accounts.selectors import default_platform
from staydown_web.base import retention
from staydown_web.portal.selectors import helplines
from staydown_web.portal.views.pages import SEND_POLICY, aside, asked_country, policy

ADULT: Final = "1"
MINOR_OR_UNSURE: Final = {"2", "3"}
UNSURE: Final = "3"
WAYS: Final = {"1", "2", "3"}
"""Digits, so that the history of the browser shows nothing that can be read."""


@login_not_required
@require_safe
@policy(SEND_POLICY)
def start(request: HttpRequest) -> HttpResponse:
    """Age first, then where things are now. No cookie, nothing stored."""
    return _start_page(request, errors={})


@login_not_required
@require_safe
@policy(SEND_POLICY)
def begin(request: HttpRequest) -> HttpResponse:
    """Read the two answers and lead on. Works without JavaScript; nothing is stored."""
    age, way = request.GET.get("a", ""), request.GET.get("w", "")
    if age in MINOR_OR_UNSURE:
        # The answer goes along for the words of the next page alone.
        unsure = "?a=3" if age == UNSURE else ""
        return HttpResponseRedirect(f"{reverse('portal:under_18')}{unsure}")
    errors = {"age": age != ADULT, "way": way not in WAYS}
    if any(errors.values()):
        return _start_page(request, errors=errors)
    # Behind the sign: it stays in the browser and reaches no server and no log.
    return HttpResponseRedirect(f"{reverse('portal:notice')}#{way}")


def _start_page(request: HttpRequest, *, errors: dict[str, bool]) -> HttpResponse:
    facts: dict[str, Any] = {
        "errors": errors,
        "age": request.GET.get("a", ""),
        "way": request.GET.get("w", ""),
        "is_demo": settings.STAYDOWN_DEMO,
        **aside(request),
    }
    return render(request, "portal/start.html", facts)


@login_not_required
@require_safe
@policy(SEND_POLICY)
def under_18(request: HttpRequest) -> HttpResponse:
    """Where someone is led who was under 18 in the picture. No cookie, nothing stored."""
    age_now, file = request.GET.get("n", ""), request.GET.get("f", "")
    platform = default_platform()
    contact = platform.minors_contact if platform else ""
    facts = {
        "country": helplines.services_under_18(asked_country(request), now=age_now, file=file),
        "countries": helplines.countries(),
        "age_now": age_now,
        "file": file,
        "is_unsure": request.GET.get("a") == UNSURE,
        "platform": platform,
        "minors_contact": contact,
        "minors_href": _href(contact),
    }
    return render(request, "portal/under_18.html", facts)


def _href(contact: str) -> str:
    """A link for a contact that is an address; empty where it is only words."""
    if contact.startswith("https://"):
        return contact
    is_mail = "@" in contact and not set(contact) & set(" <>\"'")
    return f"mailto:{contact}" if is_mail else ""


@login_not_required
@require_safe
@policy(SEND_POLICY)
def help_lines(request: HttpRequest) -> HttpResponse:
    """The help lines of one country."""
    facts = {
        "country": helplines.help_lines(asked_country(request)),
        "countries": helplines.countries(),
        "checked": helplines.checked_on(),
    }
    return render(request, "portal/help_lines.html", facts)


@login_not_required
@require_safe
@policy(SEND_POLICY)
def hide_visit(request: HttpRequest) -> HttpResponse:
    """What leaving deletes, and what it cannot."""
    return render(request, "portal/hide_visit.html")


@login_not_required
@require_safe
@policy(SEND_POLICY)
def evidence(request: HttpRequest) -> HttpResponse:
    """Advice on keeping evidence; it is offered before removal, and where something is added."""
    return render(request, "portal/evidence.html", {"came_from": request.GET.get("from", "")})


@login_not_required
@require_safe
@policy(SEND_POLICY)
def your_data(request: HttpRequest) -> HttpResponse:
    """Privacy in plain words."""
    facts = {"platform": default_platform(), "retention": retention.rows()}
    return render(request, "portal/your_data.html", facts)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@policy(SEND_POLICY)
def language(request: HttpRequest) -> HttpResponse:
    """Choose a language; the one cookie that outlives a page, until the browser closes."""
    given = request.POST.get("next") or request.GET.get("next") or ""
    after = given if _is_ours(given) else reverse("portal:start")
    chosen = request.POST.get("language", "")
    if request.method != "POST" or not _is_offered(chosen):
        return render(request, "portal/language.html", {"next": after})
    response = HttpResponseRedirect(after)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _is_ours(path: str) -> bool:
    return path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)


def _is_offered(code: str) -> bool:
    return code in dict(settings.LANGUAGES) and check_for_language(code)
