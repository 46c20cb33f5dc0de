"""A cable between a client and a server: it can be cut, stalled, unplugged, and led elsewhere."""

from __future__ import annotations

import select
import socket
import struct
import threading
from contextlib import suppress

_PIECE = 65536
_LOOK_S = 0.05
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing resets the connection, as when the other machine is gone."""


class Cable:
    """Passes bytes on from its port to a server's.

    Args:
        port: to listen on, of this machine alone.
        target: port of the server.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port, self.target = port, target
        self.cuts = 0
        self._is_stalled = threading.Event()
        self._is_unplugged = threading.Event()
        self._armed: bytes | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> int:
        """Break every connection; new ones pass.

        Returns:
            How many there were.
        """
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            _reset(end)
        self.cuts += len(ends) // 2
        return len(ends) // 2

    def stall(self) -> None:
        """Hold back everything, and keep the connections."""
        self._is_stalled.set()

    def unplug(self) -> None:
        """Break every connection, and take no new one."""
        self._is_unplugged.set()
        self.cut()

    def join(self) -> None:
        """Let everything pass again."""
        self._is_stalled.clear()
        self._is_unplugged.clear()
        self._armed = None

    def cut_after(self, words: bytes) -> None:
        """Pass on the next thing that a client says with these words in it, and not the answer."""
        self._armed = words

    def lead_to(self, target: int) -> None:
        """Another server from now on; connections to the one before break."""
        self.target = target
        self.cut()

    def close(self) -> None:
        """End it."""
        self._server.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            if self._is_unplugged.is_set():
                _reset(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            with self._lock:
                self._open |= {client, server}
            threading.Thread(target=self._pass, args=(client, server), daemon=True).start()

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        ends = {client: server, server: client}
        try:
            while True:
                ready, _, _ = select.select([*ends], [], [], 1.0)
                for end in ready:
                    piece = end.recv(_PIECE)
                    if not piece:
                        return
                    while self._is_stalled.is_set():
                        threading.Event().wait(_LOOK_S)
                    ends[end].sendall(piece)
                    if end is client and self._armed is not None and self._armed in piece:
                        self._armed = None
                        self.cuts += 1
                        # The server does what it was told; nobody hears of it.
                        select.select([server], [], [], 2.0)
                        return
        except (OSError, ValueError):
            return
        finally:
            with self._lock:
                self._open -= {client, server}
            for end in ends:
                _reset(end)


def _reset(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        end.close()
