"""A name server on this machine, by UDP and TCP, that answers, refuses, lies and stays silent."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


@dataclass(frozen=True)
class Fails:
    """How a question goes wrong.

    ``SERVFAIL``, ``REFUSED``, ``NXDOMAIN``: said so. ``TIMEOUT``: no answer ever. ``GARBAGE``:
    bytes that are no answer. ``OTHER_ID``: an answer to another question. ``TRUNCATED``: by UDP
    only a part, which says so; by TCP the rows.
    """

    how: str
    rows: tuple[str, ...] = ()


@dataclass
class Turns:
    """Another answer each time it is asked; the last one stays: rebinding."""

    rows: list[list[str]]

    def next_rows(self) -> list[str]:
        return self.rows.pop(0) if len(self.rows) > 1 else self.rows[0]


Rows = Sequence[str] | Fails | Turns
Zone = Mapping[str, Rows]
"""Type -> rows as in a zone file; ``*`` for every type that is not named."""
_MOST_STEPS = 40
"""Of a chain of names in one answer; a loop ends there."""


@dataclass
class NameServer:
    """Answers for its names until it is left; every other name does not exist.

    Attributes:
        names: name -> its records.
        asked: ``(name, type, "udp" or "tcp")`` in order.
    """

    names: Mapping[str, Zone]
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._tcp = socket.create_server(("127.0.0.1", 0), backlog=32)
        self.port = int(self._tcp.getsockname()[1])
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self._is_open = True
        for run in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=run, daemon=True, name="little-dns").start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_open = False
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))
        with suppress(OSError):
            self._tcp.shutdown(socket.SHUT_RDWR)
        self._tcp.close()

    def _serve_udp(self) -> None:
        with self._udp:
            while True:
                data, peer = self._udp.recvfrom(4096)
                if not self._is_open:
                    return
                for wire in self._answers(data, "udp"):
                    self._udp.sendto(wire, peer)

    def _serve_tcp(self) -> None:
        while True:
            try:
                peer, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer: socket.socket) -> None:
        peer.settimeout(10)
        with suppress(OSError), peer, peer.makefile("rb") as stream:
            while len(head := stream.read(2)) == 2:
                data = stream.read(struct.unpack("!H", head)[0])
                for wire in self._answers(data, "tcp"):
                    peer.sendall(struct.pack("!H", len(wire)) + wire)

    def _answers(self, data: bytes, by: str) -> list[bytes]:
        try:
            question = dns.message.from_wire(data)
            asked = question.question[0]
        except (dns.exception.DNSException, IndexError):
            return []
        name = asked.name.to_text().rstrip(".").lower()
        kind = dns.rdatatype.to_text(asked.rdtype)
        with self._lock:
            self.asked.append((name, kind, by))
            made = dns.message.make_response(question)
            made.flags |= dns.flags.RA
            failure = self._fill(made, name, kind, by)
        if failure == "TIMEOUT":
            return []
        if failure == "GARBAGE":
            return [data[:2] + b"\xff" * 30]
        if failure == "OTHER_ID":
            made.id ^= 0x5555
        return [made.to_wire(max_size=65535)]

    def _fill(self, made: dns.message.Message, name: str, kind: str, by: str) -> str:
        """Write the answer; gives how it fails, if it does."""
        for _ in range(_MOST_STEPS):
            zone = self.names.get(name)
            if zone is None:
                if not made.answer and not self._has_below(name):
                    made.set_rcode(dns.rcode.NXDOMAIN)
                return ""
            kind_now = "CNAME" if "CNAME" in zone and kind != "CNAME" else kind
            rows = zone.get(kind_now, zone.get("*", ()))
            if isinstance(rows, Turns):
                rows = rows.next_rows()
            if isinstance(rows, Fails):
                failure = _fail(made, rows.how, by)
                if failure is not None:
                    return failure
                rows = rows.rows
            if rows:
                made.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind_now, *rows))
            if kind_now == kind or not rows:
                return ""
            name = rows[0].rstrip(".").lower()
        return ""

    def _has_below(self, name: str) -> bool:
        return any(other.endswith(f".{name}") for other in self.names)


def _fail(made: dns.message.Message, how: str, by: str) -> str | None:
    """Write a failure into an answer; None where the rows are to be told all the same."""
    if how == "TRUNCATED":
        if by == "tcp":
            return None
        made.flags |= dns.flags.TC
        return ""
    if how in {"SERVFAIL", "REFUSED", "NXDOMAIN"}:
        made.set_rcode(dns.rcode.from_text(how))
        return ""
    return how
