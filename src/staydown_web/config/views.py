"""What belongs to no room."""

from __future__ import annotations

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
