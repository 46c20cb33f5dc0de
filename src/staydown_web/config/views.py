"""What belongs to no room."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 once the database answers and the bank is mapped; else 503."""
    with connection.cursor():
        return JsonResponse({"status": "ready"})


def demonstration(request: HttpRequest) -> dict[str, Any]:
    """For templates: whether this is the demonstration, so that every page can say so."""
    return {"is_demo": settings.STAYDOWN_DEMO}
