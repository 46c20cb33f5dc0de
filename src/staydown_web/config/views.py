"""What belongs to no room."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.csrf import csrf_failure
from django.views.decorators.http import require_safe
from django.views.defaults import server_error

from staydown_web.banks.services import is_ready
from staydown_web.base.access import page_before, sign_in_address
from staydown_web.base.clock import utc_now
from staydown_web.base.middleware import answer_outage, page_of_errors
from staydown_web.base.outages import outage_of
from staydown_web.config.licences import page_path, read_page
from staydown_web.config.watch.public import parts_seen
from staydown_web.hma.views import status as status_page


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 once the database answers and the bank is mapped; else 503.

    In JSON where the caller asks for it, with how the parts stood at the last look; else in the
    words that HMA's clients know.
    """
    status, words, known = 200, "ready", status_page.ALIVE
    if not _database_answers():
        status, words, known = 503, "the database does not answer", "DATABASE-SILENT"
    elif not is_ready():
        status, words, known = 503, "the bank is being mapped", status_page.NOT_LOADED
    if "application/json" in request.headers.get("Accept", ""):
        seen = {"status": words, **parts_seen(utc_now())}
        response: HttpResponse = JsonResponse(seen, status=status)
    else:
        response = HttpResponse(known, content_type="text/plain; charset=utf-8", status=status)
    patch_vary_headers(response, ["Accept"])
    return response


def _database_answers() -> bool:
    """Whether it does now: a connection that was kept may have broken since."""
    try:
        connection.ensure_connection()
        if not connection.is_usable():
            connection.close()
            connection.ensure_connection()
    except Error:
        return False
    return True


@login_not_required
@require_safe
def licences(request: HttpRequest) -> HttpResponse:
    """What is shipped or run with this service, and under which licence."""
    rows = read_page(page_path().read_text(encoding="utf-8"))
    return render(request, "licences.html", {"rows": rows})


@login_not_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """The notices of all of it, word for word."""
    return HttpResponse(page_path().read_bytes(), content_type="text/plain; charset=utf-8")


def refused_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its cookie: staff are led to their page again, by the door if need be."""
    if not request.path.startswith("/staff/"):
        return csrf_failure(request, reason)
    is_in = request.user.is_authenticated
    onward = page_before(request) if is_in else sign_in_address(request)
    shown = {"onward": onward, "is_in": is_in}
    return render(request, "work_refused.html", shown, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that is not there: staff stay among their own pages, others in theirs."""
    return render(request, page_of_errors(request), {"status": 404, "code": ""}, status=404)


@login_not_required
@require_safe
def busy(request: HttpRequest) -> HttpResponse:
    """What somebody sees for whom there is no place now; made once for each language, and kept."""
    response = render(request, "busy.html", {"code": "service_busy"}, status=503)
    response["Retry-After"] = "30"
    return response


def failed(request: HttpRequest) -> HttpResponse:
    """What no layer expected: an outage is said to be one, all else is a defect of ours."""
    outage = outage_of(sys.exception())
    return server_error(request) if outage is None else answer_outage(request, outage)


def demonstration(request: HttpRequest) -> dict[str, Any]:
    """For templates: whether this is the demonstration, its guide and its sample case."""
    if not settings.STAYDOWN_DEMO:
        return {"is_demo": False}
    from staydown_web.config.demo.sample import read_sample
    from staydown_web.config.demo.seeding import demo_folder

    return {
        "is_demo": True,
        "guide_url": reverse("demo:guide"),
        "sample": read_sample(demo_folder()),
    }
