"""What belongs to no room."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from staydown_web.banks.services import is_ready
from staydown_web.config.licences import page_path, read_page


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 once the database answers and the bank is mapped; else 503."""
    try:
        with connection.cursor():
            pass
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    if not is_ready():
        return JsonResponse({"status": "the bank is being mapped"}, status=503)
    return JsonResponse({"status": "ready"})


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
