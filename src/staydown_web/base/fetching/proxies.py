"""Through a proxy that the operator set: it connects where we checked, and looks no name up."""

from __future__ import annotations

import base64
import socket
import time
from urllib.parse import unquote, urlsplit

from staydown_web.base.fetching.transport import Dial

_LONGEST_HEAD = 8_192


def through_proxy(url: str) -> Dial:
    """A way to connect through an HTTP proxy.

    The proxy is asked for a tunnel (CONNECT) to the very address that was checked, also for plain
    HTTP, so that it cannot be led elsewhere by a name.

    Args:
        url: ``http://HOST:PORT`` or ``http://USER:PASSWORD@HOST:PORT``.
    """
    parts = urlsplit(url)
    proxy = (parts.hostname or "", parts.port or 80)
    sign_in = ""
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        sign_in = f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"

    def dial(address: str, port: int, wait_s: float) -> socket.socket:
        ends_at = time.monotonic() + wait_s
        where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        sock = socket.create_connection(proxy, wait_s)
        try:
            sock.sendall(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n{sign_in}\r\n".encode())
            _read_head(sock, ends_at)
        except BaseException:
            sock.close()
            raise
        return sock

    return dial


def _read_head(sock: socket.socket, ends_at: float) -> None:
    """Read the proxy's answer to its empty line, and not one byte more.

    Raises:
        OSError: it refuses, breaks off, or does not answer in time.
    """
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        left = ends_at - time.monotonic()
        if left <= 0 or len(head) >= _LONGEST_HEAD:
            raise OSError("the proxy did not answer as one does")
        sock.settimeout(left)
        byte = sock.recv(1)
        if not byte:
            raise OSError("the proxy broke off")
        head += byte
    if head.split(b" ", 2)[1:2] != [b"200"]:
        raise OSError("the proxy refuses")
