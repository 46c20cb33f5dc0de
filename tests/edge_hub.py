"""A way to the hub that fails when it is told to: what stands between a replica and its hub."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

PASS, DOWN, ERROR, GARBAGE, HALF, PORTAL, CHANGED = (
    *("pass", "down", "error", "garbage", "half", "portal", "changed"),
)
FAILURES = (DOWN, ERROR, GARBAGE, HALF, PORTAL, CHANGED)
"""Cut off; 500; nonsense that says it is sealed; half a page; a web page; a bit flipped."""


class Way(ThreadingHTTPServer):
    """A proxy on this machine.

    Attributes:
        target: address of the hub.
        mode: what it does with the next requests.
        asked: method and path of every request.
        bodies: every body that went to the hub.
    """

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.mode = PASS
        self.asked: list[str] = []
        self.bodies: list[bytes] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Replicas are killed in the middle of a call."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Way

    def do_GET(self) -> None:
        way = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        way.asked.append(f"{self.command} {self.path}")
        way.bodies.append(body)
        if way.mode == DOWN:
            self.close_connection = True
            return
        if way.mode == ERROR:
            self._send(500, "text/html", b"<h1>no</h1>")
        elif way.mode == GARBAGE:
            self._send(200, "application/octet-stream", b"nonsense" * 40)
        elif way.mode == PORTAL:
            self._send(200, "text/html", b"<h1>Welcome to the network</h1>")
        else:
            self._forward(body)

    def do_POST(self) -> None:
        self.do_GET()

    def _forward(self, body: bytes) -> None:
        hub = urlsplit(self.server.target)
        connection = http.client.HTTPConnection(hub.hostname or "", hub.port, timeout=60)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        kind = answer.headers.get("Content-Type", "")
        if self.server.mode == CHANGED:
            data = data[:-1] + bytes([data[-1] ^ 1])
        if self.server.mode == HALF:
            self.close_connection = True
            self._send(answer.status, kind, data[: len(data) // 2], length=len(data))
            return
        self._send(answer.status, kind, data)

    def _send(self, status: int, kind: str, body: bytes, *, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""


@contextmanager
def way_to(target: str) -> Iterator[Way]:
    """A way to a hub until the block ends."""
    way = Way(target)
    threading.Thread(target=way.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield way
    finally:
        way.shutdown()
        way.server_close()
