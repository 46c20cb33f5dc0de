"""What a caller sends: the file itself, a form, an address of its own, or a fingerprint."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.http.request import UnreadablePostError

from staydown import Fingerprint
from staydown_web.base.errors import BodyError, FetchError, FetchRefusedError, FieldsError
from staydown_web.base.fetching import Fetcher, origin_of
from staydown_web.hooks.services.checking import Clock
from staydown_web.hooks.services.opening import OpenHook
from staydown_web.hooks.services.spooling import Stream, spool
from staydown_web.screening.forms import asked_of as check_of
from staydown_web.screening.forms import read_json, refuse_unknown
from staydown_web.screening.forms.uploads import MemoryFile, MemoryUploadHandler

_REF_HEADER, _ACCOUNT_HEADER = "HTTP_STAYDOWN_CONTENT_REF", "HTTP_STAYDOWN_ACCOUNT"
_ROOM_HEADER, _MISSED_HEADER = "HTTP_STAYDOWN_ROOM", "HTTP_STAYDOWN_MISSED"
_OF_ADDRESS = frozenset({"url", "content_ref", "account"})
_MOST_MISSED = 1_000_000
_CHUNK = 1 << 20
_MOST_DRAINED = 1 << 30


@dataclass(frozen=True, slots=True)
class Asked:
    """What one call asks about.

    Attributes:
        take: gives the file or fingerprint when it is called; the caller closes the file.
        content_ref, account: as the platform gives them; empty where it does not.
    """

    take: Callable[[Clock], MemoryFile | Fingerprint]
    content_ref: str = ""
    account: str = ""


def asked_of(request: HttpRequest, hook: OpenHook) -> Asked:
    """What is asked, by the kind of the body; a file is not read yet.

    Raises:
        BodyError, ContentTypeError, FieldsError: a body that says nothing we could check.
        FetchRefusedError: an address outside the platform's own origins.
    """
    kind = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _of_json(read_json(request), hook)
    if kind == "multipart/form-data":
        return Asked(lambda clock: _of_form(request, hook, clock), **_texts(request))
    return raw_of(request, hook)


def raw_of(request: HttpRequest, hook: OpenHook) -> Asked:
    """The body as the file itself, whatever its kind is said to be."""
    return Asked(lambda clock: spool(_body(request), hook.max_bytes, clock), **_texts(request))


def drain(request: HttpRequest) -> None:
    """Let what is left of a body go by, and keep nothing of it.

    Many callers take an answer only after they have sent everything; to them an early one would be
    a broken connection, and so never the answer that their platform chose.
    """
    stream, size = _body(request), 0
    try:
        while size < _MOST_DRAINED and (chunk := stream.read(_CHUNK)):
            size += len(chunk)
    except (OSError, ValueError):
        return


def read_room(request: HttpRequest) -> bool:
    """Whether a chat room is public, as its server says.

    Raises:
        FieldsError: it does not say.
    """
    room = request.META.get(_ROOM_HEADER, "")
    if room not in {"public", "private"}:
        raise FieldsError({"Staydown-Room": "public or private"})
    return bool(room == "public")


def files_left_over(request: HttpRequest) -> tuple[int, int]:
    """How many uploads the caller stored or refused by itself while we did not answer.

    Returns:
        Stored unchecked and refused unchecked; zeros where it does not say.
    """
    found = {"open": 0, "closed": 0}
    for part in request.META.get(_MISSED_HEADER, "")[:60].split(","):
        name, _, number = part.strip().partition("=")
        if name in found and number.isascii() and number.isdigit():
            found[name] = min(int(number[:9]), _MOST_MISSED)
    return found["open"], found["closed"]


def _texts(request: HttpRequest) -> dict[str, str]:
    return {
        "content_ref": request.META.get(_REF_HEADER, ""),
        "account": request.META.get(_ACCOUNT_HEADER, ""),
    }


def _of_json(data: dict[str, Any], hook: OpenHook) -> Asked:
    url = data.get("url")
    if not url or "signals" in data or "fingerprint" in data:
        asked = check_of(data)
        fingerprint = asked.fingerprint
        return Asked(lambda _: fingerprint, asked.content_ref, asked.account)
    refuse_unknown(data, _OF_ADDRESS)
    texts = {name: data.get(name) or "" for name in ("content_ref", "account")}
    wrong = {n: "a text" for n, v in {**texts, "url": url}.items() if not isinstance(v, str)}
    if wrong:
        raise FieldsError(wrong)
    if origin_of(url) not in {origin_of(origin) for origin in hook.origins}:
        raise FetchRefusedError("the address is on none of the platform's own media origins")
    return Asked(lambda clock: _fetched(url, hook, clock), **texts)


def _fetched(url: str, hook: OpenHook, clock: Clock) -> MemoryFile:
    # No redirect is followed: it could leave the platform's own origins.
    called = Fetcher().call(
        url=url,
        headers={},
        allowed_origins=hook.origins,
        max_bytes=hook.max_bytes,
        timeout_s=clock.left(),
    )
    if called.status != 200:
        raise FetchError("the address did not give the file", retryable=called.status >= 500)
    return spool(io.BytesIO(called.body), hook.max_bytes, clock)


def _of_form(request: HttpRequest, hook: OpenHook, clock: Clock) -> MemoryFile:
    clock.left()
    handler = MemoryUploadHandler(request, max_bytes=hook.max_bytes)
    request.upload_handlers = [handler]
    try:
        file = request.FILES.get("media")
    except (UnreadablePostError, ValueError):
        raise BodyError("the body cannot be read: not a whole form") from None
    if not isinstance(file, MemoryFile):
        raise BodyError("the form has no file named `media`")
    if handler.others:
        file.close()
        raise BodyError("the form has more than one file; send each by itself")
    return file


def _body(request: HttpRequest) -> Stream:
    """The body as it comes in; also one that comes in chunks and does not say how long it is."""
    is_chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    if is_chunked and not request.META.get("CONTENT_LENGTH"):
        raw: Stream = request.META["wsgi.input"]
        return raw
    return request
