"""What somebody gets without any work done: for whom there is no place, or who broke off.

It must cost next to nothing: it is given thousands of times a second when there is too much to do.
So a page is made once for each language, by the usual way with all its headers, and kept.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.utils import translation

from staydown.errors import StaydownError
from staydown_web.base.errors import BodyError, ServiceBusyError
from staydown_web.base.middleware import problem
from staydown_web.base.statuses import http_status

log = logging.getLogger("staydown.web")
Environ = dict[str, Any]
Start = Callable[..., Any]

BUSY_PATH: Final = "/busy"
_CALLS: Final = ("/api/", "/hooks/", "/federation/")
_HMA: Final = ("/h/", "/m/", "/c/")
_STATUS: Final = "503 Service Unavailable"
_MOST_DRAINED: Final = 8 << 20
_CHUNK: Final = 1 << 20
_PIECE: Final = 1 << 16
_LINGERS_S: Final = 10.0
"""How long the rest of a body may go by after the answer to it is made."""
_SAFE: Final = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]

_NOT_KEPT: Final = {"set-cookie", "content-length", "retry-after"}
_PLAIN: Final = ([("Content-Type", "text/plain"), *_SAFE], b"busy; please try again in a minute")

_problems: dict[str, bytes] = {}
_pages: dict[str, tuple[list[tuple[str, str]], bytes]] = {}


def refuse(error: ServiceBusyError, environ: Environ, start_response: Start) -> list[bytes]:
    """Say that there is no place now, and when to come back."""
    after = ("Retry-After", str(max(1, error.retry_after_s)))
    path = environ["PATH_INFO"]
    if path.startswith(_CALLS):
        kind, body, more = "application/problem+json", _problem(error), _SAFE
    elif path.startswith(_HMA):
        kind, body = "application/json", orjson.dumps({"message": str(error)})
        more = [*_SAFE, ("Staydown-Code", error.code)]
    else:
        headers, body = _pages.get(_language_of(environ)) or _PLAIN
        start_response(_STATUS, [*headers, after, ("Content-Length", str(len(body)))])
        return [body]
    size = ("Content-Length", str(len(body)))
    start_response(_STATUS, [("Content-Type", kind), size, after, *more])
    return [body]


def refuse_broken_off(environ: Environ, start_response: Start) -> list[bytes]:
    """For whoever stopped sending in the middle of a body: it seldom has a reader any more."""
    error = BodyError("the body ends before the length that its `Content-Length` says")
    if environ["PATH_INFO"].startswith(_CALLS):
        kind, body = "application/problem+json", _problem(error)
    else:
        kind, body = "text/plain", str(error).encode()
    size = ("Content-Length", str(len(body)))
    start_response("400 Bad Request", [("Content-Type", kind), size, *_SAFE])
    return [body]


def make_pages(pages: Callable[[Environ, Start], Any]) -> None:
    """Make the page in each language.

    Args:
        pages: what answers pages; each is kept with the headers that it gives.
    """
    for language, _ in settings.LANGUAGES:
        try:
            _pages[language] = _made(pages, language)
        except ValueError:
            # Files of pages were not collected: no page works here, and a plain word stands in.
            log.warning("the page for when there is too much to do was not made")
            return


def _problem(error: StaydownError) -> bytes:
    found = _problems.get(error.code)
    if found is None:
        found = _problems[error.code] = problem(http_status(error), error.code, str(error)).content
    return found


def _made(
    pages: Callable[[Environ, Start], Any], language: str
) -> tuple[list[tuple[str, str]], bytes]:
    """The page for nobody in particular: nothing of it comes from whoever is refused."""
    place = urlsplit(settings.STAYDOWN_URL)
    asked = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": BUSY_PATH,
        "QUERY_STRING": "",
        "SERVER_NAME": place.hostname,
        "SERVER_PORT": str(place.port or (443 if place.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": place.netloc,
        "HTTP_ACCEPT_LANGUAGE": language,
        "HTTP_X_FORWARDED_PROTO": place.scheme,
        "wsgi.url_scheme": place.scheme,
        "wsgi.input": io.BytesIO(),
    }
    kept: list[tuple[str, str]] = []

    def start(_status: str, headers: Iterable[tuple[str, str]], *_: Any) -> None:
        kept.extend(pair for pair in headers if pair[0].lower() not in _NOT_KEPT)

    with translation.override(language):  # the page leaves its language to this thread
        response = pages(asked, start)
        try:
            return kept, b"".join(response)
        finally:
            response.close()


def _language_of(environ: Environ) -> str:
    """One of ours, by the cookie or what the browser says."""
    known = {code for code, _ in settings.LANGUAGES}
    for part in environ.get("HTTP_COOKIE", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == settings.LANGUAGE_COOKIE_NAME and value in known:
            return str(value)
    for part in environ.get("HTTP_ACCEPT_LANGUAGE", "")[:100].split(","):
        code = part.partition(";")[0].strip().lower().partition("-")[0]
        if code in known:
            return str(code)
    return str(settings.LANGUAGE_CODE)


def drain(environ: Environ) -> None:
    """Let a body go by: many callers read an answer only after they have sent everything."""
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit()) or int(length) > _MOST_DRAINED:
        return
    left = int(length)
    while left > 0 and (piece := environ["wsgi.input"].read(min(_CHUNK, left))):
        left -= len(piece)


class Body:
    """What a request sends, and how much of it was read: beyond its end some servers wait."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.taken = 0

    def read(self, *size: int) -> bytes:
        """As the stream does."""
        return self._counted(self._stream.read(*size))

    def readline(self, *size: int) -> bytes:
        """As the stream does."""
        return self._counted(self._stream.readline(*size))

    def readlines(self, _hint: int = -1) -> list[bytes]:
        """All that is left."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _counted(self, piece: bytes) -> bytes:
        self.taken += len(piece)
        return piece


def counted(environ: Environ) -> Body | None:
    """Count from now on what is read of a body; None where it lies in memory or has no length."""
    length, stream = environ.get("CONTENT_LENGTH") or "", environ["wsgi.input"]
    if type(stream) is io.BytesIO or not (length.isascii() and length.isdigit()):
        return None
    environ["wsgi.input"] = body = Body(stream)
    return body


def let_by(body: Body, length: int) -> None:
    """Let what an answer left unread of its body go by, for some seconds, and keep nothing of it.

    A connection that is closed on bytes nobody read is reset, and a reset throws away an answer
    that its caller has not read yet: a refused key would be a broken connection to them.

    Args:
        body: from ``counted``.
        length: of all of it, in bytes.
    """
    ends_at = time.monotonic() + _LINGERS_S
    try:
        while (left := length - body.taken) > 0 and time.monotonic() < ends_at:
            if not body.read(min(_PIECE, left)):
                return
    except (OSError, ValueError):
        return  # They broke off, and read no answer any more.
