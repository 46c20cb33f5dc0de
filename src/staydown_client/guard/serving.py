"""The guard's own server: HTTP/1.1 with threads, and nothing that two readers read differently."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from staydown_client.guard.asking import HookClient
from staydown_client.guard.forwarding import HEADERS, PEER, TARGET, Forward
from staydown_client.uploads.rules import MEBIBYTE, OnUnreachable, Rules
from staydown_client.wsgi import UploadCheck

log = logging.getLogger("staydown_client.guard")

AT_ONCE = 64
_SOCKET_S = 60.0
_LONGEST_LINE = 1 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardSettings:
    """What a guard needs.

    Attributes:
        upstream: ``http://host:port`` of the app.
        service: address of the Staydown service.
        secret: of a hook of the kind ``guard``.
        on_unreachable: what happens to uploads while the service does not answer; no default.
        host, port: where the guard listens.
        paths: which requests are looked at, by their beginning.
        max_body_bytes: larger requests are refused.
        wait_s: for the service's answer about one file.
        status: of the answer to an upload that is refused.
    """

    upstream: str
    service: str
    secret: str
    on_unreachable: OnUnreachable
    host: str = "127.0.0.1"
    port: int = 8180
    paths: tuple[str, ...] = ("/",)
    max_body_bytes: int = 256 * MEBIBYTE
    wait_s: float = 25.0
    status: int = 422


class Guard(ThreadingHTTPServer):
    """Listens from the moment it is made; ``serve_forever`` answers.

    Args:
        settings: what it needs.

    Raises:
        SettingError: they cannot work together.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, settings: GuardSettings) -> None:
        self.client = HookClient(
            settings.service,
            settings.secret,
            on_unreachable=settings.on_unreachable,
            wait_s=settings.wait_s,
        )
        self.rules = Rules(
            on_unreachable=settings.on_unreachable,
            on_unreadable="pass",  # the hook has decided on it already
            paths=settings.paths,
            max_body_bytes=settings.max_body_bytes,
            blocked_status=settings.status,
        )
        forward = Forward(settings.upstream, timeout_s=_SOCKET_S)
        self.app = UploadCheck(forward, client=self.client, rules=self.rules)  # type: ignore[arg-type] # has the one call that is used
        self._room = threading.BoundedSemaphore(AT_ONCE)
        super().__init__((settings.host, settings.port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread; where all are busy, the next connection waits."""
        self._room.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, then make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Say that a connection broke, and nothing of what it carried."""
        kind = sys.exc_info()[0]
        log.warning("a connection broke: %s", kind.__name__ if kind else "unknown")

    def server_close(self) -> None:
        """Stop listening, and let go of the service."""
        super().server_close()
        self.client.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SOCKET_S
    server: Guard

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class
        """Addresses say who looks at what: nothing is logged of a request."""

    def answer(self) -> None:
        """Answer one request."""
        body = self._body()
        if body is None:
            self.close_connection = True
            self.send_error(400)
            return
        answer = _Answer(self)
        pieces = self.server.app(self._environ(body), answer.start)
        try:
            answer.send(pieces)
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
        # What is left of a body would be read as the next request.
        if not body.is_whole:
            self.close_connection = True

    def _body(self) -> _Body | None:
        """The body; None where readers could disagree on where it ends."""
        lengths = self.headers.get_all("Content-Length", [])
        codings = self.headers.get_all("Transfer-Encoding", [])
        is_folded = any("\n" in value or "\r" in value for value in self.headers.values())
        if is_folded or len(lengths) > 1 or len(codings) > 1 or (lengths and codings):
            return None
        if codings:
            return _Chunked(self.rfile) if codings[0].strip().lower() == "chunked" else None
        if not lengths:
            return _Sized(self.rfile, 0)
        said = lengths[0].strip()
        return _Sized(self.rfile, int(said)) if said.isascii() and said.isdigit() else None

    def _environ(self, body: _Body) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": ",".join(self.headers.get_all("Content-Encoding", [])),
            "wsgi.input": body,
            HEADERS: list(self.headers.raw_items()),
            TARGET: self.path,
            PEER: self.client_address[0],
        }
        if len(self.headers.get_all("Content-Type", [])) > 1:
            environ["CONTENT_TYPE"] = "multipart/ambiguous"  # refused as malformed
        if isinstance(body, _Sized):
            environ["CONTENT_LENGTH"] = str(body.left) if "Content-Length" in self.headers else ""
        else:
            environ["wsgi.input_terminated"] = True
            environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        return environ


for _method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
    setattr(_Handler, f"do_{_method}", _Handler.answer)


class _Answer:
    """Writes what an application answers."""

    def __init__(self, handler: _Handler) -> None:
        self._handler = handler
        self._is_chunked = self._has_body = False

    def start(self, status: str, headers: list[tuple[str, str]]) -> Callable[..., Any]:
        """Write the head."""
        handler = self._handler
        code, _, reason = status.partition(" ")
        handler.send_response_only(int(code), reason)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            handler.send_header(name, value)
        self._has_body = handler.command != "HEAD" and code not in {"204", "304"}
        if self._has_body and "content-length" not in names:
            self._is_chunked = handler.request_version == "HTTP/1.1"
            if self._is_chunked:
                handler.send_header("Transfer-Encoding", "chunked")
            else:
                handler.close_connection = True
        if handler.close_connection:
            handler.send_header("Connection", "close")
        handler.end_headers()
        return self._write

    def send(self, pieces: Iterable[bytes]) -> None:
        """Write the body, piece by piece as it comes."""
        for piece in pieces:
            self._write(piece)
        if self._is_chunked:
            self._handler.wfile.write(b"0\r\n\r\n")

    def _write(self, piece: bytes) -> None:
        if piece and self._has_body:
            out = b"%x\r\n%s\r\n" % (len(piece), piece) if self._is_chunked else piece
            self._handler.wfile.write(out)


class _Body(io.RawIOBase):
    """A body as it comes in."""

    is_whole = False


class _Sized(_Body):
    def __init__(self, file: io.BufferedIOBase, size: int) -> None:
        super().__init__()
        self._file = file
        self.left = size
        self.is_whole = not size

    def read(self, size: int = -1) -> bytes:
        """At most so much; empty at the end."""
        most = self.left if size < 0 else min(size, self.left)
        data = self._file.read(most) if most else b""
        self.left -= len(data)
        self.is_whole = not self.left
        return data


class _Chunked(_Body):
    """Chunks, read strictly: sizes in plain hex, no extensions, no trailers."""

    def __init__(self, file: io.BufferedIOBase) -> None:
        super().__init__()
        self._file = file
        self._left = 0

    def read(self, size: int = -1) -> bytes:
        """At most so much, never more than one chunk; empty at the end."""
        if self.is_whole:
            return b""
        if not self._left and not self._next():
            return b""
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        if not data or (not self._left and self._file.read(2) != b"\r\n"):
            raise ConnectionError("the request ended in the middle")
        return data

    def _next(self) -> bool:
        line = self._file.readline(_LONGEST_LINE)
        digits = line.removesuffix(b"\r\n")
        is_right = line.endswith(b"\r\n") and 1 <= len(digits) <= 15
        if not (is_right and all(c in b"0123456789abcdefABCDEF" for c in digits)):
            raise ConnectionError("a chunk that is none")
        self._left = int(digits, 16)
        if not self._left:
            if self._file.readline(_LONGEST_LINE) != b"\r\n":
                raise ConnectionError("what follows the last chunk is not its end")
            self.is_whole = True
        return bool(self._left)
