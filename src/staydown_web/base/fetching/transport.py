"""A connection that goes where we looked, and ends in time whatever the other side does."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from staydown_web.base.errors import FetchError

_CONNECT_S = 6.0
"""For one address; a name can have several."""


class Deadline:
    """One moment by which everything is done: looking up, connecting, sending, reading."""

    def __init__(self, timeout_s: float) -> None:
        self._end = time.monotonic() + timeout_s

    def left(self) -> float:
        """Seconds left, more than 0.

        Raises:
            FetchError: none is left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise FetchError("the address took too long to answer")
        return left


Dial = Callable[[str, int, float], socket.socket]
"""A checked address, a port and the seconds that may pass -> a connection to it; or OSError."""


def dial_directly(address: str, port: int, wait_s: float) -> socket.socket:
    """Connect to an address without anybody between."""
    return socket.create_connection((address, port), wait_s)


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to addresses that were checked, never looking a name up again."""

    def __init__(self, addresses: list[str], deadline: Deadline, dial: Dial) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._dial = dial

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers; ``host`` is for names on paper only."""
        for address in self._addresses:
            wait = min(_CONNECT_S, self._deadline.left())
            try:
                return _Stream(self._dial(address, port, wait), self._deadline)
            except OSError:
                continue
        raise FetchError("no connection to the address; it may be down", is_unsent=True)


class _Stream(httpcore.NetworkStream):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._sock.settimeout(self._deadline.left())
        try:
            return self._sock.recv(max_bytes)
        except TimeoutError:
            raise FetchError("the address took too long to answer") from None
        except OSError:
            raise FetchError("the connection broke off") from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        while rest:
            self._sock.settimeout(self._deadline.left())
            try:
                rest = rest[self._sock.send(rest) :]
            except TimeoutError:
                raise FetchError("the address took too long to take the request") from None
            except OSError:
                raise FetchError("the connection broke off") from None

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            self._sock.settimeout(self._deadline.left())
            wrapped = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except ssl.SSLCertVerificationError:
            self.close()
            raise FetchError(
                "the address's certificate does not hold", retryable=False, is_unsent=True
            ) from None
        except (OSError, ValueError):
            self.close()
            raise FetchError("no safe connection to the address", is_unsent=True) from None
        return _Stream(wrapped, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object" and isinstance(self._sock, ssl.SSLSocket):
            return self._sock
        return None
