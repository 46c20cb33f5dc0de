"""Refused uploads answered as the platform chose, instead of Django's 403."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from staydown_client.django.choices import choices
from staydown_client.django.guarding import UploadRefusedError, response_to, upload_of

GetResponse = Callable[[HttpRequest], HttpResponse]


class UploadCheckMiddleware:
    """Reads forms with files before the view does; put it before ``CsrfViewMiddleware``.

    Under ASGI, Django runs it in a thread, so the event loop does not wait for the check.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass a request on; name in the response what passed unchecked, where that was chosen."""
        response = self._get_response(request)
        header = choices().rules.unchecked_header
        if header and upload_of(request).is_unchecked:
            response[header] = "1"
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Read the files, and so have them checked."""
        if request.content_type != "multipart/form-data":
            return None
        try:
            _ = request.FILES
        except UploadRefusedError as error:
            return response_to(error.refusal)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What a storage refused within the view."""
        return response_to(error.refusal) if isinstance(error, UploadRefusedError) else None
