"""Checks over HTTP for programs of this machine: a socket file, or an address of this machine."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import stat
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from staydown.errors import ContentTooLargeError, InputError, StaydownError
from staydown_client.edge.asking import asked_of
from staydown_client.edge.checking import Edge
from staydown_client.edge.errors import WithoutCopyError
from staydown_client.edge.settings import check_listen, is_loopback

MOST_JSON = 8 << 20
MOST_MEDIA = 256 << 20
_MOST_POURED = 16 << 20
_IDLE_S = 60.0
_MOST_KEY = 200
_LOCAL_NAMES = ("", "edge", "localhost")
_STATUSES = {
    "content_too_large": 413,
    "format_unsupported": 415,
    "decode_failed": 422,
    "no_picture": 422,
    "decode_timeout": 422,
    "decode_crashed": 422,
}


class EdgeHandler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "staydown-edge"
    sys_version = ""
    wbufsize = -1
    timeout = _IDLE_S
    server: EdgeServer | EdgeSocketServer
    _unread = 0

    def do_POST(self) -> None:
        """``/check``."""
        try:
            body = self._body()
            if urlsplit(self.path).path != "/check":
                self._send(404, _problem(404, "address_unknown", "there is no such address"))
                return
            asked = asked_of(body, self.headers.get("Content-Type", ""))
            answer = self.server.edge.check(
                asked.fingerprint,
                content_ref=asked.content_ref,
                url=asked.url,
                account=asked.account,
                idempotency_key=self.headers.get("Idempotency-Key", "")[:_MOST_KEY],
            )
            more = {"ignored_signals": asked.ignored} if asked.ignored else {}
            self._send(200, {**answer.to_dict(), **more})
        except WithoutCopyError as error:
            self._send(503, _problem(503, error.code, str(error)))
        except StaydownError as error:
            is_input = isinstance(error, InputError)
            status = _STATUSES.get(error.code, 400 if is_input else 500)
            self._send(status, _problem(status, error.code, str(error)))
            self._pour_away()

    def do_GET(self) -> None:
        """``/status`` and ``/corrections``."""
        parts = urlsplit(self.path)
        if not self._is_local():
            self._send(403, _problem(403, "not_allowed", "ask by an address of this machine"))
        elif parts.path == "/status":
            status = self.server.edge.status()
            self._send(200 if status["is_ready"] else 503, status)
        elif parts.path == "/corrections":
            after = parse_qs(parts.query).get("after", ["0"])[0]
            number = int(after) if after.isdecimal() and len(after) < 16 else 0
            rows = self.server.edge.corrections(number)
            following = rows[-1]["n"] if rows else number
            self._send(200, {"corrections": rows, "next": following})
        else:
            self._send(404, _problem(404, "address_unknown", "there is no such address"))

    def address_string(self) -> str:
        """Nobody's address is written down."""
        return "local"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Requests are not logged: what is asked here is as sensitive as what is answered."""

    def _pour_away(self) -> None:
        """Read what was refused unread: who still sends it would find a cut line, and no answer."""
        left = min(self._unread, _MOST_POURED)
        while left > 0 and (read := len(self.rfile.read1(min(left, 65_536)))):
            left -= read

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        is_said = length.isdecimal() and len(length) <= 12
        self._unread = int(length) if is_said else 0
        if not self._is_local():
            self.close_connection = True
            raise InputError("ask by an address of this machine")
        if not is_said:
            self.close_connection = True
            raise InputError("the length of the body is not said")
        is_form = self.headers.get("Content-Type", "").startswith("multipart/")
        if int(length) > (MOST_MEDIA if is_form else MOST_JSON):
            self.close_connection = True
            raise ContentTooLargeError("the body is too long")
        body = self.rfile.read(int(length))
        self._unread = 0
        if len(body) < int(length):
            self.close_connection = True
            raise InputError("the body was cut off")
        return body

    def _is_local(self) -> bool:
        """Whether the name that was asked for is this machine's: no web page may ask us."""
        host = self.headers.get("Host", "")
        name = urlsplit(f"//{host}").hostname or ""
        return name in _LOCAL_NAMES or is_loopback(name)

    def _send(self, status: int, data: dict[str, Any]) -> None:
        body = json.dumps(data, separators=(",", ":")).encode()
        kind = "application/problem+json" if "code" in data else "application/json"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


class EdgeServer(socketserver.ThreadingTCPServer):
    """Listens on an address of this machine."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    disable_nagle_algorithm = True
    edge: Edge

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever went away in the middle is no news."""


class EdgeSocketServer(socketserver.ThreadingUnixStreamServer):
    """Listens on a socket file."""

    daemon_threads = True
    request_queue_size = 128
    edge: Edge

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever went away in the middle is no news."""


def make_server(edge: Edge, listen: str) -> EdgeServer | EdgeSocketServer:
    """A server that listens and does not answer yet.

    Args:
        edge: what answers.
        listen: a path, or an address of this machine and a port.

    Raises:
        ConfigError: another machine could come in.
        OSError: somebody listens there already.
    """
    place = check_listen(listen)
    server: EdgeServer | EdgeSocketServer
    if isinstance(place, Path):
        _clear(place)
        before = os.umask(0o177)
        try:
            server = EdgeSocketServer(str(place), EdgeHandler)
        finally:
            os.umask(before)
    else:
        server = (EdgeServer6 if ":" in place[0] else EdgeServer)(place, EdgeHandler)
    server.edge = edge
    return server


class EdgeServer6(EdgeServer):
    """The same over IPv6."""

    address_family = socket.AF_INET6


def _clear(path: Path) -> None:
    """Remove a socket file that nobody listens on."""
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            return
        with socket.socket(socket.AF_UNIX) as asking:
            if asking.connect_ex(str(path)) != 0:
                path.unlink()


def _problem(status: int, code: str, detail: str) -> dict[str, Any]:
    return {
        "type": f"about:blank#{code}",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
    }
