"""Checks by hash at a rate, over many kept connections, each measured from when it was due.

Started by ``soak.py`` and ``overload.py`` as ``python load_client.py PORT KEY RATE CONNECTIONS
SECONDS ENTRIES SEED OUT``. With a rate of 0 every connection asks again as soon as it is answered.
Else requests come as they come from many independent people (a Poisson process). One for which no
connection is free is sent late and counts its wait; with ``drop`` at the end it is counted and not
sent, as a flood does not wait. OUT is a NumPy file with a row for each answer:
second since the start at which it was due, milliseconds until the answer, status, ``Retry-After``.

Of a hundred checks 80 match nothing, 19 match what was seen before (the same in every stretch, so
it has been seen once the service is warm), and one matches for the first time, which is stored
durably before it is answered.
"""

from __future__ import annotations

import random
import select
import socket
import sys
import time
from array import array
from pathlib import Path

import numpy as np
from api_bank import hashes_of
from api_client import request
from bench_api import bits_away, body_of

_SEEN = 400
_WAIT_S = 0.001
HTTP_PATH = "/api/v1/check"


class Bodies:
    """Requests, ready to be sent.

    Args:
        key: of the caller.
        entries: of the bank.
        seed: of what is drawn.
    """

    def __init__(self, key: str, entries: int, seed: int) -> None:
        # Not the seed alone: the bank was drawn with one, and what matches nothing would be in it.
        self._rng = np.random.default_rng((seed, 77))
        self._draw, self._key = random.Random(seed), key
        self._known = hashes_of(entries)
        self._misses = [self._of(row) for row in self._random(20_000)]
        self._seen = [self._of(row) for row in self._near(_SEEN, np.random.default_rng(77))]
        self._new: list[bytes] = []

    def next(self) -> bytes:
        """One more request."""
        lot = self._draw.random()
        if lot < 0.80:
            return self._draw.choice(self._misses)
        if lot < 0.99:
            return self._draw.choice(self._seen)
        if not self._new:
            self._new = [self._of(row) for row in self._near(200)]
        return self._new.pop()

    def _of(self, row: np.ndarray) -> bytes:
        return request(HTTP_PATH, self._key, "application/json", body_of(row).encode())

    def _random(self, n: int) -> np.ndarray:
        return self._rng.integers(0, 256, (n, 32), dtype=np.uint8)

    def _near(self, n: int, rng: np.random.Generator | None = None) -> np.ndarray:
        rng = rng or self._rng
        rows = self._known[rng.integers(0, len(self._known), n)]
        return bits_away(rows, 8, rng)


class Line:
    """One connection, and what it waits for."""

    __slots__ = ("asked", "due", "raw", "socket", "tries")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due, self.raw, self.asked, self.tries = 0.0, b"", b"", 0


class Client:
    """Sends and listens until its time is over."""

    def __init__(self, *, port: int, bodies: Bodies, connections: int, seed: int) -> None:
        self._port, self._bodies, self._draw = port, bodies, random.Random(seed)
        self._poll = select.epoll()
        self._lines = {}
        self._free: list[Line] = []
        for _ in range(connections):
            self._connect()
        self.rows = array("d")
        self.unsent = self.broken = 0

    def run(self, rate: float, seconds: float, *, drops: bool) -> None:
        """Ask at a rate; at 0 as fast as answers come."""
        begin = time.perf_counter()
        end, due = begin + seconds, begin
        while (now := time.perf_counter()) < end:
            if rate <= 0:
                while self._free:
                    self._send(time.perf_counter())
            else:
                while due <= now and (drops or self._free):
                    if self._free:
                        self._send(due)
                    else:
                        self.unsent += 1
                    due += self._draw.expovariate(rate)
            self._listen(begin, 0.0 if rate > 0 and due <= now and self._free else _WAIT_S)
        patience = time.perf_counter() + 30
        while len(self._free) < len(self._lines) and time.perf_counter() < patience:
            self._listen(begin, 0.05)
        self.broken += len(self._lines) - len(self._free)

    def _connect(self) -> Line:
        line = Line(self._port)
        self._poll.register(line.socket, select.EPOLLIN)
        self._lines[line.socket.fileno()] = line
        self._free.append(line)
        return line

    def _send(self, due: float) -> None:
        line = self._free.pop()
        line.due, line.asked, line.tries = due, self._bodies.next(), 0
        self._ask(line)

    def _ask(self, line: Line) -> None:
        line.raw = b""
        line.tries += 1
        try:
            line.socket.sendall(line.asked)
        except OSError:
            self._lost(line)

    def _listen(self, begin: float, wait_s: float) -> None:
        for descriptor, _ in self._poll.poll(wait_s, 256):
            line = self._lines.get(descriptor)
            if line is None:
                continue
            try:
                piece = line.socket.recv(65536)
            except OSError:
                piece = b""
            if not piece:
                self._lost(line)
                continue
            line.raw += piece
            if is_whole(line.raw):
                now = time.perf_counter()
                again = retry_after(line.raw)
                self.rows.extend(
                    (line.due - begin, (now - line.due) * 1e3, int(line.raw[9:12]), again)
                )
                self._free.append(line)

    def _lost(self, line: Line) -> None:
        """The server may end a connection that rests; one that it ends under way is asked again."""
        is_resting = line in self._free
        if is_resting:
            self._free.remove(line)
        del self._lines[line.socket.fileno()]
        self._poll.unregister(line.socket)
        line.socket.close()
        fresh = self._connect()
        if is_resting:
            return
        if line.raw or line.tries > 1:
            self.broken += 1
            return
        self._free.remove(fresh)
        fresh.due, fresh.asked, fresh.tries = line.due, line.asked, line.tries
        self._ask(fresh)


def is_whole(raw: bytes) -> bool:
    """Whether a whole answer has come."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    if not gap:
        return False
    at = head.lower().find(b"content-length:")
    return len(body) >= int(head[at + 15 :].split(b"\r\n", 1)[0])


def retry_after(raw: bytes) -> int:
    """Seconds that an answer asks to wait; 0 where it does not."""
    if raw.startswith(b"HTTP/1.1 200"):
        return 0
    at = raw.lower().find(b"retry-after:")
    return int(raw[at + 12 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def main() -> None:
    """Run, and write what was measured."""
    port, key, rate, connections, seconds, entries, seed, out = sys.argv[1:9]
    client = Client(
        port=int(port),
        bodies=Bodies(key, int(entries), int(seed)),
        connections=int(connections),
        seed=int(seed),
    )
    print("ready", flush=True)
    sys.stdin.readline()
    client.run(float(rate), float(seconds), drops="drop" in sys.argv)
    rows = np.frombuffer(client.rows, dtype=np.float64).reshape(-1, 4).astype(np.float32)
    with Path(out).open("wb") as file:
        np.save(file, rows)
    print(f"{client.unsent} {client.broken}", flush=True)


if __name__ == "__main__":
    main()
