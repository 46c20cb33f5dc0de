"""A network between two programs of this machine: it cuts, delays, trickles, garbles, refuses."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from torture.faults.frame import Fault

_PIECE = 16384
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to connections.

    Attributes:
        refuses: nobody takes a connection.
        stalls: what is sent stays on its way.
        delay_s: each piece comes so much later.
        bytes_s: so many bytes a second at most; 0 for any number.
        cut_after: an answer breaks off after so many bytes; -1 for never.
        cut_before_answer: what was asked arrives, and the answer does not.
        garbles: one byte of each answer is another one.
    """

    refuses: bool = False
    stalls: bool = False
    delay_s: float = 0.0
    bytes_s: int = 0
    cut_after: int = -1
    cut_before_answer: bool = False
    garbles: bool = False


FAIR = Weather()


class RoughCable:
    """Passes on what a client says to a server of this machine, and back.

    Args:
        target: port of the server.

    Attributes:
        weather: what happens now.
        passed: bytes of answers that came through.
    """

    def __init__(self, target: int) -> None:
        self.weather = FAIR
        self.passed = 0
        self._target = target
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        """Where a client finds the server."""
        return f"http://127.0.0.1:{self.port}"

    def turn(self, weather: Weather) -> None:
        """Other weather from now on; connections that stood before break."""
        self.weather = weather
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            _close(end)

    def close(self) -> None:
        """End it."""
        self._server.close()
        self.turn(FAIR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            if self.weather.refuses:
                _close(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target), timeout=5)
            except OSError:
                _close(client)
                continue
            server.settimeout(None)
            with self._lock:
                self._open |= {client, server}
            for one, other, is_answer in ((client, server, False), (server, client, True)):
                threading.Thread(
                    target=self._pass, args=(one, other, is_answer), daemon=True
                ).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        sent = 0
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                piece = self._weathered(piece, sent, is_answer=is_answer)
                if piece is None:
                    break
                target.sendall(piece)
                sent += len(piece)
                self.passed += len(piece) * is_answer
        for end in (source, target):
            _close(end)

    def _weathered(self, piece: bytes, sent: int, *, is_answer: bool) -> bytes | None:
        weather = self.weather
        while self.weather.stalls:
            time.sleep(_LOOK_S)
        time.sleep(weather.delay_s + (len(piece) / weather.bytes_s if weather.bytes_s else 0.0))
        if not is_answer:
            return piece
        if weather.cut_before_answer:
            return None
        if 0 <= weather.cut_after < sent + len(piece):
            # What is left of it goes out before the end comes.
            left = piece[: max(0, weather.cut_after - sent)]
            return left or None
        if weather.garbles:
            at = random.Random(len(piece)).randrange(len(piece))
            return piece[:at] + bytes([piece[at] ^ 0x10]) + piece[at + 1 :]
        return piece


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        end.close()


@contextmanager
def rough_cable(target: int) -> Iterator[RoughCable]:
    """A cable until the block ends."""
    cable = RoughCable(target)
    try:
        yield cable
    finally:
        cable.close()


def network_faults(cable: RoughCable, *, between: str, use: object, most_s: float) -> list[Fault]:
    """Every kind of weather on a cable.

    Args:
        cable: between the two.
        between: their names, for the log.
        use: called while the weather lasts; sends something over the cable. Must not raise.
        most_s: the longest that a stall may last.
    """

    def fault(kind: str, make: object, *, stalls: bool = False) -> Fault:
        def inject(chance: random.Random) -> str:
            weather: Weather = make(chance)  # type: ignore[operator]
            cable.turn(weather)
            if stalls:
                threading.Timer(most_s * chance.random(), lambda: cable.turn(FAIR)).start()
            use()  # type: ignore[operator]
            return f"{weather.cut_after} bytes" if weather.cut_after >= 0 else ""

        return Fault(f"{between}: {kind}", inject, heal=lambda: cable.turn(FAIR))

    return [
        fault("nobody answers", lambda _: Weather(refuses=True)),
        fault("asked, and cut before the answer", lambda _: Weather(cut_before_answer=True)),
        fault("an answer cut short", lambda c: Weather(cut_after=c.randrange(20, 4000))),
        fault("a byte of each answer changed", lambda _: Weather(garbles=True)),
        fault("slow", lambda c: Weather(delay_s=c.uniform(0.01, 0.2))),
        fault("a trickle", lambda c: Weather(bytes_s=c.randrange(8_000, 60_000))),
        fault("a stall", lambda _: Weather(stalls=True), stalls=True),
    ]
