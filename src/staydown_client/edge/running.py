"""``staydown edge run``: the server, and beside it the keeper, started again where it falls."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from staydown_client.edge.checking import Edge
from staydown_client.edge.keeper import Keeper
from staydown_client.edge.loops import Loops
from staydown_client.edge.serving import EdgeServer, EdgeSocketServer, make_server
from staydown_client.edge.settings import Settings, WithoutCopy

STOP_WITHIN_S = 15.0
_AGAIN_AFTER_S = 1.0
_CONFIG = 7

log = logging.getLogger("staydown.edge")


def run(settings: Settings, *, say: Callable[[str], None]) -> int:
    """Answer until SIGTERM or Ctrl-C.

    Args:
        settings: how this replica is set up.
        say: takes one line for people.

    Returns:
        0, or the status of a keeper that cannot work here.
    """
    edge = Edge(settings.memory, without_copy=settings.without_copy)
    server = make_server(edge, settings.listen)
    keeping = Keeping(settings, at_end=server.shutdown)
    keeping.start()
    say(f"The edge replica listens on {_shown(server)}. Ctrl-C ends it.")
    try:
        server.serve_forever(poll_interval=0.2)
    finally:
        server.server_close()
        keeping.stop()
        if settings.listen.startswith("/"):
            Path(settings.listen).unlink(missing_ok=True)
        edge.close()
    return keeping.status


class Keeping:
    """The keeper as a child of this process.

    Args:
        settings: how this replica is set up.
        at_end: called where the keeper cannot work here at all.
    """

    def __init__(self, settings: Settings, *, at_end: Callable[[], None]) -> None:
        self._settings = settings
        self._at_end = at_end
        self._stopped = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._mind, name="keeping", daemon=True)
        self.status = 0

    def start(self) -> None:
        """Start the keeper, and mind it."""
        self._thread.start()

    def stop(self) -> None:
        """Let the keeper end in order; it destroys what is decrypted."""
        self._stopped.set()
        child = self._child
        if child is not None and child.stdin is not None:
            child.stdin.close()
        self._thread.join(STOP_WITHIN_S)

    def _mind(self) -> None:
        while not self._stopped.is_set():
            try:
                status = self._one_life()
                said = f"the keeper fell (status {status})"
            except OSError as error:
                status, said = os.EX_OSERR, f"the keeper could not be started ({error.strerror})"
            if self._stopped.is_set():
                return
            if status == _CONFIG:
                self.status = status
                self._at_end()
                return
            log.warning("%s; it is started again", said)
            self._stopped.wait(_AGAIN_AFTER_S)

    def _one_life(self) -> int:
        """Start a keeper and wait for its end; gives its status.

        Raises:
            OSError: it could not be started.
        """
        command = [sys.executable, "-m", "staydown_client.edge.running"]
        # Without a buffer: what a keeper that was killed did not read is not written later.
        with subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0) as child:
            self._child = child
            # It may have been killed by now, or we were asked to stop.
            with suppress(BrokenPipeError, ValueError):
                if child.stdin is not None:
                    child.stdin.write(_written(self._settings) + b"\n")
            return child.wait()


def keep() -> int:
    """The child: keep the copy until the parent is gone or asks to stop.

    Returns:
        0, or the exit status for settings that cannot work.
    """
    from staydown.errors import ConfigError  # noqa: PLC0415 - of this process alone

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.excepthook = _fall
    settings = _read(sys.stdin.buffer.readline())
    try:
        keeper = Keeper(settings)
    except ConfigError as error:
        log.error("%s", error)  # noqa: TRY400 - a trace says nothing more
        return _CONFIG
    keeper.begin()
    loops = Loops(keeper)
    loops.start()
    signal.signal(signal.SIGTERM, lambda *_: os.close(0))
    _wait_for_end()
    loops.stop()
    keeper.stop()
    return 0


def _wait_for_end() -> None:
    """Until the parent closes its end, dies, or somebody asks us to stop."""
    while True:
        try:
            if not os.read(0, 1):
                return
        except OSError:
            return
        time.sleep(0.01)


def _fall(args: threading.ExceptHookArgs) -> None:
    """A thread that failed must not leave a keeper that only looks alive."""
    log.error("a part of the keeper failed (%s)", args.exc_type.__name__)
    os._exit(70)


def _written(settings: Settings) -> bytes:
    rows = {name: str(value) for name, value in asdict(settings).items()}
    return json.dumps({**rows, "survives_reboot": settings.survives_reboot}).encode()


def _read(line: bytes) -> Settings:
    rows: dict[str, Any] = json.loads(line)
    for name in ("key_path", "data", "memory"):
        rows[name] = Path(rows[name])
    return Settings(**{**rows, "without_copy": WithoutCopy(rows["without_copy"])})


def _shown(server: EdgeServer | EdgeSocketServer) -> str:
    place = server.server_address
    return "{}:{}".format(*place[:2]) if isinstance(place, tuple) else str(place)


if __name__ == "__main__":
    # Without waiting for threads that are in the middle of a call to the hub.
    status = keep()
    sys.stderr.flush()
    os._exit(status)
