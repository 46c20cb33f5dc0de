"""What the servers of all partners share: sockets, faults, a clock of their own."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

START = 1_764_100_000
"""The servers' first moment, seconds since 1970: 2025-11-25. Every change is a second later."""


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def call(self) -> tuple[str, str]:
        return self.method, self.path


@dataclass(frozen=True)
class Answered:
    """One answer. ``says_bytes``: what the header claims of the length; None says the truth."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    says_bytes: int | None = None


Fault = Callable[[Answered], Answered]


class ExchangeServer(ABC):
    """A partner's server in a thread of its own, on a port that the system picks.

    Attributes:
        requests: everything it was asked, in order.
        received_feedback: what it was told of its entries, in its own words, in order.
        submitted: what it was given, in its own words, in order.
        clock: its time, seconds since 1970. Moves only when something is changed.
        skew_s: how far its clock is off when it speaks of "now".
    """

    base_path = ""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.received_feedback: list[dict[str, Any]] = []
        self.submitted: list[dict[str, Any]] = []
        self.clock = START
        self.skew_s = 0
        self.lock = threading.RLock()
        self._faults: deque[Fault] = deque()
        self._http = _Http(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.02,), daemon=True, name=type(self).__name__
        )
        self._thread.start()

    # What a test says

    @abstractmethod
    def add(self, hash_hex: str, *, signal: str = "pdq") -> str:
        """List one hash; returns the key by which the partner knows it."""

    @abstractmethod
    def withdraw(self, key: str) -> None:
        """Take one back, in the words in which this partner does."""

    def fail_next(self, status: int, n: int = 1, *, retry_after: str | None = None) -> None:
        """Answer the next ``n`` requests with this status and nothing else."""
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        self.spoil_next(lambda _: Answered(status, b"", "text/plain", headers), n)

    def cut_next(self, n: int = 1) -> None:
        """Break off in the middle of the next ``n`` bodies: the connection ends before they do."""
        self.spoil_next(
            lambda a: replace(a, body=a.body[: len(a.body) // 2], says_bytes=len(a.body)), n
        )

    def halve_next(self, n: int = 1) -> None:
        """Send half a page as if it were whole: the length fits, the rest never existed."""
        self.spoil_next(lambda a: replace(a, body=a.body[: len(a.body) // 2]), n)

    def answer_next(
        self, body: bytes, *, content_type: str = "text/html", status: int = 200, n: int = 1
    ) -> None:
        """Answer the next ``n`` requests with this body, as a proxy's page of its own is."""
        self.spoil_next(lambda _: Answered(status, body, content_type), n)

    def spoil_next(self, fault: Fault, n: int = 1) -> None:
        """Change the next ``n`` answers."""
        with self.lock:
            self._faults.extend([fault] * n)

    def tick(self, seconds: int = 1) -> int:
        """Let the server's time go on; returns it."""
        with self.lock:
            self.clock += seconds
            return self.clock

    # What a partner sees

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def address(self) -> str:
        """What goes into the exchange's field ``address``."""
        return self.origin + self.base_path

    @property
    def config(self) -> dict[str, str]:
        """An exchange's settings that lead here."""
        return {"address": self.address}

    @property
    def secrets(self) -> dict[str, str]:
        """Credentials that this server takes."""
        return {}

    @abstractmethod
    def answer(self, asked: Asked) -> Answered:
        """What the partner answers when nothing is wrong."""

    def respond(self, asked: Asked) -> Answered:
        """The answer, after the faults that are switched on."""
        with self.lock:
            self.requests.append(asked)
            fault = self._faults.popleft() if self._faults else None
            # A fault of a call that changes something loses its answer; one with a status its
            # effect too, because the partner refused it.
            spoiled = fault(Answered()) if fault else None
            if spoiled is not None and spoiled.status != HTTPStatus.OK:
                return spoiled
            answered = self.answer(asked)
            return fault(answered) if fault else answered

    def close(self) -> None:
        """End it; the port is free afterwards."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


def _handler(server: ExchangeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 20

        def _talk(self) -> None:
            parts = urlsplit(self.path)
            query = {k: v[-1] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {k.lower(): v for k, v in self.headers.items()}
            self._send(
                server.respond(
                    Asked(self.command or "", parts.path, query, headers, body),
                )
            )

        do_GET = do_POST = do_PUT = do_DELETE = _talk  # noqa: N815 - names of the base class

        def _send(self, answered: Answered) -> None:
            said = len(answered.body) if answered.says_bytes is None else answered.says_bytes
            self.send_response(answered.status)
            self.send_header("Content-Type", answered.content_type)
            self.send_header("Content-Length", str(said))
            for name, value in answered.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answered.body)
            self.close_connection = True

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

        def date_time_string(self, timestamp: float | None = None) -> str:
            """The header ``Date`` speaks of the server's time, not of this machine's."""
            return formatdate(server.clock + server.skew_s, usegmt=True)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: hashes and tokens go by here."""

    return Handler
