"""The app behind the guard, as a WSGI application: every request is passed on byte for byte."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from staydown_client.errors import SettingError
from staydown_client.uploads.marks import CHECK_HEADER, VERDICT_HEADER

HEADERS: Final = "staydown.guard.headers"
TARGET: Final = "staydown.guard.target"
PEER: Final = "staydown.guard.peer"
_CHUNK = 1 << 16
_HOP_BY_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "expect",
        "content-length",
        CHECK_HEADER.lower(),
        VERDICT_HEADER.lower(),
    )
)
"""Belong to one connection, or are said anew. Source: RFC 9110, section 7.6.1."""


class Forward:
    """Passes requests on.

    Args:
        upstream: ``http://host:port`` of the app.
        timeout_s: for each wait on the app.

    Raises:
        SettingError: not such an address.
    """

    def __init__(self, upstream: str, *, timeout_s: float) -> None:
        parts = urlsplit(upstream)
        if parts.scheme != "http" or not parts.hostname or parts.path.strip("/"):
            raise SettingError("upstream is http://host:port; the app is next to its guard")
        self._host, self._port = parts.hostname, parts.port or 80
        self._timeout_s = timeout_s

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer with what the app answers; 502 where it does not."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        try:
            _send(connection, environ)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException):
            connection.close()
            body = b"The app behind this address does not answer.\n"
            start_response(
                "502 Bad Gateway",
                [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))],
            )
            return [body]
        except BaseException:
            connection.close()
            raise
        headers = [
            (name, value)
            for name, value in answer.headers.raw_items()
            if name.lower() not in _HOP_BY_HOP or name.lower() == "content-length"
        ]
        start_response(f"{answer.status} {answer.reason}", headers)
        return _Pieces(connection, answer)


class _Pieces:
    """The body of an answer as it comes in; closing it closes the connection."""

    def __init__(
        self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse
    ) -> None:
        self._connection = connection
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._answer.read1(_CHUNK):
            yield piece
        if self._answer.length:
            raise ConnectionError("the app's answer ended in the middle")

    def close(self) -> None:
        """Let go of the app."""
        self._answer.close()
        self._connection.close()


def _send(connection: http.client.HTTPConnection, environ: dict[str, Any]) -> None:
    connection.putrequest(
        environ["REQUEST_METHOD"], environ[TARGET], skip_host=True, skip_accept_encoding=True
    )
    named = _named_by_connection(environ[HEADERS])
    forwarded = ""
    for name, value in environ[HEADERS]:
        low = name.lower()
        if low == "x-forwarded-for":
            forwarded = f"{forwarded}, {value}" if forwarded else value
        elif low not in _HOP_BY_HOP and low not in named:
            connection.putheader(name, value)
    peer = environ[PEER]
    connection.putheader("X-Forwarded-For", f"{forwarded}, {peer}" if forwarded else peer)
    for header in (CHECK_HEADER, VERDICT_HEADER):
        said = environ.get("HTTP_" + header.upper().replace("-", "_"))
        if said:
            connection.putheader(header, said)
    length, is_chunked = environ.get("CONTENT_LENGTH"), bool(environ.get("wsgi.input_terminated"))
    if length:
        connection.putheader("Content-Length", length)
    elif is_chunked:
        connection.putheader("Transfer-Encoding", "chunked")
    connection.putheader("Connection", "close")
    connection.endheaders()
    if length or is_chunked:
        _send_body(connection, environ["wsgi.input"], int(length) if length else None)


def _send_body(connection: http.client.HTTPConnection, body: Any, left: int | None) -> None:
    """Pass a body on; with a length of None in chunks."""
    while piece := body.read(_CHUNK if left is None else min(_CHUNK, left)):
        if left is None:
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        else:
            connection.send(piece)
            left -= len(piece)
    if left is None:
        connection.send(b"0\r\n\r\n")
    elif left:
        raise ConnectionError("the request ended in the middle")


def _named_by_connection(headers: list[tuple[str, str]]) -> set[str]:
    return {
        name.strip().lower()
        for header, value in headers
        if header.lower() == "connection"
        for name in value.split(",")
    }
