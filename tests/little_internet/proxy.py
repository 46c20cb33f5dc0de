"""A proxy that tunnels (CONNECT) into the little internet, and notes where it was asked to go."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from web_servers import serving

Dial = Callable[[str, int, float], socket.socket]


@dataclass
class Proxy:
    """A running proxy.

    Attributes:
        url: for the setting.
        asked: what each CONNECT named, as it came: ``192.0.2.41:443``.
        refuses: answers 403 to everything while True.
    """

    url: str = ""
    asked: list[str] = field(default_factory=list)
    refuses: bool = False


@contextmanager
def tunnelling(dial: Dial) -> Iterator[Proxy]:
    """Run a proxy until the block ends; its own connections go by ``dial``."""
    proxy = Proxy()

    def reply(peer: socket.socket, request: bytes) -> None:
        method, _, rest = request.decode("latin-1").partition(" ")
        where = rest.partition(" ")[0]
        proxy.asked.append(where if method == "CONNECT" else f"{method} {where}")
        if method != "CONNECT" or proxy.refuses:
            peer.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        address, _, port = where.rpartition(":")
        try:
            beyond = dial(address.strip("[]"), int(port), 5)
        except OSError:
            peer.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        with beyond:
            peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pour, args=(beyond, peer), daemon=True)
            back.start()
            _pour(peer, beyond)
            back.join(10)

    with serving(reply) as served:
        proxy.url = served.origin
        yield proxy


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
