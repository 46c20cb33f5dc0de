"""The cables: where a connection really ends that the guarded fetcher makes.

Public addresses of the little internet are those that the IETF set aside for documents, so that
no stranger's address stands in a test. Everything else is judged by the real ``is_public``; and
whoever dials an address that is not of the little internet reaches the canary.
"""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from staydown_web.base.fetching.addresses import is_public as is_really_public

PUBLIC = tuple(
    ip_network(block)
    for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
"""Stand for the open internet. Source: RFC 5737, RFC 3849."""


def is_little(address: str) -> bool:
    """Whether an address is one of the little internet's."""
    number = ip_address(address)
    return any(number.version == block.version and number in block for block in PUBLIC)


def is_public(address: str) -> bool:
    """What ``Fetcher.is_public`` is here: the real rule, and the addresses of documents."""
    return is_little(address) or is_really_public(address)


@dataclass
class Canary:
    """Stands for everything that must not be reached: it listens, and sings when dialled.

    Attributes:
        dialled: ``(address, port)`` that somebody meant to reach.
        connections: how often its socket was really connected to.
    """

    dialled: list[tuple[str, int]] = field(default_factory=list)
    connections: int = 0
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def is_silent(self) -> bool:
        """Whether nobody came."""
        return not self.dialled and not self.connections


@contextmanager
def canary() -> Iterator[Canary]:
    """A server that must see no connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    bird = Canary(port=int(listener.getsockname()[1]))

    def accept() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            bird.connections += 1
            with peer:
                peer.settimeout(1)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")

    thread = threading.Thread(target=accept, daemon=True, name="canary")
    thread.start()
    try:
        yield bird
    finally:
        # Closing alone does not wake the thread that waits for a connection.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@dataclass
class Cables:
    """Which socket of this machine stands behind an address and a port.

    Attributes:
        bird: stands behind every address that is not of the little internet.
        ports: port that is dialled -> port of this machine; other ports are closed.
        direct: ports of this machine that may be dialled as they are.
        down: addresses that do not answer.
        dialled: every connection of the fetcher that was tried, in order.
    """

    bird: Canary
    ports: dict[int, int]
    direct: set[int] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    dialled: list[tuple[str, int]] = field(default_factory=list)

    def dial(self, address: str, port: int, wait_s: float) -> socket.socket:
        """What ``Fetcher.dial`` is here; it lies below every check of names, numbers and ports."""
        self.dialled.append((address, port))
        if address == "127.0.0.1" and port in self.direct:
            return socket.create_connection((address, port), wait_s)
        if not is_little(address):
            self.bird.dialled.append((address, port))
            return socket.create_connection((self.bird.host, self.bird.port), wait_s)
        if address in self.down or port not in self.ports:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "nobody listens there")
        return socket.create_connection(("127.0.0.1", self.ports[port]), wait_s)
