"""Web servers of the little internet: many names behind two sockets, plain and TLS."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from little_internet.certificates import context_for_any_name
from web_servers import serving

Talk = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Asked:
    """One request as it came. ``host`` is in lower case and without a port."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    is_tls: bool

    @property
    def target(self) -> str:
        return f"{'https' if self.is_tls else 'http'}://{self.host}{self.path}"


@dataclass(frozen=True)
class Answer:
    """One answer. ``talk`` takes the socket itself and says what it likes instead."""

    body: bytes | str = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    talk: Talk | None = None

    def send(self, peer: socket.socket) -> None:
        if self.talk is not None:
            self.talk(peer)
            return
        body = self.body.encode() if isinstance(self.body, str) else self.body
        reason = HTTPStatus(self.status).phrase
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        lines += [f"Content-Type: {self.content_type}"] if self.content_type else []
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        peer.sendall("\r\n".join(lines).encode() + body)


@dataclass
class InTurn:
    """Another answer each time; the last one stays."""

    answers: list[Answer]

    def next_answer(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


Page = Answer | InTurn | Callable[[Asked], Answer]
Site = Mapping[str, Page]
"""Path -> page; ``*`` for every path that is not named; anything else is not found."""


def json_answer(value: Any, *, status: int = 200, content_type: str = "application/json") -> Answer:
    return Answer(json.dumps(value), status, content_type)


def redirect(where: str, *, status: int = 302) -> Answer:
    return Answer(b"", status, "", (("Location", where),))


def later(seconds: str = "60", *, status: int = 429) -> Answer:
    """Too many requests."""
    return Answer(b"", status, "text/plain", (("Retry-After", seconds),))


def plain(text: str) -> Answer:
    return Answer(text, content_type="text/plain; charset=utf-8")


def huge(size_bytes: int, *, content_type: str = "text/html") -> Answer:
    """A body without an honest length, as large as asked for."""

    def talk(peer: socket.socket) -> None:
        peer.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode())
        for _ in range(size_bytes // 65536 + 1):
            peer.sendall(b"<p>" + b"x" * 65533)

    return Answer(talk=talk)


def slow(body: bytes = b"x" * 4000, *, every_s: float = 0.05) -> Answer:
    """Says it has a body, and gives it byte by byte."""

    def talk(peer: socket.socket) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
        peer.sendall(head.encode())
        for number in body:
            peer.sendall(bytes([number]))
            time.sleep(every_s)

    return Answer(talk=talk)


def silent(seconds: float = 20) -> Answer:
    """Takes the request and says nothing."""

    def talk(peer: socket.socket) -> None:
        peer.settimeout(seconds)
        peer.recv(1)  # ends when the other side leaves

    return Answer(talk=talk)


def bomb(size_bytes: int = 50_000_000, *, how: str = "gzip") -> Answer:
    """A small body that says it is compressed and would be huge."""
    packed = gzip.compress(b"\0" * size_bytes)
    return Answer(packed, headers=(("Content-Encoding", how),))


def many_headers(count: int = 50_000) -> Answer:
    def talk(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-More: yes\r\n" * count + b"\r\n")

    return Answer(talk=talk)


def raw(text: bytes) -> Answer:
    """These bytes and nothing else."""
    return Answer(talk=lambda peer: peer.sendall(text))


@dataclass
class WebServers:
    """What stands behind every public address of the little internet.

    Attributes:
        sites: host -> its pages. A test may change it while it runs.
        requests: everything that was asked, in order.
    """

    sites: dict[str, Site]
    requests: list[Asked] = field(default_factory=list)
    plain_port: int = 0
    tls_port: int = 0

    def asked_of(self, host: str) -> list[str]:
        """The paths that a host was asked for, in order."""
        return [asked.path for asked in self.requests if asked.host == host]

    def respond(self, asked: Asked) -> Answer:
        site = self.sites.get(asked.host)
        if site is None:
            return Answer("no such site", 421, "text/plain")
        page = site.get(asked.path) or site.get("*") or Answer("not found", 404)
        if isinstance(page, InTurn):
            return page.next_answer()
        return page if isinstance(page, Answer) else page(asked)

    def _reply(self, *, is_tls: bool) -> Callable[[socket.socket, bytes], None]:
        def reply(peer: socket.socket, request: bytes) -> None:
            if not request:
                return
            asked = read_request(request, is_tls=is_tls)
            self.requests.append(asked)
            self.respond(asked).send(peer)

        return reply


@contextmanager
def web_servers(
    sites: Mapping[str, Site], *, run_out: tuple[str, ...] = (), misnamed: tuple[str, ...] = ()
) -> Iterator[WebServers]:
    """Serve these sites until the block ends, on a plain port and a TLS port."""
    servers = WebServers(dict(sites))
    tls = context_for_any_name(run_out, misnamed)
    with (
        serving(servers._reply(is_tls=False)) as plain_served,
        serving(servers._reply(is_tls=True), tls=tls) as tls_served,
    ):
        servers.plain_port, servers.tls_port = plain_served.port, tls_served.port
        yield servers


def read_request(request: bytes, *, is_tls: bool) -> Asked:
    """Take one request apart."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    target = rest.rpartition(" ")[0]
    path, _, query = target.partition("?")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    host = headers.get("host", "").lower()
    host = host.partition("]")[0].strip("[") if host.startswith("[") else host.partition(":")[0]
    values = {k: v[-1] for k, v in parse_qs(query, keep_blank_values=True).items()}
    return Asked(method, host, path, values, headers, body, is_tls)
