"""A real service for tests: ``staydown serve`` in a folder of its own, on free loopback ports."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ready_tables import furnish

START_S = 300.0
FIRST_PORT, LAST_PORT = 12_000, 32_000
PORTS_GIVEN = Path(tempfile.gettempdir()) / f"staydown-test-ports-{os.getuid()}"


@dataclass(frozen=True, slots=True)
class Served:
    """A service that answers.

    Attributes:
        address: of the service, without a slash at its end.
        platform: of the demo platform.
        home: its folder.
        said: what it printed when it was ready.
        process: ``staydown serve`` itself.
    """

    address: str
    platform: str
    home: Path
    said: dict[str, Any]
    process: subprocess.Popen[str]


def free_ports() -> int:
    """A port that is free together with the one after it, and is given to no other test meanwhile.

    They lie below those that the system takes for connections, and a file tells all processes of
    tests which were given last.
    """
    with PORTS_GIVEN.open("a+", encoding="ascii") as given:
        fcntl.flock(given, fcntl.LOCK_EX)
        given.seek(0)
        port = int(given.read() or 0)
        while True:
            port = port + 2 if FIRST_PORT <= port + 2 < LAST_PORT else FIRST_PORT
            with socket.socket() as first, socket.socket() as second:
                try:
                    first.bind(("127.0.0.1", port))
                    second.bind(("127.0.0.1", port + 1))
                except OSError:
                    continue
            given.truncate(0)
            given.write(str(port))
            return port


@contextmanager
def served(home: Path, *options: str, **environment: str) -> Iterator[Served]:
    """Start a service, wait until it is ready, and end it."""
    port = free_ports()
    if "DATABASE_URL" not in os.environ and "DATABASE_URL" not in environment:
        furnish(home, is_demo="--demo" in options)
    cleared = {k: v for k, v in os.environ.items() if not k.startswith("STAYDOWN_")}
    own = {**cleared, "STAYDOWN_HOME": str(home), **environment}
    log = home.parent / f"{home.name}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "staydown", "serve", "--json", "--port", str(port), *options],
            env=own,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        timer = threading.Timer(START_S, process.kill)
        timer.start()
        try:
            line = process.stdout.readline() if process.stdout else ""
            timer.cancel()
            assert line, f"it did not start: {log.read_text()[-3000:]}"
            said = json.loads(line)
            yield Served(said["address"], f"http://127.0.0.1:{port + 1}", home, said, process)
        finally:
            timer.cancel()
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            finally:
                process.kill()
                if process.stdout:
                    process.stdout.close()
