"""``/h/``: files become hashes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from staydown_web.hma.forms import first_values, read_query, uploaded_media
from staydown_web.hma.schemas import HashQuery
from staydown_web.hma.services import HmaCaller, hash_address, hash_file
from staydown_web.hma.views.replies import answer
from staydown_web.screening.services.media import max_media_bytes


def hash_by_address(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """The hashes of what is at an address."""
    asked = read_query(request, HashQuery)
    hashed = hash_address(
        asked.url, content_type=asked.content_type, types=asked.types, platform=caller.platform
    )
    return answer(hashed.signals)


def hash_upload(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """The hashes of the one file of a form."""
    with uploaded_media(request, max_bytes=max_media_bytes()) as (content_type, file):
        types = first_values(request).get("types")
        hashed = hash_file(file.path, content_type=content_type, types=types)
    return answer(hashed.signals)
